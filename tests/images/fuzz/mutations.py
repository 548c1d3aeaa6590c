"""A seeded engine that damages files: (rng, name, bytes) -> (name, bytes), by a named mutation."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import PurePath

import numpy as np

Rng = np.random.Generator
Named = tuple[str, bytes]
Mutation = Callable[[Rng, str, bytes], Named]

SUFFIXES = (".tif", ".png", ".jpg", ".pdf", ".zip", ".tar", ".tar.gz", ".gif", ".webp", ".jp2")


def flip_bits(rng: Rng, name: str, data: bytes) -> Named:
    """Turn 1 to 64 bits, half the time in the first 256 bytes, where the structure stands."""
    damaged = bytearray(data)
    reach = min(len(data), 256) if rng.random() < 0.5 else len(data)
    for _ in range(int(2 ** rng.uniform(0, 6))):
        damaged[int(rng.integers(reach))] ^= 1 << int(rng.integers(8))
    return name, bytes(damaged)


def truncate(rng: Rng, name: str, data: bytes) -> Named:
    """Cut the end off, anywhere."""
    return name, data[: int(rng.integers(len(data)))]


def splice(rng: Rng, name: str, data: bytes) -> Named:
    """Move a piece of the file over another place."""
    length = int(rng.integers(1, max(2, len(data) // 2)))
    start, at = (int(place) for place in rng.integers(0, len(data), 2))
    return name, data[:at] + data[start : start + length] + data[at + length :]


def insert(rng: Rng, name: str, data: bytes) -> Named:
    """Put random bytes in, so that every offset behind them lies."""
    at = int(rng.integers(len(data)))
    return name, data[:at] + rng.bytes(int(rng.integers(1, 300))) + data[at:]


def append(rng: Rng, name: str, data: bytes) -> Named:
    """Add rubbish at the end."""
    return name, data + rng.bytes(int(rng.integers(1, 5000)))


def overwrite(rng: Rng, name: str, data: bytes) -> Named:
    """Fill a stretch with zeros, ones or noise: garbage for whatever codec reads it."""
    length = int(rng.integers(1, max(2, len(data) // 3)))
    at = int(rng.integers(len(data)))
    fill = (bytes(length), b"\xff" * length, rng.bytes(length))[int(rng.integers(3))]
    return name, (data[:at] + fill + data[at + length :])[: len(data)]


def wrong_extension(rng: Rng, name: str, data: bytes) -> Named:
    """Keep the bytes, change what the name says."""
    return name + SUFFIXES[int(rng.integers(len(SUFFIXES)))], data


def lying_numbers(rng: Rng, name: str, data: bytes) -> Named:
    """Replace a 16- or 32-bit number in the head by an extreme one."""
    size, form = ((2, "<H"), (4, "<I"), (4, ">I"))[int(rng.integers(3))]
    if len(data) <= size:
        return name, data
    at = int(rng.integers(min(len(data) - size, 512)))
    extremes = (0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
    value = extremes[int(rng.integers(len(extremes)))] & (256**size - 1)
    return name, data[:at] + struct.pack(form, value) + data[at + size :]


def lying_tags(rng: Rng, name: str, data: bytes) -> Named:
    """Change one entry of a TIFF's directory: tag, type, count or value. Others: lying numbers."""
    if data[:2] not in (b"II", b"MM") or len(data) < 16:
        return lying_dimensions(rng, name, data)
    order = "<" if data[:2] == b"II" else ">"
    (offset,) = struct.unpack_from(order + "I", data, 4)
    if offset + 2 > len(data):
        return lying_numbers(rng, name, data)
    (count,) = struct.unpack_from(order + "H", data, offset)
    entry = offset + 2 + 12 * int(rng.integers(max(1, count)))
    if entry + 12 > len(data):
        return lying_numbers(rng, name, data)
    damaged = bytearray(data)
    field = int(rng.integers(4))
    tags = (254, 256, 257, 258, 259, 262, 266, 270, 273, 277, 278, 279, 292, 317, 320, 322, 338)
    if field == 0:
        struct.pack_into(order + "H", damaged, entry, tags[int(rng.integers(len(tags)))])
    elif field == 1:
        struct.pack_into(order + "H", damaged, entry + 2, int(rng.integers(0, 20)))
    else:
        value = int(2 ** rng.uniform(0, 32)) - 1
        struct.pack_into(order + "I", damaged, entry + 4 * field - 4, value)
    return name, bytes(damaged)


def lying_dimensions(rng: Rng, name: str, data: bytes) -> Named:
    """Let a PNG claim another size, with a checksum that fits; others: lying numbers."""
    if not data.startswith(b"\x89PNG") or len(data) < 33:
        return lying_numbers(rng, name, data)
    sides = [int(2 ** rng.uniform(0, 31)) for _ in range(2)]
    head = b"IHDR" + struct.pack(">II", *sides) + data[24:29]
    return name, data[:12] + head + struct.pack(">I", zlib.crc32(head)) + data[33:]


def rubbish(rng: Rng, name: str, data: bytes) -> Named:
    """Keep the first bytes, so that a reader is found; the rest is noise."""
    keep = int(rng.integers(0, 64))
    return name, data[:keep] + rng.bytes(len(data) - keep)


def empty(rng: Rng, name: str, data: bytes) -> Named:
    """No byte at all."""
    return name, b""


MUTATIONS: tuple[Mutation, ...] = (
    *(flip_bits, flip_bits, truncate, splice, insert, append, overwrite, wrong_extension),
    *(lying_numbers, lying_tags, lying_tags, lying_dimensions, rubbish, empty),
)
"""The more telling ones twice."""


def mutate(rng: Rng, corpus: list[Named], number: int) -> tuple[str, Named]:
    """One damaged file: which mutation, and its name and bytes.

    Args:
        rng: Decides everything.
        corpus: Whole files.
        number: Makes the name unique; the original name stays at its end, with its suffix.
    """
    name, data = corpus[int(rng.integers(len(corpus)))]
    mutation = MUTATIONS[int(rng.integers(len(MUTATIONS)))]
    if mutation is splice and rng.random() < 0.5:
        other = corpus[int(rng.integers(len(corpus)))][1]
        cut = int(rng.integers(1, 1 + min(len(data), len(other))))
        damaged = (name, data[:cut] + other[cut:])
    else:
        damaged = mutation(rng, name, data)
        if rng.random() < 0.2 and damaged[1]:
            damaged = flip_bits(rng, *damaged)
    return mutation.__name__, (f"{number:05d}-{PurePath(damaged[0]).name}", damaged[1])
