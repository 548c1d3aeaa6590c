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
from patentzoo.images.page import SkippedPage
from patentzoo.options import ReadOptions
from patentzoo.sources.distinct import DistinctIds
from patentzoo.sources.grant_kinds import is_grant_name, not_taken
from patentzoo.sources.grants import Grants, label_of
from patentzoo.sources.members import Archive, Member, kind_of, members_of
from patentzoo.sources.names import natural_key, printable
from patentzoo.sources.patent_labels import default_label
from patentzoo.sources.shared_zip import OpenZips
from patentzoo.sources.source import Source

ARCHIVE_SUFFIXES = (*(".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz"),)
PDF_SUFFIX = ".pdf"


def is_archive_name(name: str) -> bool:
    """Whether a file's name says that it is an archive."""
    return name.lower().endswith(ARCHIVE_SUFFIXES)


def archive_of_file(
    name: str, path: Path, options: ReadOptions, prefix: str, *, found: bool = False
) -> Iterator[Source]:
    """The images of an archive on disk.

    Args:
        name: The id under which the archive itself fails, if it does.
        path: The archive.
        options: How to read.
        prefix: Stands before the ids of its members: "" or a folder with its slash.
        found: It was found in a folder, not named by the user: it may hold no images.

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
    skipped = not_taken(name, str(path), options.kind)
    if found and skipped is not None:
        yield Source(name, content, str(path), options, left_out=skipped)
        return
    archive = Archive(str(path), content.open, size, options, OpenZips())
    folder = PurePosixPath(without_suffix(path.name)).name + "/"
    yield from _Walk(archive, kind, name, prefix, 1, folder=folder, found=found).sources()


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
        found: It was found, not named by the user.
    """

    archive: Archive
    kind: str
    id: str
    prefix: str
    depth: int
    streamed: bool = False
    folder: str = ""
    found: bool = False

    def sources(self) -> Iterator[Source]:
        """What it holds, archives in it included; what is wrong with it comes as a last source."""
        grants, ids = Grants(), DistinctIds()
        found = False
        try:
            for name, member in self._members(grants, ids):
                for source in self._expand(name, member, grants, ids):
                    found = True
                    yield source
            if not found:
                yield self._empty(grants)
        except ImageError as error:
            yield self._failing(self.id, error, self.archive.size)

    def _empty(self, grants: Grants) -> Source:
        """An archive without images: left out if it is a grant's or was not asked for by name."""
        name = self.archive.name
        if any(is_grant_name(xml) for xml in grants.names()):
            note = SkippedPage(
                self.id, f"{name}: a grant without drawings", "grants without drawings"
            )
        elif self.found:
            note = SkippedPage(self.id, f"{name}: holds no images", "archives without images")
        else:
            raise ImageDecodeError(f"{name}: holds no images. Looked for {' '.join(SUFFIXES)}.")
        source = self._failing(self.id, ImageDecodeError(note.reason), self.archive.size)
        return dataclasses.replace(source, left_out=note)

    def _members(self, grants: Grants, ids: DistinctIds) -> Iterator[tuple[str, Member]]:
        """The members of interest; in natural order where the archive can be read in any."""
        listed: list[tuple[str, Member]] = []
        problem: ImageError | None = None
        try:
            for member in members_of(self.archive, self.kind):
                name = member_name(member.name)
                if _is_hidden(name):
                    continue
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
        for name, member in listed:
            if not is_archive_name(name):
                ids.reserve(self._id(name), LazyContent(member.load, member.size))
        yield from sorted(listed, key=lambda pair: natural_key(pair[0]))
        if problem is not None:
            raise problem

    def _id(self, name: str) -> str:
        return self.prefix + name.removeprefix(self.folder)

    def _expand(
        self, name: str, member: Member, grants: Grants, ids: DistinctIds
    ) -> Iterator[Source]:
        """A member's sources: one, or those of an archive in the archive."""
        id_, path = self._id(name), f"{self.archive.name}/{name}"
        skipped = not_taken(id_, path, self.archive.options.kind)
        if skipped is not None:
            source = self._failing(id_, ImageDecodeError(skipped.reason), member.size)
            yield dataclasses.replace(source, left_out=skipped)
        elif ".." in PurePosixPath(name).parts:
            error = ImageDecodeError(
                f"{self.archive.name}: the member {name!r} points out of the archive. It is not "
                "read."
            )
            yield self._failing(id_, error, member.size)
        elif is_archive_name(name):
            prefix = without_suffix(id_) + "/"
            yield from ids.of_archive(self._nested(name, id_, member), id_, prefix)
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
        options = self.archive.options
        yield Source(
            id_,
            LazyContent(member.load, member.size),
            path,
            options,
            below,
            label,
            sheets,
            landscape,
            views,
            self.streamed or member.streamed,
            left_out=not_taken(id_, path, options.kind, label.patent if sheets else None),
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
            found=True,
        ).sources()

    def _failing(self, id_: str, error: ImageError, size: int | None) -> Source:
        return Source(id_, NoContent(error, size), self.archive.name, self.archive.options)


def _is_hidden(name: str) -> bool:
    """Whether a folder would be read without it: ``.x``, and what macOS adds, ``__MACOSX/._x``."""
    parts = PurePosixPath(name).parts
    return not parts or "__MACOSX" in parts or parts[-1].startswith(".")


def member_name(name: str) -> str:
    """A member's name as a relative path that can be printed; ".." stays and is refused later."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return printable("/".join(part for part in parts if part != "/"))


def without_suffix(name: str) -> str:
    """ "a/b.tar.gz" -> "a/b"."""
    suffix = max((s for s in ARCHIVE_SUFFIXES if name.lower().endswith(s)), key=len, default="")
    return name[: len(name) - len(suffix)]
