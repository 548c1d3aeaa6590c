from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from patentzoo.embedding.vector_files import save_embeddings
from patentzoo.errors import ConfigError, OutputError
from patentzoo.results import Embeddings


@pytest.fixture
def embeddings(unit_rows) -> Embeddings:
    metadata = [{"patent": "USD1"}, {"patent": None}, {"patent": "USD2"}]
    return Embeddings(unit_rows(3), ["a.png", "sub/ü.png", "c.tif#2"], metadata, "tiny", "f00d")


def test_npz_needs_no_pickle(embeddings: Embeddings, tmp_path: Path):
    save_embeddings(embeddings, tmp_path / "e.npz")
    with np.load(tmp_path / "e.npz", allow_pickle=False) as read:
        assert np.array_equal(read["vectors"], embeddings.vectors)
        assert read["ids"].tolist() == embeddings.ids
        assert read["patents"].tolist() == ["USD1", "", "USD2"]
        assert (str(read["model"]), str(read["fingerprint"])) == ("tiny", "f00d")


def test_safetensors_carries_ids_in_its_header(embeddings: Embeddings, tmp_path: Path):
    save_embeddings(embeddings, tmp_path / "e.safetensors")
    with safe_open(tmp_path / "e.safetensors", "np") as read:
        assert np.array_equal(read.get_tensor("vectors"), embeddings.vectors)
        header = read.metadata()
    assert json.loads(header["ids"]) == embeddings.ids
    assert json.loads(header["patents"]) == ["USD1", "", "USD2"]
    assert header["fingerprint"] == "f00d"


def test_another_ending_and_another_place(embeddings: Embeddings, tmp_path: Path):
    with pytest.raises(ConfigError, match=r"\.npz or \.safetensors"):
        save_embeddings(embeddings, tmp_path / "e.csv")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        save_embeddings(embeddings, tmp_path / "file" / "e.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
