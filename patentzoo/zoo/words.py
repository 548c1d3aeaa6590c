"""A model's text tower, built from its weights when the first words come; and who has none."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ConfigError, ModelError, WeightsError
from patentzoo.models.words import words_refused
from patentzoo.system.torch_settings import for_building, for_inference
from patentzoo.zoo.card import Card
from patentzoo.zoo.layouts import VISUAL

if TYPE_CHECKING:
    from patentzoo.models.open_clip_towers import TextTower
    from patentzoo.models.retrieval_model import RetrievalModel


class StoredWords:
    """The text tower of a card's verified weights.

    Attributes:
        card: The card.
        file: The safetensors file.
        device: Where it runs.
    """

    def __init__(self, card: Card, file: Path, device: str) -> None:
        self.card, self.file, self.device = card, file, device
        self._tower: TextTower | None = None
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Float32 (n, dim), rows of length 1.

        Raises:
            MissingExtraError: open_clip is not installed.
            WeightsError: The tensors do not fit the configuration.
        """
        tower = self._built()
        with for_inference(self.device):
            return tower(texts)

    def _built(self) -> TextTower:
        from safetensors import safe_open

        from patentzoo.models.open_clip_towers import TextTower

        with self._lock:
            if self._tower is None:
                with safe_open(self.file, "pt") as stored:
                    names = [name for name in stored.keys() if not name.startswith(VISUAL)]  # noqa: SIM118
                    state = {name: stored.get_tensor(name) for name in names}
                try:
                    with for_building():
                        tower = TextTower(self.card.network["backbone_args"], state)
                except ConfigError as error:
                    raise WeightsError(f"{self.file}: {error}") from error
                self._tower = tower.to(self.device)
            return self._tower

    def __getstate__(self) -> dict[str, Any]:
        """Card and file travel to another process; what was built stays."""
        return {"card": self.card, "file": self.file, "device": self.device}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]


def words_of(card: Card, file: Path, device: str) -> StoredWords | None:
    """A model's text tower, where it has one."""
    return StoredWords(card, file, device) if card.takes_words else None


def encode_words(model: RetrievalModel, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Embed words as a model embeds pictures: float32 (n, dim), rows of length 1.

    Raises:
        ModelError: The model takes no words; the message names models that do.
        MissingExtraError: open_clip is not installed.
    """
    if model.takes_words:
        return model.encode_text(texts)
    from patentzoo.zoo.registry import list_models

    network = model.card.network if isinstance(model.card, Card) else {}
    reason = words_refused(network) or "its weights are those of its image tower alone"
    able = ", ".join(card.name for card in list_models() if card.takes_words)
    raise ModelError(
        f"{model.name} takes no words: {reason}. Models that do: {able}; and any repository of "
        "open_clip by its address, hf://organisation/name. An index has to be built with it."
    )
