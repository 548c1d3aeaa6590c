"""The command line: arguments only; every command is one call of the library."""

from __future__ import annotations

from patentzoo.cli.front import main

__all__ = ["main"]
