"""A recipe that trains in seconds on a library of three parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from patentzoo.train.config import Recipe, recipe_from_tables

Make = Callable[..., Recipe]


@pytest.fixture(scope="session")
def tables(ldraw_library: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Parsed TOML of the recipe; its network draws chance (dropout), as a fair test of resuming."""
    return {
        "name": "tiny-arcface-ldraw",
        "seed": 5,
        "network": {"backbone": "test_resnet", "dim": 8, "head": "reference", "pooling": "avg"},
        "preprocess": {"size_px": 32},
        "data": {
            "shards": str(tmp_path_factory.mktemp("shards")),
            "solids": [
                {"kind": "ldraw", "count": 6, "folder": str(ldraw_library)},
                {
                    "kind": "ldraw",
                    "count": 3,
                    "seed": 1,
                    "folder": str(ldraw_library),
                    "weight": 2.0,
                },
            ],
        },
        "loop": {"classes": 3, "views": 2, "workers": 0, "threads": 1, "precision": "fp32"}
        | {"save_every": 2, "log_every": 2, "tensorboard": False},
        "stage": [
            {"steps": 4, "size_px": 32, "warmup": 1, "sources": 1},
            {"steps": 4, "size_px": 40, "warmup": 1, "classes": 4},
        ],
    }


@pytest.fixture
def recipe(tables: dict[str, Any]) -> Make:
    """A function: dotted keys with __ for the dot -> the recipe with those values."""

    def make(**changes: Any) -> Recipe:
        import copy

        from patentzoo.train.config import _put

        changed = copy.deepcopy(tables)
        for key, value in changes.items():
            _put(changed, key.replace("__", "."), value)
        return recipe_from_tables(changed, "tiny.toml")

    return make


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model folder of a shipped recipe's tiny run, with a smaller network."""
    import torch

    from patentzoo.train import run_recipe

    root = tmp_path_factory.mktemp("tiny")
    before = torch.get_num_threads()
    recipe = Path(__file__).resolve().parents[2] / "recipes" / "resnet10t-arcface-linedraw.toml"
    overrides = {"data.shards": str(root / "shards"), "network.backbone": "test_resnet"}
    folder = run_recipe(recipe, overrides, root / "out", tiny=True)
    torch.set_num_threads(before)
    return folder


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    """Recipes set torch's threads; the other tests get theirs back."""
    import torch

    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)
