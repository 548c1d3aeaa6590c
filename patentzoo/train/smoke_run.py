"""A recipe's way in a minute: the same path through the code on next to nothing."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from patentzoo.train.config import Recipe

SMALL = ("resnet10t", "test_resnet", "test_vit", "tf_efficientnet_lite0")
"""Backbones that are small already; others become the second."""
PATENTS = 24


def shrink(recipe: Recipe, folder: Path) -> Recipe:
    """The recipe with few drawings, six steps a stage, small pictures and a small network.

    Drawings it would read are replaced by a set in DeepPatent's format, drawn into the run's
    folder; ImageNet weights by random ones, since a trial must not need a network connection.

    Args:
        recipe: Any.
        folder: Of the run.
    """
    small: dict[str, Any] = {"steps": 6, "epochs": 0.0, "size_px": 64, "warmup": 2, "sources": 0}
    if recipe.network.backbone not in SMALL:
        small["frozen"] = ()
    stages = tuple(dataclasses.replace(stage, classes=0, **small) for stage in recipe.stages)
    loop = dataclasses.replace(
        recipe.loop, classes=8, views=2, workers=0, save_every=6, log_every=3, accumulate=1
    )
    whiten = dataclasses.replace(recipe.whiten, classes=min(recipe.whiten.classes, 16))
    small_one = dataclasses.replace(
        recipe,
        name=f"{recipe.name}-tiny",
        summary=f"A trial run of {recipe.name}: these weights are worth nothing",
        stages=stages,
        loop=loop,
        whiten=whiten,
        validate=dataclasses.replace(recipe.validate, beat_start=False),
        test_size_px=0,
    )
    if recipe.data.kind == "synthetic":
        return dataclasses.replace(_on_solids(small_one), init=_init(recipe))
    return dataclasses.replace(_on_files(small_one, folder), init=_init(recipe))


def _init(recipe: Recipe) -> str:
    """What needs no network connection stays: a model or weights that are on this machine."""
    from patentzoo.train.starting_model import is_here
    from patentzoo.zoo.package_weights import PREFIX

    if recipe.init.startswith(("recipe:", PREFIX)):
        kept = recipe.init.startswith("recipe:") or recipe.network.backbone in SMALL
    else:
        kept = is_here(recipe.init) and recipe.network.backbone in SMALL
    return recipe.init if kept else ""


def _on_solids(recipe: Recipe) -> Recipe:
    from patentzoo.data.linedraw.dataset import SolidSource

    data = dataclasses.replace(
        recipe.data,
        solids=(SolidSource("procedural", 24),),
        shards=recipe.data.shards + "-tiny",
        figures="",
    )
    return dataclasses.replace(recipe, data=data, network=_network(recipe))


def _on_files(recipe: Recipe, folder: Path) -> Recipe:
    from patentzoo.data.linedraw.dataset import SolidSource
    from patentzoo.data.synthetic_deeppatent import DATE, write_deeppatent

    root = folder.parent / "tiny-deeppatent"
    if not (root / "README.txt").exists():
        write_deeppatent(
            root, SolidSource("procedural", PATENTS), shards=root / "shards", overwrite=True
        )
    kind, place = "deeppatent", root
    if recipe.data.kind == "unlabelled":
        kind = "unlabelled"
    elif recipe.data.held_out:
        kind, place = "folder", root / f"I{DATE}"
    data = dataclasses.replace(recipe.data, kind=kind, root=str(place), lists="", table="")
    validate = recipe.validate
    if validate.protocol:
        validate = dataclasses.replace(validate, data=str(root), every_steps=3)
    loop = dataclasses.replace(recipe.loop, precision="fp32", compile=False, checkpointing=False)
    return dataclasses.replace(
        recipe, data=data, validate=validate, loop=loop, network=_network(recipe)
    )


def _network(recipe: Recipe) -> Any:
    network = recipe.network
    if network.backbone in SMALL:
        return network
    return dataclasses.replace(network, backbone=SMALL[1], backbone_args={}, library="timm")
