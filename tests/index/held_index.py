"""What tests share of an index that a program holds while another one takes its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from patentzoo.errors import OutputError
from patentzoo.index import build_index, load_index, updates


def whole(path: Path) -> list[str]:
    """The ids of an index, with every check, as another program sees it."""
    index = load_index(path)
    try:
        return index.ids
    finally:
        index.store.close()


def add_while_another_index_comes(
    replace: Callable[[Path, Path], Any],
    model: Any,
    folder: Path,
    other: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Add what the old index knows while ``replace`` puts a new one there: an error, then all.

    Args:
        replace: Puts the index of the second path where that of the first one is.
        model: Embeds the drawings.
        folder: Six drawings, which the old index holds.
        other: The drawing of the new index.
        tmp_path: Where both are made.
        monkeypatch: Lets the new one come after the files have been looked at.
    """
    index = build_index(model, folder, path=tmp_path / "index")
    build_index(model, [("x", other)], path=tmp_path / "new").store.close()
    of_batches = updates.of_batches

    def late(*given: Any) -> Any:
        found = of_batches(*given)
        replace(tmp_path / "index", tmp_path / "new")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(updates, "of_batches", late)
        with pytest.raises(OutputError, match="was replaced"):
            index.add(folder)  # all six are unchanged, says the old index
    assert index.add(folder).added == 6
    assert len(whole(tmp_path / "index")) == 7
