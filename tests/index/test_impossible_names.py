"""Names that no file can have: refused in words, before the work, wherever a path is given."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import patentzoo as pz
from patentzoo.errors import IndexDamagedError, ModelNotFoundError, OutputError
from patentzoo.index import build_index, load_index, search

NAMES = ["a\0b", "n" * 300, f"folder/{'n' * 300}/x", "half a pair \ud800"]


@pytest.fixture
def ways(model, drawings) -> dict[str, tuple[Callable[[str], object], type[Exception]]]:
    in_memory = build_index(model, drawings(3))
    return {
        "load_index": (load_index, IndexDamagedError),
        "build_index": (lambda name: build_index(model, drawings(3), path=name), OutputError),
        "save": (in_memory.save, OutputError),
        "load_model": (pz.load_model, ModelNotFoundError),
        "to_csv": (search(in_memory, in_memory.vectors[0]).to_csv, OutputError),
    }


@pytest.mark.parametrize("name", NAMES, ids=["zero", "long", "long above", "surrogate"])
@pytest.mark.parametrize("way", ["load_index", "build_index", "save", "load_model", "to_csv"])
def test_a_name_no_file_can_have(ways, way, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call, error = ways[way]
    with pytest.raises(error):
        call(name)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_name_is_no_file(model, drawings):
    index = build_index(model, drawings(3))
    with pytest.raises(OutputError, match="it is empty"):
        search(index, index.vectors[0]).to_json("")
