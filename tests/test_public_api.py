"""The public names are these, each leads somewhere, and importing them costs nothing."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import patentzoo as pz
from patentzoo import errors

FUNCTIONS = {
    "build_index",
    "classify",
    "embed",
    "finetune",
    "list_models",
    "load_index",
    "load_model",
    "search",
    "watch",
}
TYPES = {
    *("Card", "Embeddings", "Failure", "Hit", "Index", "RetrievalModel", "SearchResult"),
    "WatchReport",
}


def error_names() -> set[str]:
    members = inspect.getmembers(errors, inspect.isclass)
    return {name for name, kind in members if issubclass(kind, errors.PatentZooError)}


def test_all_is_the_whole_public_api():
    assert set(pz.__all__) == FUNCTIONS | TYPES | error_names() | {"__version__"}
    assert list(pz.__all__) == sorted(pz.__all__)


def test_every_name_leads_somewhere_and_says_what_it_is():
    for name in pz.__all__:
        thing = getattr(pz, name)
        if name != "__version__":
            assert thing.__name__ == name
            assert inspect.getdoc(thing)


def test_every_error_is_one_of_ours():
    for name in error_names():
        assert issubclass(getattr(pz, name), pz.PatentZooError)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("load_model", "name * device backend revision offline cache_dir"),
        ("embed", "model images * batch_size workers on_error progress"),
        ("build_index", "model images_or_embeddings * path"),
        ("load_index", "path model"),
        ("search", "index query * k group_by where"),
        ("list_models", ""),
        ("finetune", "model folder * out held_out settings progress overwrite tiny"),
    ],
)
def test_signatures_begin_as_promised(name, parameters):
    signature = inspect.signature(getattr(pz, name))
    found = []
    for each in signature.parameters.values():
        if each.kind is each.KEYWORD_ONLY and "*" not in found:
            found.append("*")
        found.append(each.name)
    assert found[: len(parameters.split())] == parameters.split()


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'serach'"):
        _ = pz.serach


def test_dir_shows_the_public_names():
    assert set(dir(pz)) == set(pz.__all__)


def test_importing_loads_neither_torch_nor_numpy():
    code = """
import sys, patentzoo
patentzoo.PatentZooError, patentzoo.__version__
heavy = {"torch", "timm", "faiss", "cv2", "numpy", "PIL", "requests", "rich"} & set(sys.modules)
print(*sorted(heavy))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def test_the_version_is_the_projects():
    project = Path(__file__).resolve().parents[1] / "pyproject.toml"
    assert tomllib.loads(project.read_text())["project"]["version"] == pz.__version__


def test_the_three_lines(folder):
    """What the package's own docstring shows, on drawings of its own."""
    lines = re.findall(r"^    (.+)$", inspect.getdoc(pz) or "", re.MULTILINE)
    code = "\n".join(lines).replace('"drawings/"', repr(str(folder)))
    code = code.replace('"query.png"', repr(str(folder / "LD000002-D00001.png")))
    code = code.replace("k=10", "k=6").replace("print(", "found.append((")
    code = re.sub(r"\(\((.*)\)$", r"((\1))", code, flags=re.MULTILINE)
    found: list[tuple[float, str, str]] = []
    exec(code, {"found": found})
    assert found[0][1:] == ("LD000002", "LD000002-D00001.png")
    assert len(found) == 6
