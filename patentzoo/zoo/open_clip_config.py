"""An open_clip repository's ``open_clip_config.json`` as a card's network and preprocessing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patentzoo.errors import ConfigError
from patentzoo.models.preprocess import Preprocess
from patentzoo.zoo.foreign_kinds import UNCUT, ForeignModel, page_size

WEIGHTS_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors")
PICKLES = ("open_clip_pytorch_model.bin", "open_clip_pytorch_model.pth")

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)
"""OpenAI's: what open_clip takes where a configuration states none."""
_MODES = {"shortest": "crop", "longest": "letterbox", "squash": "squash"}


def read_open_clip(config: Mapping[str, Any], where: str) -> ForeignModel:
    """Read what open_clip's ``push_to_hf_hub`` writes.

    Args:
        config: The parsed ``open_clip_config.json``.
        where: Its repository, for messages.

    Raises:
        ConfigError: No configuration of open_clip, or a preprocessing that cannot be made here.
    """
    model = config.get("model_cfg", config)
    if not isinstance(model, Mapping) or not isinstance(model.get("vision_cfg"), Mapping):
        raise ConfigError(f"{where}: open_clip_config.json holds no model_cfg with a vision_cfg.")
    cfg = config.get("preprocess_cfg") or {}
    network = {
        "backbone": _label(model["vision_cfg"]),
        "dim": int(model["embed_dim"]),
        "head": "none",
        "library": "open_clip",
        "backbone_args": without_nulls(model),
        "channels": 3,
        "channel_mean": list(cfg.get("mean") or MEAN),
        "channel_std": list(cfg.get("std") or STD),
    }
    return ForeignModel("open_clip", network, _preprocess(model, cfg, where))


def _preprocess(model: Mapping[str, Any], cfg: Mapping[str, Any], where: str) -> Preprocess:
    mode = cfg.get("resize_mode") or "shortest"
    if mode not in _MODES:
        raise ConfigError(f"{where}: resize_mode = {mode!r} is not known; {', '.join(_MODES)} are.")
    # The network decides the size: open_clip sets it from the image tower, whatever stands there.
    sides = page_size(model["vision_cfg"].get("image_size", 224), where)
    # open_clip scales to what is no square by cubes, whatever the configuration asks for.
    wide = mode == "shortest" and bool(sides["width_px"])
    linear = cfg.get("interpolation") == "bilinear" and not wide
    return Preprocess(
        **sides,
        **UNCUT,
        fit=_MODES[mode],  # type: ignore[arg-type]
        interpolation="bilinear" if linear else "bicubic",
        fill=int(cfg.get("fill_color") or 0) if mode == "longest" else 255,
    )


def _label(vision: Mapping[str, Any]) -> str:
    if vision.get("timm_model_name"):
        return str(vision["timm_model_name"])
    layers = vision.get("layers", 12)
    if isinstance(layers, list | tuple):
        return f"ModifiedResNet-{'-'.join(map(str, layers))}"
    return f"ViT-{layers}x{vision.get('width', 768)}-{vision.get('patch_size', 16)}"


def without_nulls(table: Mapping[str, Any]) -> dict[str, Any]:
    """The table without what is null: a card's TOML has none, and open_clip's defaults say so."""
    return {
        key: without_nulls(value) if isinstance(value, Mapping) else value
        for key, value in table.items()
        if value is not None
    }
