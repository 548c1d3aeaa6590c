"""Archives beside what was unpacked from them: no id twice, and no drawing twice."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from patentzoo.errors import ImageError
from patentzoo.images.content import Content
from patentzoo.images.page import SkippedPage
from patentzoo.sources.source import Source


class DistinctIds:
    """The ids given out in one folder or archive.

    An archive ``s.zip`` is read as a folder ``s``. Where such a folder, or a ``s.tar``, lies beside
    it, a member that is there byte for byte is left out, and another one is called by the archive's
    whole name: ``s.zip/a.png``.
    """

    def __init__(self) -> None:
        self._taken: dict[str, Content | None] = {}

    def reserve(self, id_: str, content: Content) -> None:
        """Note the id of a plain file; it comes before those of any archive."""
        self._taken[id_] = content

    def of_archive(self, sources: Iterator[Source], name: str, prefix: str) -> Iterator[Source]:
        """The sources of an archive, with ids that nothing beside it has.

        Args:
            sources: Its members.
            name: The archive's own id.
            prefix: Of the ids of its members.
        """
        there = dict(self._taken)
        for each in sources:
            if each.id in there and each.id.startswith(prefix):
                yield self._renamed(each, there[each.id], name, prefix)
                continue
            self._taken.setdefault(each.id, None if each.streamed else each.content)
            yield each

    def _renamed(self, source: Source, other: Content | None, name: str, prefix: str) -> Source:
        own = f"{name}/{source.id.removeprefix(prefix)}"
        if other is not None and _same(source.content, other):
            reason = f"{source.path}: the same file lies beside its archive as {source.id}"
            note = SkippedPage(own, reason, "members of archives that lie unpacked beside them")
            return dataclasses.replace(source, id=own, left_out=note)
        return dataclasses.replace(source, id=own)


def _same(one: Content, other: Content) -> bool:
    """Whether two hold the same bytes; what cannot be read is the same as nothing."""
    if one.size() != other.size():
        return False
    try:
        return one.digest() == other.digest()
    except ImageError:
        return False
