"""The two models of the benchmark as folders that ours and its competitors load."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from patentzoo.zoo.registry import DEFAULT_MODEL, find_card
from patentzoo.zoo.store import save_model_dir

REFERENCE = "swinv2-arcface-dpat"
SMALL = {"backbone": "test_vit", "size_px": 160}
"""What stands for the reference network in a quick run."""


def bundled_model(folder: Path) -> Path:
    """The model that ships with the package, in float32."""
    from patentzoo import load_model

    model = load_model(device="cpu", backend="torch")
    save_model_dir(folder, model.network, find_card(DEFAULT_MODEL), half=False)
    return folder


def reference_model(folder: Path, *, small: bool = False) -> Path:
    """SwinV2-B as the reference card describes it, with random weights of which all take part.

    timm starts the norms at the end of each block at zero, so that fresh blocks do nothing; here
    they are a fifth, so that each block adds to its input.
    """
    import torch

    from patentzoo.models.networks import NetworkConfig, build_network

    card = find_card(REFERENCE)
    if small:
        card = dataclasses.replace(
            card,
            network={**card.network, "backbone": SMALL["backbone"]},
            preprocess=dataclasses.replace(card.preprocess, size_px=SMALL["size_px"]),
        )
    torch.manual_seed(0)
    network = build_network(NetworkConfig.from_dict(dict(card.network)))
    with torch.no_grad():
        for name, value in network.named_parameters():
            if "norm" in name and name.endswith("weight"):
                value.fill_(0.2)
    save_model_dir(folder, network, card, half=False)
    return folder
