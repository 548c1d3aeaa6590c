"""Words beside pictures: what a text tower is to a model, and which networks have one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

_ELSEWHERE = ("hf_model_name", "hf_tokenizer_name", "tokenizer_mode")
"""Settings of a text tower that stands in another repository: transformers would fetch it."""


class TextEncoder(Protocol):
    """Words -> unit vectors in the space of a model's pictures. Safe to call from threads."""

    def __call__(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Float32 (n, dim), rows of length 1."""


def words_refused(network: Mapping[str, Any]) -> str:
    """Why a network takes no words; empty where it does.

    Args:
        network: A card's ``[network]`` table.
    """
    model_cfg = network.get("backbone_args") or {}
    text = model_cfg.get("text_cfg")
    if network.get("library") != "open_clip" or not isinstance(text, Mapping):
        return "it has no text tower"
    named = next((f"{name} = {text[name]!r}" for name in _ELSEWHERE if text.get(name)), "")
    if "multimodal_cfg" in model_cfg:
        named = "CoCa"
    return f"its text tower needs transformers ({named}), which is not supported" if named else ""
