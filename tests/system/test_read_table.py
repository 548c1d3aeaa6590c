"""Strict tables: every way of getting one wrong has its own sentence."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from patentzoo.errors import ConfigError
from patentzoo.system.toml import read_table


@dataclass(frozen=True)
class Paper:
    width: int
    skew_deg: float = 0.0
    names: tuple[str, ...] = ()
    landscape: bool = False


def test_reads_what_is_right():
    table = {"width": 3, "skew_deg": 1, "names": ["a", "b"], "landscape": True}
    assert read_table(Paper, table, "here") == Paper(3, 1, ("a", "b"), True)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"width": 3, "landscap": True}, "here: unknown key 'landscap'. Did you mean 'landscape'"),
        ({}, "here: 'width' is missing"),
        ({"width": 3.0}, "width = 3.0 should be int"),
        ({"width": True}, "width = True should be int"),
        ({"width": 3, "landscape": 1}, "landscape = 1 should be bool"),
        ({"width": 3, "names": "ab"}, "names = 'ab' should be a list of strings"),
        ({"width": 3, "names": [1]}, "should be a list of strings"),
        (7, "here: a table is wanted here, not 7"),
    ],
)
def test_refuses_what_is_wrong(table, message):
    with pytest.raises(ConfigError, match=message):
        read_table(Paper, table, "here")
