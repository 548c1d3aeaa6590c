"""The program's front page and its table of commands, at the cost of neither typer nor rich.

Importing typer alone takes five times as long as starting Python; ``patentzoo --help`` is what many
type first, and what shells and scripts ask in passing. The page is therefore written here, letter
by letter as typer writes it, and every other command line goes to typer.
"""

from __future__ import annotations

import os
import sys

ABOUT = "Find design patents by picture."


EPILOG = "Begin with: patentzoo demo"


HELP_NAMES = ("-h", "--help")


WIDTH = 80
"""Columns of the widest page typer writes; a narrower terminal is left to typer."""


CLOSED = 141
"""Exit code where who read the output has gone, as of other programs: 128 and SIGPIPE's number."""


COMMANDS = {
    "models": ("zoo", "List the models, or print one's card."),
    "embed": ("embed", "Turn drawings into unit vectors in one file."),
    "index": (
        "index",
        "Make drawings searchable, add to an index, repair one, or list what it left out.",
    ),
    "search": ("search", "Find the drawings closest to each query, or to words."),
    "serve": ("serve", "Serve an index: a page to search with, and an HTTP API."),
    "watch": (
        "compare",
        "Compare new grants with your own designs; exit code 3 if something is close.",
    ),
    "duplicates": (
        "compare",
        "List drawings of different patents that are all but the same picture.",
    ),
    "calibrate": (
        "compare",
        "Learn what scores mean in an index: how close drawings of other patents come.",
    ),
    "update": ("change", "Change what an index says about its drawings; their vectors stay."),
    "remove": ("change", "Remove drawings from an index, by their ids or by a filter."),
    "report": (
        "report",
        "Show search results that were saved as JSON: on the terminal, or in the files asked for.",
    ),
    "evaluate": (
        "measure",
        "Measure retrieval: mAP, rank-1 and hit@k with 95 % intervals over patents.",
    ),
    "train": (
        "measure",
        "Train a recipe's model: pre-training and fine-tuning; a run that was stopped goes on.",
    ),
    "finetune": (
        "finetune",
        "Fine-tune a model on your drawings, and measure what it gains on patents left out.",
    ),
    "demo": (
        "demo",
        "Search a view of each patent among the other drawings; writes a report with pictures.",
    ),
    "examples": ("demo", "Make the files that the examples of the documentation use."),
    "fetch": (
        "zoo",
        "Fill the cache, so that models load without a network; verify what is there.",
    ),
    "convert": (
        "zoo",
        "Turn a checkpoint fetched by hand into a model that loads by its card's name.",
    ),
    "publish": ("zoo", "Upload a model folder to a Hugging Face hub, with a model card."),
    "doctor": (
        "zoo",
        "Say what is installed and what is wrong with it; exit code 1 if something is.",
    ),
}
"""Command -> the module under ``patentzoo.cli`` with the function of that name, and its help."""


OPTIONS = {
    "--version": "Print the version and stop.",
    "-v, --verbose": "Say more about what is done.",
    "--install-completion": "Install completion for the current shell.",
    "--show-completion": "Show completion for the current shell, to copy it or customize the "
    "installation.",
    "-h, --help": "Show this message and exit.",
}


def _prepare_streams() -> None:
    """Make whatever is printed printable, also where the output is not in Unicode, or is nowhere.

    A name that cp1252 or ASCII cannot hold is shown escaped; a program without a console has None
    for its streams.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def silence() -> None:
    """Give what is still to be printed to nobody, so that Python can end in peace."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (AttributeError, ValueError, OSError):
        return  # no file stands behind it


def page(program: str) -> str:
    """What ``--help`` prints where there are 80 columns."""
    commands = {name: help_text for name, (_, help_text) in COMMANDS.items()}
    parts = [
        f"Usage: {program} [OPTIONS] COMMAND [ARGS]...",
        f"  {ABOUT}",
        f"Options:\n{_list(OPTIONS)}",
        f"Commands:\n{_list(commands)}",
        f"  {EPILOG}",
    ]
    return "\n\n".join(parts) + "\n"


def _list(rows: dict[str, str]) -> str:
    """Names on the left, their texts beside them, broken at the words."""
    left = max(map(len, rows)) + 4
    lines = []
    for name, text in rows.items():
        line = f"  {name}".ljust(left)
        for word in text.split():
            if len(line) + len(word) + (line[-1] != " ") > WIDTH - 2:
                lines.append(line)
                line = " " * left
            line += word if line[-1] == " " else f" {word}"
        lines.append(line)
    return "\n".join(lines)


def terminal_columns() -> int:
    """Columns of the terminal, as ``shutil.get_terminal_size`` counts them."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or WIDTH  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return WIDTH


def program_name() -> str:
    """How the program was called: by its name, or as a module."""
    main_module = sys.modules["__main__"]
    if getattr(main_module, "__package__", None):
        return "python -m patentzoo"
    return os.path.basename(sys.argv[0])  # noqa: PTH119  # pathlib would cost more than the page
