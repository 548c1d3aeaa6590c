"""The notebook of the docs: run in a folder of its own; its outputs written back.

``python -m docs.tools outputs`` calls it with the rest.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).resolve().parents[1] / "quickstart.ipynb"


def executed(path: Path, folder: Path) -> Any:
    """The notebook with the outputs of a fresh run.

    Args:
        path: The notebook.
        folder: Where it runs; what it writes stays there.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell failed.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": os.fspath(folder)}}
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", resources=resources)
    # Without ipywidgets, tqdm says so in the cell that first imports it.
    client.execute(env=os.environ | {"PYTHONWARNINGS": "ignore:IProgress not found"})
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times of day
    return notebook


def printed_text(notebook: Any) -> list[str]:
    """What each code cell prints, in order; pictures and HTML are left out."""
    return [
        "".join(each["text"] for each in cell["outputs"] if each["output_type"] == "stream")
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]


def rewrite(path: Path = NOTEBOOK) -> None:
    """Run the notebook and write its outputs into it."""
    import nbformat

    with tempfile.TemporaryDirectory() as folder:
        notebook = executed(path, Path(folder))
    nbformat.write(notebook, path)
