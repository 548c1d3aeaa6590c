"""The `patentzoo` program: its commands, its exit codes, and what becomes of an error.

Exit codes: 0 done, 1 a PatentZooError (printed, without a traceback), 2 wrong usage, 3 ``watch``
has found something, 130 Ctrl-C, 141 the output was piped to a program that has ended.
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from patentzoo import __version__
from patentzoo.cli.help_page import ABOUT, CLOSED, COMMANDS, EPILOG, HELP_NAMES, silence
from patentzoo.cli.output import errors
from patentzoo.cli.wording import as_typed
from patentzoo.errors import PatentZooError
from patentzoo.system.terminal import visible_lines

PLAIN: dict[str, Any] = {"rich_markup_mode": None}
"""Help without boxes: rich, which draws them, takes longer to import than all the rest."""
TOLD = (
    *("patentzoo.zoo", "patentzoo.index", "patentzoo.backends"),
    "patentzoo.embedding.left_out",
)
"""Loggers whose warnings every command prints: a download without a hash, work taken up again, a
backend that failed, what was left out on purpose. The others warn of single drawings, which the
commands list themselves."""


class Commands(TyperGroup):
    """The commands of the table; a command's module is imported when the command is named."""

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, or None; then typer looks through all of them for a near miss."""
        for name in [cmd_name] if cmd_name in COMMANDS else COMMANDS:
            if name not in self.commands:
                self.commands[name] = _command(name)
        return self.commands.get(cmd_name)

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """As typer does; ``--version`` prints here."""
        with _read_by_somebody():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        """As typer does."""
        with _read_by_somebody():
            return super().invoke(ctx)


class Command(TyperCommand):
    """A command whose ``--views`` may go without a value."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As typer does."""
        from patentzoo.cli.options import with_way

        return super().parse_args(ctx, with_way(args))


class _Harmless(logging.Formatter):
    """Writes records in the command line's words; no name in them can steer the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return visible_lines(as_typed(super().format(record)))


@contextmanager
def _read_by_somebody() -> Iterator[None]:
    """End with CLOSED, and not with typer's 1, where the output is piped to who has gone."""
    try:
        yield
    except BrokenPipeError as error:
        silence()
        raise typer.Exit(CLOSED) from error


def _command(name: str) -> Any:
    module, summary = COMMANDS[name]
    single = typer.Typer(add_completion=False, **PLAIN)
    function = getattr(importlib.import_module(f"patentzoo.cli.{module}"), name)
    single.command(name, cls=Command, short_help=summary)(function)
    return typer.main.get_command(single)


app = typer.Typer(
    name="patentzoo",
    cls=Commands,
    help=ABOUT,
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": list(HELP_NAMES)},
    **PLAIN,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"patentzoo {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and stop."
        ),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say more about what is done.")
    ] = False,
) -> None:
    """Find design patents by picture."""
    level = logging.INFO if verbose else logging.ERROR
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Harmless("%(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.ERROR)
    logging.getLogger("patentzoo").setLevel(level)
    for name in TOLD:
        logging.getLogger(name).setLevel(min(level, logging.WARNING))


def main() -> None:
    """Run the program; the only place that turns errors into exit codes."""
    try:
        app()
    except PatentZooError as error:
        errors().print(f"[bold red]Error:[/] {_escaped(as_typed(str(error)))}", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        errors().print("Interrupted.")
        sys.exit(130)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
