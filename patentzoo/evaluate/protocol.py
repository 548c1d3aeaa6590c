"""What is ranked against what: development lists, DeepPatent, grants, any folder of patents.

Relevant means *same patent*, but in ``cited``: there, *cited by the query's patent*. Either the
gallery is all images together, and every image with another one of its patent is a query against
all the others; or, as in DeepPatent, queries and database are two lists.
"""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from patentzoo.errors import ConfigError, ImageNotFoundError, near_miss
from patentzoo.evaluate.citations import read_citations

DISTRACTORS = "title-figures"
Missing = Literal["raise", "report"]


@dataclass(frozen=True)
class Protocol:
    """One way to measure retrieval.

    Attributes:
        name: what a card's score quotes.
        description: a sentence for people.
        images: what `embed` is given: (id, file) pairs, or one folder.
        patents: patent by id; an image that is not in it keeps the patent that was read from
            its name or folder.
        queries: ids that are searched for in the others; empty: every image with another one of
            its patent is, in all the others.
        missing: listed images that are not there.
        lenient: images that are missing or cannot be used are reported rather than an error.
        citations: the patents that each patent cites, among those of the collection; where there
            are any, their images are what is relevant, not those of the query's own patent.
        by_figures: sheets are cut into their figures, labels removed, before they are embedded.
    """

    name: str
    description: str
    images: tuple[tuple[str, Path], ...] | Path
    patents: Mapping[str, str] = field(default_factory=dict)
    queries: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    lenient: bool = False
    citations: Mapping[str, frozenset[str]] = field(default_factory=dict)
    by_figures: bool = False

    def cut_into_figures(self) -> Protocol:
        """The same by figures with their labels removed; a protocol of its own."""
        return dataclasses.replace(
            self,
            name=f"{self.name}-by-figures",
            description=f"{self.description}; cut into figures, labels removed",
            by_figures=True,
        )

    def relevant(self, patent: str) -> frozenset[str]:
        """The patents whose images are relevant to a query of this one."""
        return self.citations.get(patent, frozenset()) if self.citations else frozenset({patent})

    def owner(self, id_: str) -> str:
        """The listed image an id is of: figure 2 of ``a.png`` has the id ``a.png:2``."""
        if self.by_figures and id_ not in self.patents:
            return id_.rpartition(":")[0] or id_
        return id_


def figures(data: Path) -> Protocol:
    """The development protocol by figures: 323 cut-out figures of 48 patents, 724 distractors.

    Labels are removed and figures cut out, so that neither font nor layout gives the patent away.
    """
    rows = _read_list(data / "uspto-sample-figures.csv")
    listed = {f"uspto-sample-figures/{row['file']}": row["patent"] for row in rows}
    return _with_distractors("figures", "figures cut out, labels removed", listed, data)


def sheets(data: Path) -> Protocol:
    """The same by whole sheets as published: it flatters every method, quote it only beside."""
    rows = _read_list(data / "uspto-sample-eval.csv")
    listed = {f"uspto-sample/{row['file']}": row["patent"] for row in rows}
    return _with_distractors("sheets", "whole sheets as published", listed, data)


def folder(data: Path) -> Protocol:
    """Your own drawings: patents by USPTO file name, else by parent folder."""
    return Protocol("folder", f"every picture in {data.name or data}", data)


def cited(data: Path) -> Protocol:
    """A folder of grants with their XML: relevant are the figures of the patents a patent cites.

    Raises:
        ConfigError: no patent of the folder cites another one of it.
    """
    patents, citations = read_citations(data)
    return Protocol(
        name="cited",
        description=f"{len(citations)} of {patents} patents in {data.name or data} cite another",
        images=data,
        citations=citations,
    )


def uspto_sample(data: Path) -> Protocol:
    """Grants as published: whole sheets, without the Official Gazette's figures."""
    from patentzoo.data.records import read_uspto_sample

    root = data / "uspto-sample" if (data / "uspto-sample").is_dir() else data
    sheets = read_uspto_sample(root)
    return Protocol(
        name="uspto-sample",
        description=f"{len(sheets)} sheets of {len(sheets.patents)} grants",
        images=tuple((record.id, record.file) for record in sheets),
        patents={record.id: record.patent for record in sheets},
    )


def deeppatent(data: Path) -> Protocol:
    """DeepPatent's test queries in its test database (Kucer et al., WACV 2022)."""
    return _deeppatent(data, "test", "deeppatent")


def deeppatent_val(data: Path) -> Protocol:
    """DeepPatent's validation queries in its validation database."""
    return _deeppatent(data, "val", "deeppatent-val")


def deeppatent_extended(data: Path) -> Protocol:
    """DeepPatent's test queries in the extended database."""
    return _deeppatent(data, "test", "deeppatent-extended", "test-db-extended")


def _deeppatent(data: Path, split: str, name: str, database: str = "") -> Protocol:
    from patentzoo.data.deeppatent import DeepPatent, check_disjoint

    copy = DeepPatent(data)
    queries, gallery = copy.read(f"{split}-query"), copy.read(database or f"{split}-db")
    check_disjoint(queries, gallery)
    records = [*queries, *gallery]
    return Protocol(
        name=name,
        description=f"{len(queries)} queries in {len(gallery)} drawings",
        images=tuple((record.id, record.file) for record in records),
        patents={record.id: record.patent for record in records},
        queries=frozenset(record.id for record in queries),
        missing=(*queries.missing, *gallery.missing),
    )


PROTOCOLS: Mapping[str, Callable[[Path], Protocol]] = {
    "figures": figures,
    "sheets": sheets,
    "folder": folder,
    "cited": cited,
    "uspto-sample": uspto_sample,
    "deeppatent": deeppatent,
    "deeppatent-val": deeppatent_val,
    "deeppatent-extended": deeppatent_extended,
}


def load_protocol(name: str, data: str | Path, *, missing: Missing = "raise") -> Protocol:
    """The protocol of this name over the images under `data`.

    Args:
        name: One of ``PROTOCOLS``.
        data: The folder of its images.
        missing: ``"raise"`` refuses a list some of whose images are not there, since its score
            is only comparable over all of them; ``"report"`` goes on and reports them.

    Raises:
        ConfigError: no protocol of that name.
        ImageNotFoundError: `data` or a file the protocol lists is missing.
    """
    if name not in PROTOCOLS:
        raise ConfigError(f"No evaluation protocol {name!r}. {near_miss(name, PROTOCOLS)}")
    root = Path(data)
    if not root.is_dir():
        raise ImageNotFoundError(f"{root} is no folder: give the one that holds the drawings.")
    chosen = PROTOCOLS[name](root)
    if missing == "report":
        return dataclasses.replace(chosen, lenient=True)
    if chosen.missing:
        raise ImageNotFoundError(
            f"{len(chosen.missing)} images of protocol {name!r} are missing under {root}, first "
            f"{chosen.missing[0]}: the score is only comparable over all of them. Get them, or "
            "measure without them: --allow-missing."
        )
    return chosen


def _with_distractors(name: str, description: str, listed: dict[str, str], data: Path) -> Protocol:
    titles = sorted((data / DISTRACTORS).glob("*.png"))
    if not titles:
        raise ImageNotFoundError(
            f"{data / DISTRACTORS} holds no PNG: protocol {name!r} ranks against these "
            "distractors, and a score without them is not comparable."
        )
    patents = listed | {f"{DISTRACTORS}/{path.name}": path.stem for path in titles}
    missing = [file for file in patents if not (data / file).is_file()]
    if missing:
        raise ImageNotFoundError(
            f"{len(missing)} files of protocol {name!r} are missing under {data}, first "
            f"{missing[0]}: the score is only comparable over all of them."
        )
    return Protocol(
        name=name,
        description=f"{len(listed)} {description}, {len(titles)} distractors",
        images=tuple((file, data / file) for file in patents),
        patents=patents,
    )


def _read_list(path: Path) -> list[dict[str, str]]:
    """Rows of an evaluation list, checked for the two columns that matter."""
    if not path.is_file():
        raise ImageNotFoundError(
            f"{path} is missing: the protocols 'figures' and 'sheets' read the lists of the "
            "development data. For a folder of your own use the protocol 'folder'."
        )
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if not rows or not {"file", "patent"} <= set(rows[0]):
        raise ConfigError(f"{path} is no evaluation list: no columns 'file' and 'patent'.")
    return rows
