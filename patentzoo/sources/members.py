"""Zip and tar -> their members, read in place; nothing is ever written to disk.

Members are data, not files: a name only becomes part of an id, a link is not followed.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any, cast

from patentzoo.errors import ImageDecodeError
from patentzoo.images.zip_names import decoded_name, names_of
from patentzoo.options import ReadOptions
from patentzoo.sources.bounded_streams import BoundedReader, ForwardReader
from patentzoo.sources.shared_zip import OpenZips, SharedZip

Open = Callable[[], IO[bytes]]
"""Gives a fresh seekable stream of a whole archive."""

BROKEN = (
    *(OSError, EOFError, ValueError, KeyError, IndexError, OverflowError, RuntimeError),
    *(NotImplementedError, MemoryError, AssertionError, TypeError, struct.error),
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError),
)
"""What the readers of the standard library raise at damaged archives."""

_MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One file in an archive.

    Attributes:
        name: As stored.
        size: Its bytes, unpacked.
        load: Reads it, from any thread; raises ImageError.
        streamed: Its bytes are in memory already.
    """

    name: str
    size: int
    load: Callable[[], bytes]
    streamed: bool = False


@dataclass(frozen=True)
class Archive:
    """An archive to be walked.

    Attributes:
        name: Stands in messages.
        opened: Opens it.
        size: Its bytes as it lies there.
        options: The limits.
        zips: The open zips of the outermost archive.
    """

    name: str
    opened: Open
    size: int
    options: ReadOptions
    zips: OpenZips

    def limit(self, what: str) -> ImageDecodeError:
        """The error of an archive that exceeds a limit."""
        return ImageDecodeError(
            f"{self.name}: {what}. If the archive is to be trusted, raise the limit."
        )

    def broken(self, error: BaseException, member: str | None = None) -> ImageDecodeError:
        """The error of an archive, or a member, that cannot be read."""
        name = f"{self.name}/{member}" if member else self.name
        reason = str(error).strip() or type(error).__name__
        return ImageDecodeError(
            f"{name}: cannot be unpacked, the archive is damaged or cut off ({reason}). "
            "Fetch it again."
        )


def kind_of(stream: IO[bytes]) -> str | None:
    """ "zip", "tar" or "packed tar" by the first bytes, whatever the name; None for others."""
    head = stream.read(512)
    stream.seek(0)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")):
        return "packed tar"
    return "tar" if head[257:262] == b"ustar" or _is_old_tar(head) else None


def _is_old_tar(head: bytes) -> bool:
    """Tar had no mark before 1988, only a checksum."""
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.TarError:
        return False
    return True


def members_of(archive: Archive, kind: str) -> Iterator[Member]:
    """Yield the files of an archive in stored order; what is no plain file fails when it is loaded.

    Args:
        archive: The archive.
        kind: From :func:`kind_of`.

    Raises:
        ImageDecodeError: The archive, or the rest of it, cannot be read or exceeds a limit.
    """
    walk = {"zip": _zip, "tar": _tar, "packed tar": _packed_tar}[kind]
    try:
        for count, member in enumerate(walk(archive), start=1):
            if count > archive.options.max_members:
                raise archive.limit(
                    f"holds more members than max_members = {archive.options.max_members:,}"
                )
            yield member
    except BROKEN as error:
        raise archive.broken(error) from error


def _zip(archive: Archive) -> Iterator[Member]:
    options = archive.options
    shared = SharedZip(archive.opened, options.max_members, archive.zips)
    infos = shared.infos()
    claimed = sum(info.file_size for info in infos)
    if claimed > max(archive.size, _MEGABYTE) * options.max_ratio:
        raise archive.limit(
            f"claims to unpack to {claimed:,} bytes, more than max_ratio = {options.max_ratio:g} "
            f"times its size"
        )
    for info, name in zip(infos, names_of(infos), strict=True):
        if not info.is_dir():
            yield Member(name, info.file_size, _ZipMember(archive, shared, info).load)


@dataclass(frozen=True, slots=True, eq=False)
class _ZipMember:
    archive: Archive
    shared: SharedZip
    info: zipfile.ZipInfo

    def load(self) -> bytes:
        """The bytes, unpacked.

        Raises:
            ImageDecodeError: Encrypted, over a limit, or damaged.
        """
        info = self.info
        if info.flag_bits & 1:
            raise ImageDecodeError(
                f"{self.archive.name}/{info.filename}: encrypted. Unpack it with its password."
            )
        _check_size(self.archive, info.filename, info.file_size, info.compress_size)
        try:
            return self.shared.read(info)
        except BROKEN as error:
            raise self.archive.broken(error, info.filename) from error


def _tar(archive: Archive) -> Iterator[Member]:
    guarded = BoundedReader(archive.opened(), archive.options.max_bytes + 1024)
    try:
        for _, info in _infos(guarded):
            yield Member(decoded_name(info.name), info.size, _TarMember(archive, info).load)
    finally:
        guarded.close()


@dataclass(frozen=True, slots=True, eq=False)
class _TarMember:
    archive: Archive
    info: tarfile.TarInfo

    def load(self) -> bytes:
        """The bytes.

        Raises:
            ImageDecodeError: No plain file, over a limit, or cut off.
        """
        info = self.info
        _check_kind(self.archive, info)
        _check_size(self.archive, info.name, info.size, info.size)
        try:
            with self.archive.opened() as stream:
                stream.seek(info.offset_data)
                data = stream.read(info.size)
        except BROKEN as error:
            raise self.archive.broken(error, info.name) from error
        if len(data) < info.size:
            missing = f"{info.size - len(data):,} bytes are missing"
            raise self.archive.broken(EOFError(missing), info.name)
        return data


def _packed_tar(archive: Archive) -> Iterator[Member]:
    options = archive.options
    with archive.opened() as packed:
        total = max(archive.size, _MEGABYTE) * options.max_ratio
        forward = ForwardReader(_unpacking(packed), options.max_bytes + 1024, total)
        for tar, info in _infos(forward):
            load = _streamed(archive, tar, info)
            yield Member(decoded_name(info.name), info.size, load, streamed=True)


def _streamed(archive: Archive, tar: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[], bytes]:
    """Read a member now: there is no way back in a packed stream. What fails does so later."""
    try:
        _check_kind(archive, info)
        _check_size(archive, info.name, info.size, info.size)
    except ImageDecodeError as error:
        return _Raises(error)
    stream = tar.extractfile(info)
    data = b"" if stream is None else stream.read()
    return lambda: data


@dataclass(frozen=True)
class _Raises:
    error: ImageDecodeError

    def __call__(self) -> bytes:
        raise self.error


def _infos(stream: BoundedReader) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """The entries one by one; folders are passed over."""
    with tarfile.open(fileobj=cast(Any, stream), mode="r:") as tar:
        while (info := tar.next()) is not None:
            cast(Any, tar).members = []  # it would keep every one of a million
            if not info.isdir():
                yield tar, info


def _unpacking(packed: IO[bytes]) -> IO[bytes]:
    head = packed.read(3)
    packed.seek(0)
    if head == b"BZh":
        return cast(IO[bytes], bz2.BZ2File(packed))
    if head.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=packed))
    return cast(IO[bytes], lzma.LZMAFile(packed)) if head == b"\xfd7z" else packed


def _check_kind(archive: Archive, info: tarfile.TarInfo) -> None:
    if info.isreg() and not info.issparse():
        return
    what = "a link" if info.islnk() or info.issym() else "no plain file"
    raise ImageDecodeError(
        f"{archive.name}/{info.name}: {what}; in archives only plain files are read."
    )


def _check_size(archive: Archive, member: str, size: int, packed: int) -> None:
    options = archive.options
    if size > options.max_bytes:
        raise ImageDecodeError(
            f"{archive.name}/{member}: {size:,} bytes, more than max_bytes = "
            f"{options.max_bytes:,}. If the archive is to be trusted, raise the limit."
        )
    if size > _MEGABYTE and size > packed * options.max_ratio:
        raise ImageDecodeError(
            f"{archive.name}/{member}: unpacks from {packed:,} to {size:,} bytes, more than "
            f"max_ratio = {options.max_ratio:g} times. If it is to be trusted, raise the limit."
        )
