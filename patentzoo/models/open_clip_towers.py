"""The two towers of an open_clip model; the only file that imports open_clip."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from patentzoo.errors import ConfigError, MissingExtraError
from patentzoo.models.config import NetworkConfig

VISUAL = "visual."
"""What the tensors of an image tower begin with in a checkpoint of open_clip."""
_BATCH = 64


def require_open_clip() -> Any:
    """open_clip, imported.

    Raises:
        MissingExtraError: It is not installed; the text prints the command.
    """
    if find_spec("open_clip") is None:
        raise MissingExtraError(
            "A model of open_clip needs open_clip_torch: pip install 'patentzoo[text]'"
        )
    import open_clip

    return open_clip


def image_tower(config: NetworkConfig) -> nn.Module:
    """Construct the image tower of a network: (B, 3, H, W) -> (B, embed_dim).

    Raises:
        ConfigError: Not a configuration of open_clip.
        MissingExtraError: open_clip is not installed.
    """
    # Both its classes build their image towers alike; the smallest text tower is thrown away.
    no_words = {"context_length": 1, "vocab_size": 2, "width": 8, "heads": 1, "layers": 1}
    visual: nn.Module = _clip(config.backbone_args, no_words).visual
    return visual


def _clip(model_cfg: Mapping[str, Any], text_cfg: Mapping[str, Any], kind: str = "CLIP") -> Any:
    open_clip = require_open_clip()
    vision = dict(model_cfg.get("vision_cfg", {})) | {"output_tokens": False}
    if vision.get("timm_model_name"):
        vision["timm_model_pretrained"] = False  # it would be fetched
    kept = {k: v for k, v in model_cfg.items() if k in ("embed_dim", "quick_gelu", *_LOGITS)}
    try:
        return getattr(open_clip, kind)(**kept, vision_cfg=vision, text_cfg=dict(text_cfg))
    except (TypeError, KeyError, ValueError, AssertionError, RuntimeError) as error:
        raise ConfigError(
            f"open_clip refuses the configuration of this model: {type(error).__name__}: {error}. "
            "A newer open_clip_torch may know it: pip install -U open_clip_torch"
        ) from error


_LOGITS = ("init_logit_scale", "init_logit_bias", "nonscalar_logit_scale")


class TextTower:
    """Words -> unit vectors, as open_clip computes them.

    Attributes:
        model: open_clip's, in eval mode; its image tower is the smallest there is, and unused.
        tokenizer: open_clip's own, whose vocabulary comes with it.
    """

    def __init__(self, model_cfg: Mapping[str, Any], state: Mapping[str, torch.Tensor]) -> None:
        """Build the tower and fill it.

        Args:
            model_cfg: Of open_clip's configuration file.
            state: The checkpoint's tensors, the image tower's among them or not.

        Raises:
            ConfigError: Not a configuration of open_clip, or tensors that do not fit it.
        """
        text = dict(model_cfg["text_cfg"])
        custom = any(name.startswith("text.") for name in state)
        tiny = {"layers": 1, "width": 64, "patch_size": 16, "image_size": 16}
        self.model = _clip(
            {**model_cfg, "vision_cfg": tiny}, text, "CustomTextCLIP" if custom else "CLIP"
        )
        own = self.model.state_dict()
        words = {k: v.float() for k, v in state.items() if not k.startswith(VISUAL)}
        words |= {k: v.reshape(own[k].shape) for k, v in words.items() if k.startswith("logit_")}
        # Not persistent in newer versions of open_clip, and the same in all.
        words = {k: v for k, v in words.items() if k not in ("attn_mask", "text.attn_mask")}
        missing = {k for k in own if not k.startswith((VISUAL, "logit_"))} - set(words)
        extra = set(words) - set(own)
        if missing or extra:
            raise ConfigError(
                f"the text tower's tensors do not fit its configuration: missing "
                f"{sorted(missing)[:3]}, without a place {sorted(extra)[:3]}."
            )
        self.model.load_state_dict(words, strict=False)
        self.model.eval()
        self.tokenizer = _tokenizer(
            text.get("context_length", 77), repr(text.get("tokenizer_kwargs") or {})
        )

    def to(self, device: str) -> TextTower:
        """Move it."""
        self.model.to(device)
        return self

    def tokens(self, texts: Sequence[str]) -> npt.NDArray[np.int64]:
        """int64 (n, context length)."""
        return np.asarray(self.tokenizer(list(texts)).numpy(), np.int64)

    def __call__(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Float32 (n, dim), rows of length 1."""
        device = next(self.model.parameters()).device
        rows = []
        with torch.inference_mode():
            for start in range(0, len(texts), _BATCH):
                tokens = self.tokenizer(list(texts[start : start + _BATCH])).to(device)
                rows.append(self.model.encode_text(tokens, normalize=True).float().cpu().numpy())
        return np.concatenate(rows)


@functools.lru_cache(maxsize=4)
def _tokenizer(context_length: int, arguments: str) -> Any:
    import ast

    open_clip = require_open_clip()
    return open_clip.SimpleTokenizer(context_length=context_length, **ast.literal_eval(arguments))
