"""Errors of the library in the command line's words."""

from __future__ import annotations

TYPED = {
    "out=FOLDER": "--out FOLDER",
    "load_index(path).add(drawings)": "--add",
    "overwrite=True": "--overwrite",
    "prune=True": "--prune",
    "allow_urls=True": "--allow-urls",
    "force=True": "--force",
    "tiny=True": "--tiny",
    "name=NAME": "--name NAME",
    "views=True": "--views",
    "search(index, [query])": "--views none",
    "min_score=": "--min-score",
    "level = ": "--level ",
    "level=": "--level",
    "calibrate the index (Index.calibrate)": "patentzoo calibrate INDEX",
}
"""An argument of Python, as the library's messages name it, and the option that stands for it."""


def as_typed(message: str) -> str:
    """Say a message with the options of the command line in place of Python's arguments."""
    for argument, option in TYPED.items():
        message = message.replace(argument, option)
    return message
