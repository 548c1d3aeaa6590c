"""Repositories as timm and open_clip write them, small and with random weights."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import torch

TIMM = {
    "plain": ("vit_tiny_patch16_224", {"img_size": 48, "depth": 2, "num_classes": 5}),
    "dinov2": (
        "vit_small_patch14_dinov2",
        {"img_size": 42, "depth": 2, "embed_dim": 48, "num_heads": 3, "num_classes": 0},
    ),
    "conv": ("resnet10t", {"num_classes": 7}),
    "grey": ("resnet10t", {"num_classes": 3, "in_chans": 1}),
    "wide": ("resnet10t", {"num_classes": 3}),
    "widened": ("mobilenetv3_small_050", {"num_classes": 3}),
}
"""Name -> architecture and arguments of timm."""
DATA: dict[str, dict[str, Any]] = {
    "plain": {"mean": (0.5, 0.4, 0.3), "std": (0.5, 0.25, 0.2), "crop_pct": 0.9},
    "conv": {"input_size": (3, 64, 64), "interpolation": "bilinear", "crop_pct": 0.95},
    "grey": {"input_size": (1, 40, 40), "mean": (0.4,), "std": (0.2,), "crop_mode": "border"},
    "wide": {"input_size": (3, 48, 80), "crop_pct": 0.8},
    "widened": {"input_size": (3, 48, 48), "crop_mode": "squash", "crop_pct": 1.0},
}
"""Name -> preprocessing other than the architecture's own."""

VISION = {"image_size": 32, "layers": 2, "width": 64, "head_width": 32, "patch_size": 8}
TEXT = {"context_length": 24, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2}
OPEN_CLIP: dict[str, dict[str, Any]] = {
    "vit": {"embed_dim": 40, "vision_cfg": VISION, "text_cfg": TEXT},
    "quick": {"embed_dim": 40, "quick_gelu": True, "vision_cfg": VISION, "text_cfg": TEXT},
    "resnet": {
        "embed_dim": 48,
        "vision_cfg": {"image_size": 64, "layers": [1, 1, 1, 1], "width": 16, "patch_size": None},
        "text_cfg": TEXT,
    },
    "custom": {
        "embed_dim": 40,
        "custom_text": True,
        "init_logit_bias": -10,
        "vision_cfg": VISION | {"image_size": [32, 48]},
        "text_cfg": TEXT | {"no_causal_mask": True, "pool_type": "last", "proj_bias": True},
    },
    "timm": {
        "embed_dim": 40,
        "vision_cfg": {
            "timm_model_name": "resnet10t",
            "timm_pool": "avg",
            "timm_proj": "linear",
            "image_size": 48,
        },
        "text_cfg": TEXT,
    },
}
"""Name -> ``model_cfg``."""
SEEN: dict[str, dict[str, Any]] = {
    "quick": {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 0.4], "interpolation": "bilinear"},
    "resnet": {"resize_mode": "squash"},
    "timm": {"resize_mode": "longest"},
}
"""Name -> ``preprocess_cfg`` other than open_clip's own."""


def _shaken(model: torch.nn.Module) -> torch.nn.Module:
    """Random everywhere: at their first values norms and scales would do nothing."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if tensor.is_floating_point():
                noise = torch.rand(tensor.shape, generator=generator) * 0.1
                tensor.add_(noise if name.endswith("running_var") else noise - 0.05)
    return model.eval()


def timm_model(name: str) -> torch.nn.Module:
    import timm

    architecture, arguments = TIMM[name]
    torch.manual_seed(0)
    return _shaken(timm.create_model(architecture, **arguments))


def timm_repository(name: str, *, safe: bool = True) -> dict[str, bytes]:
    """Its files, by timm's own ``save_for_hf``."""
    from timm.models._hub import save_for_hf

    with tempfile.TemporaryDirectory() as folder:
        config = {"pretrained_cfg": {"license": "apache-2.0"} | DATA.get(name, {})}
        save_for_hf(timm_model(name), folder, config, safe_serialization=safe)
        return {file.name: file.read_bytes() for file in Path(folder).iterdir()}


def open_clip_model(name: str) -> torch.nn.Module:
    import open_clip
    from open_clip.transform import PreprocessCfg, merge_preprocess_dict

    arguments = dict(OPEN_CLIP[name])
    kind = open_clip.CustomTextCLIP if arguments.pop("custom_text", False) else open_clip.CLIP
    torch.manual_seed(0)
    model = _shaken(kind(**arguments))
    seen = merge_preprocess_dict(PreprocessCfg(), SEEN.get(name, {}))
    open_clip.set_model_preprocess_cfg(model, seen)
    return model


def open_clip_repository(name: str, *, safe: bool = True) -> dict[str, bytes]:
    """Its files, by open_clip's own ``save_for_hf``."""
    from open_clip.push_to_hf_hub import save_for_hf

    class NoTokenizer:
        def save_pretrained(self, folder: Path) -> None:
            """The usual one comes with open_clip."""

    with tempfile.TemporaryDirectory() as folder:
        cfg = OPEN_CLIP[name]
        save_for_hf(open_clip_model(name), NoTokenizer(), cfg, folder, safe_serialization=safe)
        return {file.name: file.read_bytes() for file in Path(folder).iterdir()}
