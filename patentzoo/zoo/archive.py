"""Look into a file a stranger sent: what it is, and which of a zip's members may be a checkpoint.

Nothing is unpacked by the name it has in the zip, so no name can lead out of a folder; sizes are
counted while unpacking, so no zip grows beyond what it announced, nor announces more than a limit.
"""

from __future__ import annotations

import fnmatch
import re
import stat
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from patentzoo.errors import WeightsError

_HTML = re.compile(rb"\s*<(?:!doctype\s+html|html|head)\b", re.IGNORECASE)


@dataclass(frozen=True)
class ZipLimits:
    """What a zip may hold: a checkpoint is at most some gigabytes and hardly compresses.

    Attributes:
        members: Entries.
        total_bytes: All of them unpacked.
        ratio: Unpacked to packed, of each member above a megabyte.
    """

    members: int = 10_000
    total_bytes: int = 32 << 30
    ratio: float = 100.0


@dataclass(frozen=True)
class CheckpointMember:
    """An entry of a zip that may be a checkpoint.

    Attributes:
        name: As it stands in the zip; for people only.
        epoch: The number after "epoch" in its name, -1 where there is none.
        modified: Year, month, day, hour, minute, second.
        size_bytes: Unpacked.
    """

    name: str
    epoch: int
    modified: tuple[int, int, int, int, int, int]
    size_bytes: int


def kind_of_file(path: Path) -> str:
    """What a file is, by its first bytes: torch, zip, pickle, safetensors, html or unknown.

    A checkpoint of torch >= 1.6 is itself a zip, with a ``data.pkl``.
    """
    with path.open("rb") as stream:
        start = stream.read(512)
    if start.startswith(b"PK\x03\x04") or start.startswith(b"PK\x05\x06"):
        with _opened(path) as archive:
            names = archive.namelist()
        return "torch" if any(PurePosixPath(n).name == "data.pkl" for n in names) else "zip"
    if start[:1] == b"\x80" and start[1:2] in b"\x02\x03\x04\x05":
        return "pickle"
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") < 100 << 20:
        return "safetensors"
    return "html" if _HTML.match(start) else "unknown"


def find_members(
    path: Path, patterns: Sequence[str], limits: ZipLimits = ZipLimits()
) -> list[CheckpointMember]:
    """A zip's members that may be checkpoints, the latest first.

    Args:
        path: The zip.
        patterns: Of file names, without regard to case and folder.
        limits: What the zip may hold.

    Returns:
        By the number after "epoch" in the name, then by date, then by name, descending.

    Raises:
        WeightsError: No zip, damaged, too large, or with names that lead out of its folder.
    """
    with _opened(path) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
    _check(path, infos, limits)
    members = [
        CheckpointMember(info.filename, _epoch(info.filename), info.date_time, info.file_size)
        for info in infos
        if _matches(info.filename, patterns)
    ]
    return sorted(members, key=lambda m: (m.epoch, m.modified, m.name), reverse=True)


def member_names(path: Path) -> list[str]:
    """All files in a zip, for a message that says what was found."""
    with _opened(path) as archive:
        return [info.filename for info in archive.infolist() if not info.is_dir()]


def unpack(path: Path, member: CheckpointMember, target: Path) -> Path:
    """Write one member to ``target``, checking its length and CRC-32 on the way.

    Raises:
        WeightsError: The member is damaged, encrypted, or longer than announced.
    """
    with _opened(path) as archive:
        try:
            with archive.open(member.name) as packed, target.open("wb") as stream:
                written = 0
                while chunk := packed.read(1 << 20):
                    written += len(chunk)
                    if written > member.size_bytes:
                        raise WeightsError(f"{member.name}: longer than the zip announces.")
                    stream.write(chunk)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise WeightsError(
                f"{path.name}: {member.name} is damaged ({error}). Fetch it again."
            ) from error
        except (RuntimeError, NotImplementedError) as error:
            raise WeightsError(f"{path.name}: {member.name} cannot be read ({error}).") from error
    return target


def check_torch_zip(path: Path, limits: ZipLimits = ZipLimits()) -> None:
    """Check a checkpoint's own zip as above, and every CRC-32, which torch does not look at."""
    with _opened(path) as archive:
        _check(path, archive.infolist(), limits)
        try:
            damaged = archive.testzip()
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
            raise WeightsError(f"{path.name}: damaged ({error}). Fetch it again.") from error
    if damaged:
        raise WeightsError(f"{path.name}: {damaged} is damaged. Fetch the file again.")


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise WeightsError(
            f"{path.name}: a zip that cannot be read ({error}); cut off or damaged. Fetch it again."
        ) from error


def _check(path: Path, infos: list[zipfile.ZipInfo], limits: ZipLimits) -> None:
    if len(infos) > limits.members:
        raise WeightsError(
            f"{path.name}: {len(infos):,} members; refused above {limits.members:,}."
        )
    total = sum(info.file_size for info in infos)
    if total > limits.total_bytes:
        raise WeightsError(f"{path.name}: unpacks to {total:,} bytes; refused.")
    for info in infos:
        name = PurePosixPath(info.filename.replace("\\", "/"))
        leads_out = name.is_absolute() or ".." in name.parts or re.match("[A-Za-z]:", info.filename)
        if leads_out or stat.S_ISLNK(info.external_attr >> 16):
            raise WeightsError(
                f"{path.name}: {info.filename!r} leads out of the zip's own folder; refused. "
                "Whoever made this zip meant harm."
            )
        if info.file_size > max(1 << 20, limits.ratio * info.compress_size):
            raise WeightsError(
                f"{path.name}: {info.filename!r} unpacks {info.compress_size:,} bytes to "
                f"{info.file_size:,}; refused as a zip bomb."
            )


def _matches(name: str, patterns: Sequence[str]) -> bool:
    last = PurePosixPath(name).name.lower()
    hidden = last.startswith(".") or "__MACOSX" in name
    return not hidden and any(fnmatch.fnmatch(last, pattern.lower()) for pattern in patterns)


def _epoch(name: str) -> int:
    found = re.findall(r"epoch[ _=-]?(\d+)", PurePosixPath(name).name, re.IGNORECASE)
    return int(found[-1]) if found else -1
