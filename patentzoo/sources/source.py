"""A source: one file, archive member, array or address that reads its pages when asked.

No pixel is held before that: a generator of 100,000 paths costs one path at a time.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from patentzoo.errors import ImageError, MissingExtraError, PatentZooError
from patentzoo.images.content import Content
from patentzoo.images.decode import pages_of
from patentzoo.images.page import Page, SkippedPage
from patentzoo.images.photos import UNTOLD
from patentzoo.images.raster import Decoded, NoDrawing, Raster, Unreadable
from patentzoo.options import Label, ReadOptions
from patentzoo.sources.file_patents import PagesOfPatent, own_name
from patentzoo.sources.names import GAZETTE
from patentzoo.sources.patent_labels import default_label
from patentzoo.sources.sheets import figures_of, numerals_removed, turned_upright

Outcome = tuple[str, Page | PatentZooError]
STEPS = "photo_steps"
"""The metadata that say what ``photos=`` did to a picture; absent where it did nothing."""

Event = tuple[str, Page | SkippedPage | PatentZooError]


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """One image file, archive member, array or address, not yet read.

    Attributes:
        id: The id of its first page; page 2 of a multi-page file is ``<id>#2``, and so on.
        content: Where its bytes or pixels come from.
        path: The file or URL, if any; for a member of an archive the archive's path and its own.
        options: How to read it.
        below_root: It lies in a subfolder of the folder given.
        known: What the archive or table it came from says about it.
        sheets: It holds patent sheets, each of which may show several figures.
        landscape: Whether its sheets are stored on their side, where that is known from outside
            the file.
        views: From a figure's number, "3A", to the name of its view, where that is known.
        streamed: Its bytes are in memory already, since their archive can only be read in order.
        companion: It is no drawing but goes with some, as a grant's XML does; it is a source only
            where it cannot be read.
        left_out: Set where it is not to be read at all, and why.
    """

    id: str
    content: Content
    path: str | None
    options: ReadOptions
    below_root: bool = False
    known: Label | None = None
    sheets: bool = False
    landscape: bool | None = None
    views: Mapping[str, str] = field(default_factory=dict)
    streamed: bool = False
    companion: bool = False
    left_out: SkippedPage | None = None

    def content_hash(self) -> str:
        """SHA-256 over the raw bytes (of an array: dtype, shape and bytes), 64 hex digits.

        Where more is known than the bytes tell (a grant's XML, the row of a table, ``patent=``),
        that is hashed with them: a changed title is a changed drawing. Nothing is decoded; the
        bytes are read anew at each call.

        Raises:
            ImageError: It cannot be read.
        """
        digest, told = self.content.digest(), self._told()
        return hashlib.sha256(f"{digest}\n{told}".encode()).hexdigest() if told else digest

    def unlabelled(self) -> Source:
        """The same source without what its archive, table or XML says about it."""
        return dataclasses.replace(self, known=None)

    def size_bytes(self) -> int | None:
        """Size as stored; None where it is unknown without fetching."""
        return self.content.size()

    def held(self) -> Source:
        """The same source, in memory where a second reading would cost as much as the first.

        Raises:
            ImageError: It cannot be read.
        """
        content = self.content.held()
        return self if content is self.content else dataclasses.replace(self, content=content)

    def outcomes(self) -> Iterator[Outcome]:
        """Yield (id, page), and at the end (id, error) if reading fails there."""
        for name, event in self.events():
            if not isinstance(event, SkippedPage):
                yield name, event

    def events(self) -> Iterator[Event]:
        """Like :meth:`outcomes`, with (id, left out) for pages that show no drawing."""
        if self.left_out is not None:
            yield self.id, self.left_out
            return
        told = PagesOfPatent(self._label_before(), own_name(self.id))
        # Pages are held back until a second one follows, since only then the first is numbered,
        # and until the patent is known that all of them are of.
        waiting: list[Decoded] = []
        number = 0
        try:
            for decoded in pages_of(self.content, self._name(), self.options, self.landscape):
                if waiting and told.settled:
                    yield from self._flushed(waiting, told, several=True)
                number = decoded.number
                told.observe(decoded)
                waiting.append(decoded)
            yield from self._flushed(waiting, told, several=number > 1)
        except (ImageError, MissingExtraError) as error:
            yield from self._flushed(waiting, told, several=True)
            yield self.page_id(number + 1), error

    def _flushed(
        self, waiting: list[Decoded], told: PagesOfPatent, several: bool
    ) -> Iterator[Event]:
        """What came of the pages that wait, which are let go one by one."""
        label = self._label_of(told.named(several))
        while waiting:
            decoded = waiting.pop(0)
            name = self.page_id(decoded.number)
            if isinstance(decoded, Unreadable):
                yield name, decoded.error
            elif isinstance(decoded, NoDrawing):
                reason = f"{self._name()}, page {decoded.number}: {decoded.reason}"
                yield name, SkippedPage(name, reason)
            else:
                yield from self._pages(decoded, label, decoded.number if several else None)

    def read(self) -> list[Page]:
        """Read every page.

        Raises:
            ImageError: What cannot be read, by name.
        """
        pages = []
        for _, outcome in self.outcomes():
            if isinstance(outcome, PatentZooError):
                raise outcome
            if isinstance(outcome, Page):
                pages.append(outcome)
        return pages

    def page_id(self, number: int | None) -> str:
        """The id of page ``number`` (from 1, or None for the only one)."""
        return self.id if number in (None, 1) else f"{self.id}#{number}"

    def given_label(self) -> Label | None:
        """What ``patent=`` says about it."""
        label = self.options.label
        return None if label is None else label(self.id, self.path, self.known_label().patent)

    def _name(self) -> str:
        """What it is called in messages."""
        return self.path or self.id

    def _told(self) -> str:
        """What is known besides bytes and names, as text of one form; "" where that is nothing."""
        given = self.given_label()
        usual = default_label(self.id, self.id, below_root=self.below_root)
        labels = [each for each in (given, self.known) if each is not None and each != usual]
        if not (labels or self.sheets or self.landscape is not None or self.views):
            return ""
        words = [(each.patent, each.metadata) for each in labels]
        told = [words, self.sheets, self.landscape, dict(self.views)]
        return json.dumps(told, sort_keys=True, default=str)

    def _label_before(self) -> Label:
        """What is known before a page is read; a patent that the user gives counts."""
        given, known = self.given_label(), self.known_label()
        return (
            known if given is None or given.patent is None else Label(given.patent, known.metadata)
        )

    def _label_of(self, known: Label) -> Label:
        """What is known of a patent, and what the user says of it."""
        rule = self.options.label
        given = None if rule is None else rule(self.id, self.path, known.patent)
        if not given:
            return known
        return Label(given.patent or known.patent, {**known.metadata, **given.metadata})

    def known_label(self) -> Label:
        """What its archive or table, or else its name and folder, says about it."""
        return self.known or default_label(self.id, self.path, below_root=self.below_root)

    def _pages(
        self, raster: Raster, label: Label, number: int | None
    ) -> Iterator[tuple[str, Page | PatentZooError]]:
        """The page a raster is, or its figures."""
        name = self.page_id(number)
        sheet = self.sheets or raster.sheet
        split = self.options.figures == "split" or (self.options.figures == "auto" and sheet)
        steps = [each for each in raster.steps if each != UNTOLD or self.options.note_untold]
        grey = raster.grey
        if self.options.without_numerals and not (split or sheet):
            grey, steps = numerals_removed(grey, steps)
        known = {**label.metadata, **({STEPS: "; ".join(steps)} if steps else {})}
        known |= {GAZETTE: True} if raster.gazette else {}
        page = Page(name, grey, self.path, number, label.patent, known)
        if not (split or sheet):
            yield name, page
            return
        try:
            turned = turned_upright(page, raster)
            pages = figures_of(turned, self.views) if split else [turned]
        except (ImageError, MissingExtraError) as error:
            yield name, error
            return
        for each in pages:
            yield each.id, each
