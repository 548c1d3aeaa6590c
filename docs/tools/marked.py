"""Stretches of a page that a script writes: ``<!-- name -->`` ... ``<!-- /name -->``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_MARKED = re.compile(
    r"<!-- (?P<name>(?:table|demo|picture)[\w:-]*) -->\n(?P<body>.*?)<!-- /(?P=name) -->", re.DOTALL
)


def names(page: str) -> list[str]:
    """The names of the marked stretches, in order."""
    return [found["name"] for found in _MARKED.finditer(page)]


def filled(page: str, writers: Mapping[str, Callable[[], str]]) -> str:
    """The page with every stretch that has a writer written anew."""

    def write(found: re.Match[str]) -> str:
        name = found["name"]
        if name not in writers:
            return found[0]
        return f"<!-- {name} -->\n{writers[name]().strip()}\n<!-- /{name} -->"

    return _MARKED.sub(write, page)
