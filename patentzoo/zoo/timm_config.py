"""A timm repository's ``config.json`` as a card's network and preprocessing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from patentzoo.errors import ConfigError
from patentzoo.models.preprocess import Preprocess
from patentzoo.zoo.card import OUTSIDE
from patentzoo.zoo.foreign_kinds import UNCUT, ForeignModel, page_size

WEIGHTS_FILES = ("model.safetensors",)
PICKLES = ("pytorch_model.bin", "pytorch_model.pth", "model.pth")

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet: what timm takes where a configuration states none."""
_CROP_PCT = 0.875
_MODES = {"center": "crop", "squash": "squash", "border": "letterbox"}


def is_timm(config: Mapping[str, Any]) -> bool:
    """Whether a ``config.json`` is one of timm's."""
    return isinstance(config.get("architecture"), str)


def read_timm(config: Mapping[str, Any], where: str) -> ForeignModel:
    """Read what timm's ``push_to_hf_hub`` writes: as ``timm.create_model(..., num_classes=0)``.

    Args:
        config: The parsed ``config.json``.
        where: Its repository, for messages.

    Raises:
        ConfigError: A network or preprocessing that cannot be made here.
    """
    stated = config.get("pretrained_cfg")
    # Before timm 0.9 the same settings stood in one table.
    cfg: Mapping[str, Any] = stated if isinstance(stated, Mapping) else config
    arguments = dict(config.get("model_args") or {})
    in_chans = arguments.pop("in_chans", None)
    arguments.pop("num_classes", None)
    if outside := [name for name in arguments if name.startswith(OUTSIDE)]:
        raise ConfigError(f"{where}: model_args may not hold {outside[0]}.")
    channels, *size = cfg.get("input_size") or (3, 224, 224)
    channels = in_chans or channels
    if cfg.get("fixed_input_size") and not _flexible(arguments):
        arguments.setdefault("img_size", list(size))
    if cfg.get("global_pool"):
        arguments.setdefault("global_pool", cfg["global_pool"])
    mean = _levels(cfg.get("mean") or _MEAN, channels, where)
    std = _levels(cfg.get("std") or _STD, channels, where)
    network = {
        "backbone": config["architecture"],
        "head": "none",
        "backbone_args": {k: v for k, v in arguments.items() if v is not None},
    }
    coloured = {"channels": 3, "channel_mean": mean, "channel_std": std}
    grey = {"mean": mean[0], "std": std[0]} if channels == 1 else {"mean": 0.0, "std": 1.0}
    return ForeignModel(
        layout="timm",
        network=network | (coloured if channels == 3 else {}),
        preprocess=_preprocess(cfg, size, mean, where, grey),
        licence=str(cfg.get("license") or ""),
        citation=_citation(cfg),
    )


def _flexible(arguments: Mapping[str, Any]) -> bool:
    free = arguments.get("dynamic_img_size") or arguments.get("use_naflex")
    return bool(free) or arguments.get("strict_img_size") is False


def _levels(values: Sequence[float], channels: int, where: str) -> list[float]:
    levels = [float(each) for each in values]
    if channels not in (1, 3) or len(levels) not in (1, channels):
        raise ConfigError(
            f"{where}: a network of {channels} channels with {len(levels)} values of mean or std "
            "cannot see drawings; those of 1 and of 3 channels can."
        )
    return levels * channels if len(levels) == 1 else levels


def _preprocess(
    cfg: Mapping[str, Any],
    size: Sequence[int],
    mean: Sequence[float],
    where: str,
    grey: Mapping[str, float],
) -> Preprocess:
    mode = cfg.get("crop_mode") or "center"
    if mode not in _MODES:
        raise ConfigError(f"{where}: crop_mode = {mode!r} is not known; {', '.join(_MODES)} are.")
    fill = {round(255 * each) for each in mean}
    if mode == "border" and len(fill) > 1:
        raise ConfigError(f"{where}: it pads with a colour, which a grey page cannot have.")
    return Preprocess(
        **page_size(size, where),
        **UNCUT,
        fit=_MODES[mode],  # type: ignore[arg-type]
        interpolation=cfg.get("interpolation") or "bicubic",
        crop_pct=float(cfg.get("crop_pct") or _CROP_PCT),
        fill=fill.pop() if mode == "border" else 255,
        mean=grey["mean"],
        std=grey["std"],
    )


def _citation(cfg: Mapping[str, Any]) -> str:
    papers = cfg.get("paper_ids") or cfg.get("paper_name") or ""
    named = papers if isinstance(papers, str) else ", ".join(map(str, papers))
    return "; ".join(each for each in (named, str(cfg.get("origin_url") or "")) if each)
