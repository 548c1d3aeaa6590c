"""Zip and tar archives, also in one another -> sources, without unpacking to disk."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from patentzoo.errors import ImageDecodeError, ImageError
from patentzoo.images.content import FileContent, LazyContent, NoContent
from patentzoo.images.decode import SUFFIXES
from patentzoo.images.grants import Grants, label_of
from patentzoo.images.labels import default_label
from patentzoo.images.members import Archive, Member, kind_of, members_of
from patentzoo.images.names import natural_key, printable
from patentzoo.images.page import ReadOptions
from patentzoo.images.sources import Source
from patentzoo.images.zipped import OpenZips

ARCHIVE_SUFFIXES = (*(".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz"),)
PDF_SUFFIX = ".pdf"


def is_archive_name(name: str) -> bool:
    """Whether a file's name says that it is an archive."""
    return name.lower().endswith(ARCHIVE_SUFFIXES)


def archive_of_file(name: str, path: Path, options: ReadOptions, prefix: str) -> Iterator[Source]:
    """The images of an archive on disk.

    Args:
        name: The id under which the archive itself fails, if it does.
        path: The archive.
        options: How to read.
        prefix: Stands before the ids of its members: "" or a folder with its slash.

    Returns:
        Images in natural order (of a packed tar in stored order), then what went wrong.
    """
    content = FileContent(path)
    size = content.size() or 0
    try:
        with content.open() as stream:
            kind = kind_of(stream)
    except (ImageError, OSError):
        kind = None
    if kind is None:  # missing, or something else under an archive's name: reading it will tell
        yield Source(name, content, str(path), options)
        return
    archive = Archive(str(path), content.open, size, options, OpenZips())
    folder = PurePosixPath(without_suffix(path.name)).name + "/"
    yield from _Walk(archive, kind, name, prefix, 1, folder=folder).sources()


@dataclass(frozen=True)
class _Walk:
    """One archive on the way down.

    Attributes:
        archive: The archive.
        kind: Of it.
        id: Of the archive itself, for what fails.
        prefix: Of the ids of its members.
        depth: 1 for the outermost.
        streamed: Its bytes are in memory.
        folder: A folder of this name around all members says nothing new.
    """

    archive: Archive
    kind: str
    id: str
    prefix: str
    depth: int
    streamed: bool = False
    folder: str = ""

    def sources(self) -> Iterator[Source]:
        """What it holds, archives in it included; what is wrong with it comes as a last source."""
        grants = Grants()
        found = False
        try:
            for name, member in self._members(grants):
                for source in self._expand(name, member, grants):
                    found = True
                    yield source
            if not found:
                raise ImageDecodeError(
                    f"{self.archive.name}: holds no images. Looked for {' '.join(SUFFIXES)}."
                )
        except ImageError as error:
            yield self._failing(self.id, error, self.archive.size)

    def _members(self, grants: Grants) -> Iterator[tuple[str, Member]]:
        """The members of interest; in natural order where the archive can be read in any."""
        listed: list[tuple[str, Member]] = []
        problem: ImageError | None = None
        try:
            for member in members_of(self.archive, self.kind):
                name = member_name(member.name)
                if name.lower().endswith(".xml"):
                    grants.add(name, member.load)
                elif not name.lower().endswith((*SUFFIXES, PDF_SUFFIX, *ARCHIVE_SUFFIXES)):
                    continue
                elif member.streamed:
                    yield name, member
                else:
                    listed.append((name, member))
        except ImageError as error:
            problem = error
        yield from sorted(listed, key=lambda pair: natural_key(pair[0]))
        if problem is not None:
            raise problem

    def _expand(self, name: str, member: Member, grants: Grants) -> Iterator[Source]:
        """A member's sources: one, or those of an archive in the archive."""
        id_ = self.prefix + name.removeprefix(self.folder)
        if ".." in PurePosixPath(name).parts:
            error = ImageDecodeError(
                f"{self.archive.name}: the member {name!r} points out of the archive. It is not "
                "read."
            )
            yield self._failing(id_, error, member.size)
        elif is_archive_name(name):
            yield from self._nested(name, id_, member)
        else:
            yield from self._image(name, id_, member, grants)

    def _image(self, name: str, id_: str, member: Member, grants: Grants) -> Iterator[Source]:
        path = f"{self.archive.name}/{name}"
        below = "/" in id_
        label = default_label(id_, id_, below_root=below)
        landscape, views, sheets = None, {}, False
        found = grants.of(name)
        if found is not None:
            xml, grant, problem = found
            if problem is not None:
                name_of_xml = self.prefix + xml.removeprefix(self.folder)
                failing = self._failing(name_of_xml, problem, None)
                yield dataclasses.replace(failing, companion=True)
            landscape = grant.landscape.get(PurePosixPath(name).name)
            label, views, sheets = label_of(grant, name), dict(grant.views), True
        yield Source(
            id_,
            LazyContent(member.load, member.size),
            path,
            self.archive.options,
            below,
            label,
            sheets,
            landscape,
            views,
            self.streamed or member.streamed,
        )

    def _nested(self, name: str, id_: str, member: Member) -> Iterator[Source]:
        options = self.archive.options
        path = f"{self.archive.name}/{name}"
        try:
            if self.depth >= options.max_nesting:
                raise ImageDecodeError(
                    f"{path}: archives nested deeper than max_nesting = {options.max_nesting}."
                )
            kind = kind_of(io.BytesIO(member.load()))
            if kind is None:
                raise ImageDecodeError(f"{path}: neither zip nor tar, whatever its name says.")
        except ImageError as error:
            yield self._failing(id_, error, member.size)
            return

        def opened() -> IO[bytes]:
            return io.BytesIO(member.load())

        archive = Archive(path, opened, member.size, options, self.archive.zips)
        folder = without_suffix(id_)
        # A tar in an archive is read in one go: getting at its members one by one would unpack it
        # as many times.
        kind = "zip" if kind == "zip" else "packed tar"
        yield from _Walk(
            archive,
            kind,
            id_,
            folder + "/",
            self.depth + 1,
            self.streamed or member.streamed,
            PurePosixPath(folder).name + "/",
        ).sources()

    def _failing(self, id_: str, error: ImageError, size: int | None) -> Source:
        return Source(id_, NoContent(error, size), self.archive.name, self.archive.options)


def member_name(name: str) -> str:
    """A member's name as a relative path that can be printed; ".." stays and is refused later."""
    parts = PurePosixPath(printable(name).replace("\\", "/")).parts
    return "/".join(part for part in parts if part != "/")


def without_suffix(name: str) -> str:
    """ "a/b.tar.gz" -> "a/b"."""
    suffix = max((s for s in ARCHIVE_SUFFIXES if name.lower().endswith(s)), key=len, default="")
    return name[: len(name) - len(suffix)]
