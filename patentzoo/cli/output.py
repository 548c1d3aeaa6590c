"""What the commands print: results on stdout, everything else on stderr."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from patentzoo.embedding import Timings
    from patentzoo.results import Failure


@functools.cache
def out() -> Console:
    """Where results go."""
    from rich.console import Console

    return Console()


@functools.cache
def errors() -> Console:
    """Where errors, notes and progress bars go."""
    from rich.console import Console

    return Console(stderr=True)


def show_progress() -> bool:
    """Progress bars are for people: only where stderr is a terminal, and only there."""
    if not sys.stderr.isatty():
        return False
    import rich

    # Bars that name no console draw on the default one, which is stdout: results go there.
    rich.reconfigure(stderr=True)
    return True


def print_json(value: Any) -> None:
    """Print JSON, unbroken and uncoloured."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def table(*columns: str, title: str | None = None) -> Table:
    """A table; a column that begins with '>' is aligned to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    made = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        # Numbers and names of models stay in one piece; ids may break.
        whole = name.startswith(">") or name == "model"
        justify: Literal["left", "right"] = "right" if name.startswith(">") else "left"
        made.add_column(name.lstrip(">"), justify=justify, overflow="fold", no_wrap=whole)
    return made


def say_timings(timings: Timings) -> None:
    """Say where a run's time went."""
    errors().print(str(timings), highlight=False, soft_wrap=True, markup=False)


def report_failures(failures: Sequence[Failure]) -> None:
    """List images that were left out."""
    from rich.markup import escape

    if not failures:
        return
    errors().print(f"[yellow]{len(failures)} images left out:[/]")
    for failure in failures[:20]:
        errors().print(f"  {escape(failure.reason)}", soft_wrap=True)
    if len(failures) > 20:
        errors().print(f"  … and {len(failures) - 20} more")
