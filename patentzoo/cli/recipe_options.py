"""Options that the commands share which train."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from patentzoo.errors import ConfigError

Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Replace a value of the recipe, e.g. loop.workers=2; may be repeated.",
    ),
]
Tiny = Annotated[
    bool, typer.Option("--tiny", help="Try the whole way on drawn solids, in about a minute.")
]
TrainAnew = Annotated[
    bool, typer.Option("--overwrite", help="Train anew where a finished model is.")
]


def parse_settings(texts: Iterable[str] | None) -> dict[str, Any]:
    """Read what ``--set`` was given, by key; see ``parse_setting``."""
    return dict(parse_setting(each) for each in texts or ())


def parse_setting(text: str) -> tuple[str, Any]:
    """Read ``key=value`` with the value as TOML; what is no TOML is a string.

    Raises:
        ConfigError: No ``=``, or no key before it.
    """
    key, separator, value = text.partition("=")
    if not separator or not key.strip():
        raise ConfigError(f"--set {text!r} is not KEY=VALUE, e.g. --set loop.workers=2")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value.strip()
