"""Pages that change the package: their blocks are carried out in a copy of the project, in order.

A ```` ```diff ```` block is a change: ``--- /dev/null`` begins a new file, ``+++ FILE`` names it,
``@@`` lines part its pieces. Context and removed lines have to stand in the file exactly once.
A ```` ```sh ```` block is run from the copy's root, a ```` ```python ```` block by a process of its
own; a ```` ```text ```` block right below that one is what it prints.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import printed

_TAKEN = ("patentzoo", "recipes", "tests", "pyproject.toml")
_SHELL = 'set -eu\npatentzoo() { "$PYTHON" -m patentzoo "$@"; }\npython() { "$PYTHON" "$@"; }\n'


class StepError(Exception):
    """A step of a page cannot be done as it is printed."""


def has_steps(page: str) -> bool:
    """Whether a page changes the package."""
    return bool(changes(page))


def changes(page: str) -> list[str]:
    """The page's ``diff`` blocks, in order."""
    return [block.text for block in printed.blocks(page) if block.language == "diff"]


def lay_out(folder: Path) -> None:
    """A copy of the project, and in it the files that examples name."""
    unneeded = shutil.ignore_patterns("__pycache__", "*.pyc")
    folder.mkdir(parents=True)
    for name in _TAKEN:
        source = printed.ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=unneeded)
        else:
            shutil.copy(source, folder / name)
    printed.lay_out(folder)


def run(page: str, folder: Path) -> list[str]:
    """Carry out a page's steps in ``folder``; what each of its Python blocks prints.

    Raises:
        StepError: A change does not fit, or a command fails; with its output.
    """
    outputs = []
    for block in printed.blocks(page):
        if block.language == "diff":
            change(block.text, folder)
        elif block.language == "sh":
            _process(["bash", "-c", _SHELL + block.text], folder)
        elif block.language == "python":
            outputs.append(_process([sys.executable, "-c", block.text], folder))
    return outputs


def change(diff: str, folder: Path) -> None:
    """Make the change of a ``diff`` block.

    Raises:
        StepError: Its old lines do not stand in the file exactly once.
    """
    for part in diff.split("--- ")[1:]:
        head, *pieces = part.split("\n@@\n")
        old_name, new_name = head.split("\n+++ ")
        name = new_name.partition("\n")[0].strip()
        file = folder / name
        if old_name.strip() == "/dev/null":
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("".join(_sides(piece)[1] for piece in pieces), encoding="utf-8")
            continue
        text = file.read_text(encoding="utf-8")
        for piece in pieces:
            old, new = _sides(piece)
            if text.count(old) != 1:
                raise StepError(f"{name}: these lines stand there {text.count(old)} times:\n{old}")
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")


def _sides(piece: str) -> tuple[str, str]:
    """The old and the new lines of a piece."""
    lines = piece.rstrip("\n").split("\n")
    old = [line[1:] for line in lines if not line.startswith("+")]
    new = [line[1:] for line in lines if not line.startswith("-")]
    return "\n".join([*old, ""]), "\n".join([*new, ""])


def _process(command: list[str], folder: Path) -> str:
    paths = os.pathsep.join(filter(None, [os.fspath(folder), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": paths, "PYTHON": sys.executable}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise StepError(f"{command[-1]}\n{done.stdout}\n{done.stderr}")
    return done.stdout.rstrip() + "\n" if done.stdout.strip() else ""
