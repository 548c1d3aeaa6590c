"""Words as a query, alone or beside drawings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from patentzoo.errors import QueryError
from patentzoo.zoo.words import encode_words

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Words:
    """What is asked for in words.

    Attributes:
        text: The words.
        vector: float32 (dim,), of length 1.
        weight: Beside drawings, in [0, 1].
    """

    text: str
    vector: Vectors
    weight: float

    @classmethod
    def of(cls, model: RetrievalModel, text: str, weight: float) -> Words:
        """Embed words.

        Raises:
            QueryError: No words, or an impossible weight.
            ModelError: The model takes no words; the message names models that do.
        """
        if not text.strip():
            raise QueryError("text= is empty. Say in words what is looked for.")
        if not 0 <= weight <= 1:
            raise QueryError(f"text_weight = {weight!r} must lie between 0 and 1.")
        (vector,) = encode_words(model, [text])
        return cls(text, vector, weight)

    def joined(self, vectors: Vectors) -> Vectors:
        """Move each of float32 (..., dim), rows of length 1, towards the words.

        Raises:
            QueryError: Drawing and words cancel each other out.
        """
        mixed = (1 - self.weight) * vectors + self.weight * self.vector
        length = np.linalg.norm(mixed, axis=-1, keepdims=True)
        if (length < 1e-6).any():
            raise QueryError(f"text_weight = {self.weight}: words and drawing are opposite.")
        return np.asarray(mixed / length, np.float32)
