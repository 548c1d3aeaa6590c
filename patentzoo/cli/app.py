"""The `patentzoo` program: its commands, its exit codes, and what becomes of an error.

Exit codes: 0 done, 1 a PatentZooError (printed, without a traceback), 2 wrong usage, 130 Ctrl-C.
"""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

from patentzoo import __version__
from patentzoo.cli import demo, embed, measure, search, zoo
from patentzoo.cli.output import errors
from patentzoo.errors import PatentZooError

app = typer.Typer(
    name="patentzoo",
    help="Find design patents by picture.",
    epilog="Begin with: patentzoo demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("models")(zoo.models)
app.command("embed")(embed.embed)
app.command("index")(search.index)
app.command("search")(search.search)
app.command("evaluate")(measure.evaluate)
app.command("train")(measure.train)
app.command("demo")(demo.demo)
app.command("fetch")(zoo.fetch)
app.command("convert")(zoo.convert)
app.command("publish")(zoo.publish)
app.command("doctor")(zoo.doctor)


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
    logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.ERROR)
    logging.getLogger("patentzoo").setLevel(level)


def main() -> None:
    """Run the program; the only place that turns errors into exit codes."""
    try:
        app()
    except PatentZooError as error:
        errors().print(f"[bold red]Error:[/] {_escaped(error)}", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        errors().print("Interrupted.")
        sys.exit(130)


def _escaped(error: PatentZooError) -> str:
    from rich.markup import escape

    return escape(str(error))
