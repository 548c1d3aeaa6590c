"""What a caller may choose: how images are read, and how the work is run.

Each option stands here once, with its default and its description. A public function takes options
by name (``**changes: Unpack[EmbedChanges]``, PEP 692), which a type checker knows from the
``TypedDict`` below, or several together (``options=``). Its signature and its docstring show them
all; see ``patentzoo.system.keywords``. Those of a search: ``index/query/search_options.py``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import InitVar, dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, TypedDict, TypeVar, get_args

from patentzoo.errors import ConfigError, near_miss
from patentzoo.system.arguments import check_fields, shown
from patentzoo.system.toml import check_keys

if TYPE_CHECKING:
    from patentzoo.results import Timings

Figures = Literal["auto", "whole", "split"]
"""Whether a sheet is cut into its figures; "auto": where the source holds sheets."""

Kind = Literal["all", "design", "utility", "plant", "reissue"]
"""Which grants of an archive or folder of grants are taken, by the kind of their patent."""

Photos = Literal["auto", "page", "lines", "grey"]
"""What becomes of a picture that is no scan in black on white; see ``ReadOptions.photos``."""

OnError = Literal["raise", "skip"]
"""What becomes of a run when an image cannot be used."""

PatentRule = Callable[[str], str | None] | str | PathLike[str] | None

MetadataRule = Mapping[str, Mapping[str, Any]] | str | PathLike[str] | None


@dataclass(frozen=True)
class Label:
    """What is known about a file besides its pixels.

    Attributes:
        patent: The patent, if it is known.
        metadata: Fields.
        by_folder: The patent is no more than the name of the folder the file lies in.
    """

    patent: str | None
    metadata: dict[str, Any] = field(default_factory=dict)
    by_folder: bool = False


@dataclass(frozen=True)
class InputOptions:
    """What is read at all, of queries as of what is indexed.

    Attributes:
        allow_urls: Fetch strings that are addresses, http:// or s3:// and so on. Off by default, so
            that an application that forwards a stranger's string does not fetch by accident.
        max_pixels: Pages larger than this (width x height) are refused before they are decoded.
            150 million, the usual number, is an A4 sheet at 1200 dpi; of a query it means the limit
            the index was built with.
    """

    allow_urls: bool = False
    max_pixels: int = 150_000_000


@dataclass(frozen=True)
class ReadOptions(InputOptions):
    """How images are read, and the limits that a file made to do harm runs into.

    Attributes:
        max_bytes: Downloads and members of an archive larger than this are refused.
        label: From an id, a path and the patent these tell to the patent and metadata; None reads
            names and folders.
        figures: ``"whole"`` takes a page as it is, ``"split"`` cuts it into its figures,
            ``"auto"`` splits the pages of sources that hold sheets (grant archives, PDFs).
        max_members: Archives with more members, and PDFs or TIFFs with more pages, are refused.
        max_ratio: Archives, and members of more than a megabyte, that unpack to more than this
            many times their size are refused.
        max_nesting: How deep archives may lie in archives; a zip in a tar is 2.
        photos: ``"page"`` makes of the picture of a page what a scan would have been: paper white,
            light even, ink dark, a photographed sheet straightened, coloured stains gone; without
            evidence of such a page the picture stays as it is, bit for bit. ``"auto"`` does the
            same, and draws the edges of shaded photographs as ``"lines"`` does; where it cannot
            tell, the picture stays. ``"lines"`` draws the edges of every picture with colours, or
            with more than two levels of grey; ``"grey"`` takes it as it is. Pages of PDFs are
            sheets: no edges of theirs are drawn. What was done stands in the metadata, as
            ``photo_steps``.
        without_numerals: Take reference numerals and their lead lines out of drawings that show at
            least three of them, as queries are read; sheets that are cut keep theirs.
        note_untold: Note also where ``photos="auto"`` cannot tell what a picture is.
        kind: Of grants, which ones are taken: ``"design"``, ``"utility"``, ``"plant"``,
            ``"reissue"`` or ``"all"``. One that neither its name nor its XML tells to be of
            another kind is taken, and what is no grant always.
        limits: Limits by name: ``max_bytes``, ``max_members``, ``max_ratio``, ``max_nesting``, and
            ``max_pixels``, which then counts.
    """

    max_bytes: int = 64_000_000
    label: Callable[[str, str | None, str | None], Label | None] | None = None
    figures: Figures = "auto"
    max_members: int = 200_000
    max_ratio: float = 1000.0
    max_nesting: int = 3
    photos: Photos = "grey"
    kind: Kind = "all"
    without_numerals: bool = False
    note_untold: bool = False
    limits: InitVar[Mapping[str, float] | None] = None

    def __post_init__(self, limits: Mapping[str, float] | None) -> None:
        for name, value in _limits(limits).items():
            object.__setattr__(self, name, value)  # frozen for everybody else
        check_fields(self)
        for name in LIMITS:
            if not getattr(self, name) >= 1:
                raise ConfigError(f"{name} = {getattr(self, name)!r} must be at least 1.")
        for name, known in (("figures", Figures), ("photos", Photos), ("kind", Kind)):
            _check_choice(name, getattr(self, name), known)

    def moved_limits(self) -> dict[str, float]:
        """The limits but ``max_pixels`` that are not the usual ones, as ``limits=`` takes them."""
        found = {name: getattr(self, name) for name in LIMITS if name != "max_pixels"}
        return {name: value for name, value in found.items() if value != getattr(ReadOptions, name)}


LIMITS = ("max_pixels", "max_bytes", "max_members", "max_ratio", "max_nesting")
"""The fields of ReadOptions that are limits."""


@dataclass(frozen=True, kw_only=True)
class EmbedOptions(ReadOptions):
    """How images become vectors: how they are read, and how the work is run.

    Attributes:
        batch_size: Images a pass through the network.
        workers: Threads that decode and preprocess; None: one a free core, at most 8.
        on_error: ``"raise"`` stops at the first image that fails, naming it; ``"skip"`` leaves it
            out and lists it in ``failures``.
        progress: Draw a progress bar on stderr.
        patent: Where patent ids come from, before names and folders: a function of the path, or a
            CSV file with the columns ``file`` and ``patent`` (further columns become metadata).
        processes: Decode in so many spawned processes instead of threads, one a free core where
            ``workers`` is None. For many files on many cores; a script calls this below
            ``if __name__ == "__main__":``. Vectors, order and failures are the same.
        timings: Called at the end with the split of the time.
        metadata: What else is known: a dict of an image's id to a dict of fields; or a CSV file
            with the column ``id``, ``file`` or ``patent``, whose further columns are the fields. A
            file of several pages or figures has one id here, its own.
    """

    batch_size: int = 32
    workers: int | None = None
    on_error: OnError = "raise"
    progress: bool = False
    patent: PatentRule = None
    processes: bool = False
    timings: Callable[[Timings], None] | None = None
    metadata: MetadataRule = None
    photos: Photos = "auto"

    def __post_init__(self, limits: Mapping[str, float] | None) -> None:
        super().__post_init__(limits)
        if self.batch_size < 1 or (self.workers is not None and self.workers < 1):
            raise ConfigError(
                f"batch_size = {self.batch_size} and workers = {self.workers} must be at least 1."
            )
        _check_choice("on_error", self.on_error, OnError)

    @classmethod
    def of(cls, options: ReadOptions) -> EmbedOptions:
        """The usual way to run the work, of a way to read."""
        return options if isinstance(options, cls) else cls(**vars(options))


class RunChanges(TypedDict, total=False):
    """Names and types of the options of ``EmbedOptions`` that leave the vectors as they are."""

    batch_size: int
    workers: int | None
    progress: bool
    processes: bool
    timings: Callable[[Timings], None] | None


class RepairChanges(RunChanges, total=False):
    """Those of ``repair_index``, which reads each file as it was read before."""

    allow_urls: bool


class EmbedChanges(RepairChanges, total=False):
    """Those of ``embed``; None for ``figures`` or ``photos`` leaves them as they were."""

    on_error: OnError
    patent: PatentRule
    metadata: MetadataRule
    figures: Figures | None
    photos: Photos | None
    kind: Kind
    max_pixels: int
    limits: Mapping[str, float] | None


T = TypeVar("T", bound=InputOptions)


def changed(usual: T, given: T | None, changes: Mapping[str, Any]) -> T:
    """The options of one call.

    Args:
        usual: Those of a call that says nothing.
        given: What the call has as ``options=``.
        changes: What it names; None for ``figures`` or ``photos`` is as good as nothing.

    Raises:
        ConfigError: Something else stands for options, or a value is impossible.
    """
    kind = type(usual)
    if given is not None and not isinstance(given, kind):
        raise ConfigError(f"options = {shown(given)} should be of the type {kind.__name__}.")
    named = {
        name: value
        for name, value in changes.items()
        if value is not None or name not in {"figures", "photos"}
    }
    return dataclasses.replace(given or usual, **named)


def _limits(given: Mapping[str, float] | None) -> dict[str, float]:
    """Limits by name, as ``limits=`` has them."""
    chosen = dict(given or {})
    check_keys(chosen, set(LIMITS), "limits")
    for name, value in chosen.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ConfigError(f"limits: {name} = {value!r} should be a number.")
    return chosen


def _check_choice(name: str, value: Any, known: Any) -> None:
    if value not in get_args(known):
        raise ConfigError(f"{name} = {value!r}. {near_miss(str(value), get_args(known))}")
