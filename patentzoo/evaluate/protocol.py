"""What is ranked against what: the development protocols, and any folder of patents.

Every protocol here follows one rule: the gallery is all images together, every image with another
one of its patent is a query against all the others, and relevant means *same patent*. A protocol
is therefore a list of images and the patent of each.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from patentzoo.errors import ConfigError, ImageNotFoundError, near_miss

DISTRACTORS = "title-figures"


@dataclass(frozen=True)
class Protocol:
    """One way to measure retrieval.

    Attributes:
        name: what a card's score quotes.
        description: a sentence for people.
        images: what `embed` is given: (id, file) pairs, or one folder.
        patents: patent by id; an image that is not in it keeps the patent that was read from
            its name or folder.
    """

    name: str
    description: str
    images: tuple[tuple[str, Path], ...] | Path
    patents: Mapping[str, str] = field(default_factory=dict)


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


PROTOCOLS: Mapping[str, Callable[[Path], Protocol]] = {
    "figures": figures,
    "sheets": sheets,
    "folder": folder,
}


def load_protocol(name: str, data: str | Path) -> Protocol:
    """The protocol of this name over the images under `data`.

    Raises:
        ConfigError: no protocol of that name.
        ImageNotFoundError: `data` or a file the protocol lists is missing.
    """
    if name not in PROTOCOLS:
        raise ConfigError(f"No evaluation protocol {name!r}. {near_miss(name, PROTOCOLS)}")
    root = Path(data)
    if not root.is_dir():
        raise ImageNotFoundError(f"{root} is no folder: give the one that holds the drawings.")
    return PROTOCOLS[name](root)


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
