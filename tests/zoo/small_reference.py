"""A small reference model, and the files its authors would have published."""

from __future__ import annotations

import io
import os
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

SMALL = {
    "img_size": 64,
    "window_size": 4,
    "embed_dim": 16,
    "depths": [1, 1, 2, 1],
    "num_heads": [1, 2, 2, 4],
}
NETWORK = {
    "backbone": "swinv2_base_window12to24_192to384",
    "dim": 24,
    "head": "reference",
    "backbone_args": SMALL,
}
PREPROCESS = {"size_px": 64, "fit": "crop", "ink_crop": False, "binarize": 120, "ink_gain": 0.0}


def randomised(network: torch.nn.Module, seed: int = 0) -> torch.nn.Module:
    """Random values everywhere, in the statistics of the norms too, so that each one counts."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                noise = torch.rand(tensor.shape, generator=generator) * 0.1
                tensor.copy_(noise + 0.5 if name.endswith("running_var") else noise - 0.03)
    return network.eval()


def as_timm_0_6(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Names as timm 0.6 gave them under DataParallel, and the tables it saved."""
    old: dict[str, torch.Tensor] = {}
    for name, tensor in state.items():
        moved = re.sub(
            r"layers\.(\d+)\.downsample", lambda m: f"layers.{int(m[1]) - 1}.downsample", name
        )
        old[f"module.{moved}"] = tensor
    for block in ("layers.0.blocks.0", "layers.2.blocks.1"):
        attention = f"module.backbone.{block}.attn"
        old[f"{attention}.relative_position_index"] = torch.zeros(16, 16, dtype=torch.int64)
        old[f"{attention}.relative_coords_table"] = torch.zeros(1, 7, 7, 2)
    old["module.backbone.layers.2.blocks.1.attn_mask"] = torch.zeros(1, 16, 16)
    return old


def saved(state: Any) -> bytes:
    """What torch.save writes."""
    stream = io.BytesIO()
    torch.save(state, stream)
    return stream.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    """A zip as Dropbox makes one of a folder, with an entry for the folder itself."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("/", b"")
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


@dataclass(frozen=True)
class Published:
    """A small reference model: its network, and the file its authors would have published."""

    network: torch.nn.Module
    checkpoint: bytes

    def batch(self) -> torch.Tensor:
        """Two images."""
        return torch.rand(2, 1, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1

    def expected(self) -> torch.Tensor:
        """What the network makes of them, before normalisation."""
        with torch.inference_mode():
            return self.network(self.batch())


def card_table(*urls: str, **changes: Any) -> dict[str, Any]:
    """A card whose weights stand behind these addresses."""
    return {
        "name": "small-reference",
        "summary": "A test.",
        "dim": 24,
        "licence": "not stated by its authors",
        "weights": {"file": "model.safetensors", "sha256": "", "size_bytes": 500_000},
        "network": NETWORK,
        "preprocess": PREPROCESS,
        "sources": [{"kind": "archive", "urls": list(urls)}],
    } | changes


class Harm:
    """What a pickle can hold: a call, made when it is read."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.trace}",)
