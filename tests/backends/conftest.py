"""The bundled model on every backend, its graphs exported once a session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from agreeing_model import MODEL
from PIL import Image

from patentzoo.models.retrieval_model import RetrievalModel
from patentzoo.zoo.load import load_model
from patentzoo.zoo.registry import find_card


@pytest.fixture(scope="session")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that all these tests share."""
    return tmp_path_factory.mktemp("graphs")


@pytest.fixture(scope="session")
def on(graphs: Path) -> Callable[[str], RetrievalModel]:
    """The bundled model on the backend of that name."""
    return lambda name: load_model(MODEL, device="cpu", backend=name, cache_dir=graphs)


@pytest.fixture(scope="session")
def eager() -> RetrievalModel:
    """The same on plain torch."""
    return load_model(MODEL, device="cpu", backend="torch")


@pytest.fixture
def pages(draw: Callable[..., Image.Image]) -> np.ndarray:
    """Five drawings, as the bundled model's preprocessing makes them."""
    step = find_card(MODEL).preprocess
    return np.stack([step(np.asarray(draw(seed, (300, 200)))) for seed in range(5)])
