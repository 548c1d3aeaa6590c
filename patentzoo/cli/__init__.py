"""The command line: arguments only; every command is one call of the library."""

from __future__ import annotations

import sys

from patentzoo.cli.help_page import (
    CLOSED,
    HELP_NAMES,
    WIDTH,
    _prepare_streams,
    page,
    program_name,
    silence,
    terminal_columns,
)

TYPE_CHECKING = False  # typing is not needed to run this, and is half of what this would cost
if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["main"]


def main() -> NoReturn:
    """Run the program: the front page from here, all else by typer."""
    _prepare_streams()
    try:
        try:
            _run()
        finally:
            sys.stdout.flush()  # what cannot be written is told now, not when Python ends
    except BrokenPipeError:
        silence()
        sys.exit(CLOSED)
    except OSError as error:
        if not _is_full(error):
            raise
        silence()
        sys.stderr.write(f"Error: the output cannot be written ({error.strerror}).\n")
        sys.exit(1)
    sys.exit(0)


def _run() -> None:
    if len(sys.argv) == 2 and sys.argv[1] in HELP_NAMES and terminal_columns() >= WIDTH:
        sys.stdout.write(page(program_name()))
        return
    from patentzoo.cli.app import main as run

    run()


def _is_full(error: OSError) -> bool:
    """Whether a disk is full or fails; an error that names a file is another's."""
    import errno

    return error.filename is None and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EIO}
