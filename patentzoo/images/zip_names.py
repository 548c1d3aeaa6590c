"""Names in archives that say nothing of their encoding -> text."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterable, Sequence

from patentzoo.images import name_encodings

_UTF8_FLAG = 0x800
_LETTERS = frozenset(range(0x80, 0x9B)) | frozenset(range(0xA0, 0xA6)) | {0xE1}
"""Bytes that are Latin letters in cp437; the rest of its upper half are lines and signs."""


def names_of(infos: Sequence[zipfile.ZipInfo]) -> list[str]:
    """Return the names of a zip's members, with ``/`` between folders.

    Without the flag for UTF-8 a name is in the encoding of who packed it, which zipfile reads as
    cp437. All names of a zip together tell which that is, see ``decoded``. A byte that is a
    backslash may be half of a character: it is a separator only in what is decoded.
    """
    stored = [_stored(info) for info in infos]
    texts = decoded({each for each in stored if each is not None}, western=True)
    return [
        info.filename.replace("\\", "/") if raw is None else texts[raw]
        for info, raw in zip(infos, stored, strict=True)
    ]


def decoded(names: Collection[bytes], *, western: bool = False) -> dict[bytes, str]:
    """Decode names that belong together.

    UTF-8 is tried first, then the encodings of China, Japan, Korea and Taiwan, of which the one
    that gives the most common characters is taken. What fits none keeps its bytes, as
    ``surrogateescape`` does, so that it is escaped where it is printed.

    Args:
        names: As they are stored.
        western: cp437 is tried last, for Latin letters with accents.
    """
    rest = [each for each in names if not _is_utf8(each)]
    encoding = name_encodings.guess(rest) if rest else None
    texts = {}
    for each in names:
        if _is_utf8(each):
            text = each.decode()
        elif encoding is not None:
            text = each.decode(encoding)
        elif western and all(byte < 0x80 or byte in _LETTERS for byte in each):
            text = each.decode("cp437")
        else:
            text = _marked(each)
        texts[each] = text.replace("\\", "/")
    return texts


def decoded_name(name: str) -> str:
    """The same of one name that was read as UTF-8 with ``surrogateescape``, as tarfile does."""
    stored = name.encode("utf-8", "surrogateescape")
    return decoded([stored])[stored] if not _is_utf8(stored) else name


def _stored(info: zipfile.ZipInfo) -> bytes | None:
    """The bytes of a name; None where it is text already."""
    if info.flag_bits & _UTF8_FLAG or info.filename.isascii():
        return None
    try:
        return info.orig_filename.partition("\0")[0].encode("cp437")
    except UnicodeEncodeError:  # decoded from something else by an extra field
        return None


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def _marked(name: bytes) -> str:
    """The bytes above ASCII as surrogates; a backslash after one may be half of a character."""
    return "".join(_marks(name))


def _marks(name: bytes) -> Iterable[str]:
    before = 0
    for byte in name:
        half = byte == 0x5C and before >= 0x80
        yield chr(0xDC00 + byte) if byte >= 0x80 else "_" if half else chr(byte)
        before = byte
