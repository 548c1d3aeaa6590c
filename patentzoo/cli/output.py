"""What the commands print: results on stdout, everything else on stderr."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from patentzoo.errors import OutputError
from patentzoo.system.files import check_may_fill, check_may_write, file_to_write, is_device
from patentzoo.system.overwrite import LEFT_OUT, check_rewritable
from patentzoo.system.terminal import is_terminal, visible, visible_lines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from patentzoo.embedding import Timings
    from patentzoo.results import Failure


_JSON_CONTROLS = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}
"""Control characters that JSON leaves as they are."""


@functools.cache
def out() -> Console:
    """Where results go."""
    from rich.console import Console

    class Output(Console):
        def print(self, *objects: Any, **options: Any) -> None:
            """Print; a name's control characters do not reach the terminal."""
            super().print(*map(_harmless, objects), **options)

        def on_broken_pipe(self) -> None:
            """Leave the error to the program, which knows its exit code; rich would end with 1."""
            raise

    # Names of files may hold what rich takes for a style, [/red], or a picture, :cat:.
    return Output(markup=False, emoji=False)


@functools.cache
def errors() -> Console:
    """Where errors, notes and progress bars go."""
    from rich.console import Console

    class Errors(Console):
        def print(self, *objects: Any, **options: Any) -> None:
            """Print; a name's control characters do not reach the terminal."""
            super().print(*map(_harmless, objects), **options)

    return Errors(stderr=True, emoji=False)


def _harmless(printed: Any) -> Any:
    return visible_lines(printed) if isinstance(printed, str) else printed


def show_progress() -> bool:
    """Progress bars are for people: only where stderr is a terminal, and only there."""
    if not is_terminal(sys.stderr):
        return False
    import rich

    # Bars that name no console draw on the default one, which is stdout: results go there.
    rich.reconfigure(stderr=True)
    return True


def print_json(value: Any) -> None:
    """Print JSON, unbroken and uncoloured; in ASCII where the output is not in Unicode."""
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    text = json.dumps(value, indent=2, ensure_ascii=not encoding.startswith("utf"))
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")  # as JSON escapes them
    sys.stdout.write(text.translate(_JSON_CONTROLS) + "\n")


def table(*columns: str, title: str | None = None) -> Table:
    """A table; a column that begins with '>' is aligned to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    class Rows(Table):
        def add_row(self, *cells: Any, **options: Any) -> None:
            """Add a row; a line end in a name does not begin another one."""
            shown = (visible(cell) if isinstance(cell, str) else cell for cell in cells)
            super().add_row(*shown, **options)

    named = None if title is None else visible(title)
    made = Rows(title=named, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        # Numbers and names of models stay in one piece; ids may break.
        whole = name.startswith(">") or name == "model"
        justify: Literal["left", "right"] = "right" if name.startswith(">") else "left"
        made.add_column(name.lstrip(">"), justify=justify, overflow="fold", no_wrap=whole)
    return made


def fits(made: Table) -> bool:
    """Whether a table is printed without folding: where nobody looks, always."""
    from rich.measure import Measurement

    console = out()
    needed = Measurement.get(console, console.options.update_width(10_000), made).maximum
    return not console.is_terminal or needed <= console.width


def print_table(made: Table, *, blocks: bool = False) -> None:
    """Print a table so that nothing of it is cut.

    A terminal folds what is too long. Where nobody looks, as in a file or a pipe, a row is a line.

    Args:
        made: Of :func:`table`.
        blocks: Its columns stay in one piece: where they do not fit beside one another, each row is
            printed as a block of lines.
    """
    from rich.measure import Measurement

    console = out()
    needed = Measurement.get(console, console.options.update_width(10_000), made).maximum
    if blocks and console.is_terminal and needed > console.width:
        _print_blocks(made)
        return
    if not console.is_terminal:
        console.width = max(console.width, needed, len(str(made.title or "")))
    console.print(made, highlight=False)


def _print_blocks(made: Table) -> None:
    headers = [str(column.header) for column in made.columns]
    left = max(map(len, headers)) + 2
    if made.title:
        out().print(made.title, highlight=False)
    for row in zip(*(column.cells for column in made.columns), strict=True):
        first, *others = map(str, row)
        out().print(first, highlight=False)
        space = " " * (len(first) - len(first.lstrip()) + 2)
        for header, cell in zip(headers[1:], others, strict=True):
            out().print(f"{space}{header:{left}}{cell}", highlight=False)


def say_timings(timings: Timings) -> None:
    """Say where a run's time went."""
    errors().print(str(timings), highlight=False, soft_wrap=True, markup=False)


def check_writable(*files: str | None, folder: str | None = None) -> None:
    """Look whether results can be written, before work begins that may take hours.

    Args:
        files: As typed; None and ``-`` are no files.
        folder: One to write files into.

    Raises:
        OutputError: A folder stands where a file is wanted, a file where a folder is, or nothing
            may be written there; or two files have one name.
    """
    met: set[Path] = set()
    for file in files:
        if file is not None and file != "-":
            target = file_to_write(file)
            place = target.resolve()
            if is_device(target):
                continue
            if place in met:
                raise OutputError(f"{target} is named for two files. Give each its own name.")
            met.add(place)
            check_may_write(target)
    if folder is not None:
        check_may_fill(Path(folder))


def check_left_out(file: str | None) -> None:
    """Raise OutputError where ``--failures`` would replace something else than such a list."""
    if file is not None and file != "-":
        check_rewritable(file, LEFT_OUT)


def write_left_out(failures: Sequence[Failure], table: str | None) -> bool:
    """Write what ``--failures`` asks for; True where that is all that is to be printed."""
    if table is None:
        return False
    from patentzoo.embedding.failures import failures_csv, write_failures

    if table != "-":
        write_failures(failures, table)
        return False
    sys.stdout.write(failures_csv(failures))
    return True


def rows_of(failures: Sequence[Failure]) -> list[dict[str, Any]]:
    """What was left out, as JSON holds it."""
    return [
        {"id": each.id, "reason": each.reason, "size_bytes": each.size_bytes} for each in failures
    ]


def report_failures(failures: Sequence[Failure]) -> None:
    """List images that were left out."""
    from rich.markup import escape

    if not failures:
        return
    noun = "image" if len(failures) == 1 else "images"
    errors().print(f"[yellow]{len(failures)} {noun} left out:[/]")
    for failure in failures[:20]:
        errors().print(f"  {escape(visible(failure.reason))}", soft_wrap=True)
    if len(failures) > 20:
        errors().print(f"  … and {len(failures) - 20} more")
