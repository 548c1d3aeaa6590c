"""What searching and looking up give back: immutable, checked when made."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from patentzoo.system.arguments import NUMBER, TABLE, TEXT, WHOLE, check
from patentzoo.system.frozen_dict import FrozenDict

Closeness = Literal["same", "very like", "alike", "nothing close"]
"""What a score means, in a word, the closest first."""

SAID_BY_SEARCH = frozenset({"query", "rank", "score", "percentile", "closeness", "figures"})
"""Names that no field of a drawing has: in tables and JSON they are what was found."""

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image


class IndexedDrawing:
    """What a hit and a drawing of an index have in common.

    Attributes:
        id: The drawing's id in the index.
        patent: The patent it belongs to, if known.
        path: The file or URL it came from, if any.
        page: Its page, from 1, where the file holds several.
        metadata: What else the index keeps about it (read-only).
    """

    id: str
    patent: str | None
    path: str | None
    page: int | None
    metadata: Mapping[str, Any]

    @property
    def title(self) -> str | None:
        """The patent's title, ``metadata["title"]``; None where it is not known."""
        title = self.metadata.get("title")
        return None if title is None else str(title)

    def image(self, *, allow_urls: bool = False) -> Image.Image:
        """Read the drawing from where it came from: mode L, upright; a figure without its sheet.

        Args:
            allow_urls: Fetch it, where it came from an address.

        Raises:
            ImageError: Its file is gone or cannot be read, or it came from none.
        """
        from PIL import Image

        from patentzoo.sources.stored_drawings import read_drawing

        box = self.metadata.get("box") or ()
        page = read_drawing(self.id, self.path, self.page, box, allow_urls=allow_urls)
        return Image.fromarray(page.grey)


@dataclass(frozen=True, eq=False, repr=False)
class Drawing(IndexedDrawing):
    """One drawing of an index, ``index[id]``.

    Attributes:
        id: Its id.
        vector: float32 (dim,), of length 1, as the index stores it (read-only).
        patent: The patent it belongs to, if known.
        path: The file or URL it came from, if any.
        page: Its page, from 1, where the file holds several.
        metadata: What else the index keeps about it (read-only).
    """

    id: str
    vector: npt.NDArray[np.float32]
    patent: str | None = None
    path: str | None = None
    page: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        vector = self.vector.view()
        vector.flags.writeable = False
        object.__setattr__(self, "vector", vector)
        object.__setattr__(self, "metadata", FrozenDict(self.metadata))

    def _values(self) -> tuple[Any, ...]:
        return self.id, self.patent, self.path, self.page, self.metadata

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Drawing):
            return NotImplemented
        same = self.vector.tobytes() == other.vector.tobytes()
        return same and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values()[:-1])

    def __reduce__(self) -> tuple[Any, ...]:
        # Made anew: a vector that was pickled could be written to.
        values = (self.id, self.vector, self.patent, self.path, self.page)
        return Drawing, (*values, dict(self.metadata))

    def __repr__(self) -> str:
        return f"Drawing({self.id!r}, patent={self.patent!r})"


@dataclass(frozen=True)
class Hit(IndexedDrawing):
    """One drawing found.

    Attributes:
        rank: 1 for the closest.
        score: In [-1, 1]; higher is closer. A cosine, unless ``search`` was asked to fuse ranks or
            to re-rank.
        id: The drawing's id in the index.
        patent: The patent it belongs to, if known.
        path: The file or URL it came from, if any.
        page: Its page, from 1, where the file holds several.
        metadata: What else the index keeps about it (read-only).
        figures: In a search by patent: the patent's closest drawings, the closest first.
        percentile: Of the index's drawings, so many in a hundred have a closest drawing of another
            patent that scores less; None where the index is not calibrated, or the score is no
            cosine.
        closeness: The same in a word: ``"same"``, ``"very like"``, ``"alike"`` or
            ``"nothing close"``; None as before.
    """

    rank: int
    score: float
    id: str
    patent: str | None = None
    path: str | None = None
    page: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict, hash=False)
    figures: tuple[Hit, ...] = ()
    percentile: float | None = None
    closeness: Closeness | None = None

    def __post_init__(self) -> None:
        for name, rule in (("rank", WHOLE), ("score", NUMBER), ("id", TEXT), ("metadata", TABLE)):
            check("Hit", name, getattr(self, name), rule)
        if self.rank < 1:
            raise ValueError(f"Ranks count from 1, got {self.rank}.")
        if not (math.isfinite(self.score) and -1.0 <= self.score <= 1.0):
            raise ValueError(f"A score is a cosine or fused score in [-1, 1], got {self.score}.")
        object.__setattr__(self, "metadata", FrozenDict(self.metadata))

    @classmethod
    def unchecked(cls, rank: int, score: float, name: str, *rest: Any) -> Hit:
        """A hit whose values are known to be right: thousands a second are made by ``search``."""
        patent, path, page, metadata, figures = rest
        made = object.__new__(cls)
        made.__dict__.update(
            rank=rank,
            score=score,
            id=name,
            patent=patent,
            path=path,
            page=page,
            metadata=FrozenDict(metadata),
            figures=figures,
        )
        return made

    @classmethod
    def lazy(
        cls,
        rank: int,
        score: float,
        row: Sequence[Any],
        names: Sequence[str],
        values: Sequence[Any],
    ) -> Hit:
        """The same of a row of a catalogue, its metadata put together when they are looked at.

        Args:
            rank: As the attribute.
            score: As the attribute.
            row: Anything, then id, patent, path and page.
            names: Names of the metadata.
            values: Their values; None where the drawing has none.
        """
        made = object.__new__(cls)
        made.__dict__.update(
            rank=rank,
            score=score,
            id=row[1],
            patent=row[2],
            path=row[3],
            page=row[4],
            figures=(),
            _names=names,
            _values=values,
        )
        return made

    def placed(self, percentile: float, closeness: Closeness) -> Hit:
        """This hit, just made, with what its score means; returns itself."""
        self.__dict__.update(percentile=percentile, closeness=closeness)
        return self

    if not TYPE_CHECKING:  # it would hide misspelt attributes from the checker

        def __getattr__(self, name: str) -> Any:
            """The metadata, before they are first looked at; called for what the instance lacks."""
            held = self.__dict__
            if name != "metadata" or "_values" not in held:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            pairs = zip(held["_names"], held["_values"], strict=True)
            metadata = {key: value for key, value in pairs if value is not None}
            return held.setdefault("metadata", FrozenDict(metadata))

    def __reduce__(self) -> tuple[Any, ...]:
        # What a lazy hit was made of stays behind.
        values = (self.rank, self.score, self.id, self.patent, self.path, self.page)
        meaning = (self.percentile, self.closeness)
        return Hit, (*values, dict(self.metadata), self.figures, *meaning)

    def to_row(self) -> dict[str, Any]:
        """Return a flat dict for a table or JSON.

        Returns:
            ``rank`` (from 1), ``score``, ``id``, ``patent``, ``path`` and ``page`` (from 1), where
            they are known ``percentile`` (0 to 100) and ``closeness``, then the metadata.
        """
        fixed = {
            "rank": self.rank,
            "score": self.score,
            "id": self.id,
            "patent": self.patent,
            "path": self.path,
            "page": self.page,
        }
        if self.percentile is not None:
            fixed |= {"percentile": self.percentile, "closeness": self.closeness}
        return fixed | {key: value for key, value in self.metadata.items() if key not in fixed}


@dataclass(frozen=True)
class Treatment:
    """What was done to a query's picture before it was compared.

    Attributes:
        steps: By ``photos=``, in words, parted by "; "; empty where nothing was done.
        turned: With ``orient="any"``: degrees clockwise, 0, 90, 180 or 270, by which the query was
            turned where it is closest to the first hit.
        mirrored: With ``mirror=True``: whether it was mirrored there.
    """

    steps: str = ""
    turned: int = 0
    mirrored: bool = False

    def __bool__(self) -> bool:
        return bool(self.steps or self.turned or self.mirrored)

    def __str__(self) -> str:
        turned = f"turned {self.turned}° clockwise" if self.turned else ""
        words = (self.steps, "mirrored" if self.mirrored else "", turned)
        return "; ".join(word for word in words if word)


@dataclass(frozen=True)
class SearchInfo:
    """What a result was found in, and how: what the head of a report says.

    Attributes:
        model: Name of the model.
        drawings: How many drawings the index held.
        searched_at: When, in ISO 8601 with the offset from UTC: "2026-03-09T14:05:00+00:00".
        index: The folder of the index; None for one in memory.
        filters: ``where=`` and ``exclude=`` in words, e.g. "locarno begins with 06"; empty for
            none.
        ways: What else was asked for, in words, e.g. "closest drawing of each patent".
    """

    model: str
    drawings: int
    searched_at: str
    index: str | None = None
    filters: str = ""
    ways: str = ""
