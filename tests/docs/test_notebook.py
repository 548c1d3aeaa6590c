"""The notebook runs from top to bottom and shows what it promises."""

from __future__ import annotations

from pathlib import Path

import notebook
import printed
import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")

# The notebook's runner warns of its own event loop; what the cells warn of shows in their output.
pytestmark = pytest.mark.filterwarnings("ignore")


def test_every_cell_runs_and_prints_what_it_did(tmp_path: Path):
    kept = nbformat.read(notebook.NOTEBOOK, as_version=4)
    nbformat.validate(kept)
    fresh = notebook.executed(notebook.NOTEBOOK, tmp_path)
    was_run = any(cell.get("outputs") for cell in kept.cells)
    if was_run:
        pairs = zip(notebook.printed_text(kept), notebook.printed_text(fresh), strict=True)
        for shown, real in pairs:
            assert printed.same(shown, real), f"the notebook prints\n{shown}\nbut\n{real}"
    cells = {cell.id: cell for cell in fresh.cells}
    assert "<img src=" in cells["search"].outputs[0].data["text/html"]
    assert "image/png" in cells["plot"].outputs[0].data
    assert "99 drawings of" in cells["save"].outputs[0].text
    assert not any(
        output.get("name") == "stderr" for cell in fresh.cells for output in cell.get("outputs", ())
    )


def test_a_notebook_that_fails_is_no_success(tmp_path: Path):
    from nbclient.exceptions import CellExecutionError

    broken = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    nbformat.write(broken, tmp_path / "broken.ipynb")
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        notebook.executed(tmp_path / "broken.ipynb", tmp_path)
