"""Errors and warnings of the library in the command line's words."""

from __future__ import annotations

import re

TYPED = {
    "out=FOLDER": "--out FOLDER",
    "load_index(path).add(drawings)": "--add",
    "overwrite=True": "--overwrite",
    "engine='milvus'": "--engine milvus",
    "uri='http://HOST:PORT'": "--uri http://HOST:PORT",
    "prune=True": "--prune",
    "update(): ": "",
    "the same call goes on": "the same command goes on",
    "allow_urls=True": "--allow-urls",
    "force=True": "--force",
    "tiny=True": "--tiny",
    "name=NAME": "--name NAME",
    "views=True": "--views",
    "search(index, [query])": "--views none",
    "min_score=": "--min-score",
    "where=": "--where",
    "where = ": "--where ",
    ", or None for all": "",
    "level = ": "--level ",
    "level=": "--level",
    "calibrate the index (Index.calibrate)": "patentzoo calibrate INDEX",
}
"""An argument of Python, as the library's messages name it, and the option that stands for it."""


_NAMES = (
    *("min_score", "group_by", "rerank", "offset", "orient", "views", "sample", "held_out"),
    *("storage", "engine", "figures", "photos", "kind", "device", "backend", "batch_size"),
    *("workers", "queries", "protocol", "uri"),
)
_OPTIONS = {"k": "-k"} | {name: f"--{name.replace('_', '-')}" for name in _NAMES}
_VALUE = re.compile(rf"(?<![\w.'\"-])({'|'.join(_OPTIONS)}) = (?=[\w'\"-])")
"""An argument with its value, as messages show what was given: ``min_score = 2.0``."""


def as_typed(message: str) -> str:
    """Say a message with the options of the command line in place of Python's arguments."""
    for argument, option in TYPED.items():
        message = message.replace(argument, option)
    return _VALUE.sub(lambda found: f"{_OPTIONS[found[1]]} ", message)
