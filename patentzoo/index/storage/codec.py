"""How a vector is stored: as float32, as float16, or in 8 bits a dimension.

The codes are those of faiss's scalar quantizers QT_fp16 and QT_8bit, so that faiss searches them as
they lie in the file.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ConfigError, near_miss

Storage = Literal["float32", "float16", "int8"]
Vectors = npt.NDArray[np.float32]
Codes = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Codec:
    """Vectors to stored codes and back.

    Attributes:
        storage: ``"float32"``; ``"float16"``: half the size; ``"int8"``: a quarter, each dimension
            in 256 steps between its least and greatest value in the first drawings indexed.
        dim: Length of a vector.
        trained: float32 (2 * dim,): least value and width of each dimension (``"int8"`` only);
            None before the first vectors have been seen.
    """

    storage: Storage
    dim: int
    trained: Vectors | None = None

    def __post_init__(self) -> None:
        if self.storage not in get_args(Storage):
            raise ConfigError(
                f"storage = {self.storage!r}. {near_miss(str(self.storage), get_args(Storage))}"
            )

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of a stored number."""
        return np.dtype({"float32": "<f4", "float16": "<f2", "int8": "u1"}[self.storage])

    def fitted(self, vectors: Vectors) -> Codec:
        """The codec these vectors, float32 (n, dim), can be stored with."""
        if self.storage != "int8" or self.trained is not None or not len(vectors):
            return self
        low, high = vectors.min(axis=0), vectors.max(axis=0)
        margin = 0.05 * (high - low) + 1e-3  # room for drawings that come later
        return Codec("int8", self.dim, np.concatenate([low - margin, high - low + 2 * margin]))

    def encode(self, vectors: Vectors) -> Codes:
        """Codes, (n, dim) of ``dtype``."""
        if self.trained is None:
            return np.ascontiguousarray(vectors, dtype=self.dtype)
        low, width = self._bounds()
        steps = np.clip((vectors - low) / width, 0.0, 1.0) * 255.0
        return np.asarray(steps.astype(np.uint8))

    def decode(self, codes: Codes) -> Vectors:
        """Unit vectors, float32 (n, dim); a view where nothing has to be changed."""
        if self.storage == "float32":
            return np.asarray(codes, dtype=np.float32)
        vectors = codes.astype(np.float32)
        if self.trained is not None:
            low, width = self._bounds()
            vectors = (vectors + np.float32(0.5)) * (width / np.float32(255.0)) + low
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, np.float32(1e-12)), dtype=np.float32)

    def to_meta(self) -> str | None:
        """The trained bounds as text for the catalogue."""
        return None if self.trained is None else base64.b64encode(self.trained.tobytes()).decode()

    @classmethod
    def from_meta(cls, storage: Any, dim: int, text: str | None) -> Codec:
        """The codec a catalogue describes."""
        trained = None if text is None else np.frombuffer(base64.b64decode(text), np.float32)
        return cls(storage, dim, trained)

    def _bounds(self) -> tuple[Vectors, Vectors]:
        assert self.trained is not None
        return self.trained[: self.dim], self.trained[self.dim :]
