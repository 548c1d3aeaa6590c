"""patentzoo embed: its table of failures, figures and limits."""

from __future__ import annotations

import csv
import functools
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from patentzoo.cli.options import limits
from patentzoo.errors import ConfigError


@pytest.fixture
def embed(run) -> Callable[..., tuple[int, str, str]]:
    """Run ``patentzoo embed``."""
    return functools.partial(run, "embed")


def test_failures_are_written_as_a_table(embed, folder: Path, tmp_path: Path):
    (folder / "LD000009-D00001.png").write_bytes(b"no picture")
    target, table = tmp_path / "e.npz", tmp_path / "failures.csv"
    code, printed, error = embed(folder, "-o", target, "--failures", table, "--json")
    assert code == 0, error
    facts = json.loads(printed)
    assert facts["vectors"] == 6
    assert [each["size_bytes"] for each in facts["failures"]] == [10]
    with table.open(newline="", encoding="utf-8") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["id"], row["size_bytes"]) == ("LD000009-D00001.png", "10")
    assert "not an image" in row["reason"]


def test_figures_and_limits_are_handed_on(embed, folder: Path, tmp_path: Path):
    target = tmp_path / "e.npz"
    code, _, error = embed(folder, "-o", target, "--limit", "max_pixels=100")
    assert code == 1
    assert "max_pixels = 100" in error
    assert "Did you mean 'split'" in embed(folder, "-o", target, "--figures", "spilt")[2]
    assert "Did you mean 'max_ratio'" in embed(folder, "-o", target, "--limit", "max_rato=3")[2]
    assert not target.exists()


def test_limits_are_parsed():
    assert limits(None) == {}
    assert limits(["max_pixels=400000000", " max_ratio = 2.5"]) == {
        "max_pixels": 400_000_000,
        "max_ratio": 2.5,
    }
    assert isinstance(limits(["max_pixels=4e8"])["max_pixels"], int)
    for text in ("max_pixels", "max_pixels=", "max_pixels=many"):
        with pytest.raises(ConfigError, match="name=number"):
            limits([text])
