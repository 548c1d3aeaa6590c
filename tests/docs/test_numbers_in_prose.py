"""Numbers that stand in sentences are those of the JSON named beside them."""

from __future__ import annotations

import json
import re
from typing import Any

import printed
import pytest

from patentzoo.evaluate.demo import gallery_folder


def page(name: str) -> str:
    """A page of the docs, white space folded."""
    return " ".join((printed.DOCS / name).read_text(encoding="utf-8").split())


def result(name: str) -> Any:
    return json.loads((printed.DOCS / "results" / name).read_text(encoding="utf-8"))


def counts(name: str) -> tuple[int, int, int, int]:
    """Images of the 48 patents, distractors, queries and their patents."""
    found = result(name)["results"][0]["counts"]
    distractors = int(re.search(r"(\d+) title figures", page("evaluation.md"))[1])
    images = found["gallery"] - distractors
    return images, distractors, found["queries"], found["query_patents"]


def test_the_development_protocol():
    images, distractors, queries, patents = counts("figures.json")
    text = page("evaluation.md")
    assert f"{images} figures of 48 US design patents" in text
    assert f"{queries} of the figures, of {patents} patents" in text
    sheets, _, asked, _ = counts("sheets.json")
    assert f"with {sheets} whole sheets as published, {asked} of them queries" in text
    readme = " ".join((printed.ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"{queries} figures, each a query" in readme
    assert f"48 patents and {distractors} distractors" in readme
    assert f"{distractors} title figures, one a patent" in page("limits.md")


def test_splitting():
    text, found = page("figures-measured.md"), result("figures/sheets.json")
    cut, labels, boxes = found["counts"], found["labels"], found["boxes"]
    assert f"**{cut['exact']} of {cut['patents']}**" in text
    assert f"{cut['figures_described']} / {cut['figures_cut']} |" in text
    assert f"| {labels['read']} / {labels['right']} / {len(labels['wrong'])} |" in text
    assert f"| {labels['figures'] - labels['read']} |" in text
    reach = round(boxes["boxes"] * boxes["share_from_0.9"])
    assert f"mean IoU {boxes['mean_iou']:.3f}; {reach} boxes reach .9".replace(" 0.", " .") in text
    assert f"The {len(boxes['sheets_that_differ'])} sheets" in text


def test_splitting_of_synthetic_sheets():
    found = result("figures/synthetic.json")["synthetic"]
    text, iou = page("figures-measured.md"), f"{found['mean_iou']:.3f}".lstrip("0")
    assert f"On {found['sheets']} composed sheets" in text
    assert f"{found['sheets_exact']} sheets have the right number of figures" in text
    assert f"mean IoU of the {found['boxes']} boxes {iou}" in text
    assert f"{found['share_from_0.75']:.0%} above .75".replace("%", " %") in text
    assert f"{found['read']} labels read, all {found['right']} right" in text


def test_turning():
    found = result("figures/turns.json")["turns"]
    sheets, figures = (found[kind]["right_by_quarter_turns_added"] for kind in found)
    upright, *turned = (right for _, right, _ in sheets)
    gazette = figures[0][1]
    text = page("figures-measured.md")
    assert f"{upright + gazette} of the 438 real files as stored" in text
    assert f"({upright} of the 388 sheets" in text
    assert "{}, {} and {} of the 388 sheets come back upright".format(*turned) in text


@pytest.mark.parametrize("name", ["index.md"])
def test_the_gallery(name: str):
    drawings = [path.name for path in gallery_folder().glob("*.png")]
    objects = {drawing.partition("-")[0] for drawing in drawings}
    text = page(name)
    assert f"the {len(drawings)} drawings that ship" in text
    assert f"{len(objects)} objects from five sides" in text
    assert len(drawings) == 5 * len(objects)
    assert f"indexes the other {4 * len(objects)}" in text
