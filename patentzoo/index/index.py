"""The Index: vectors, their catalogue, and the model they belong to."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from patentzoo.errors import IndexMismatchError, ModelError
from patentzoo.index import storage
from patentzoo.index.catalogue import Catalogue
from patentzoo.index.flat import FlatEngine
from patentzoo.results import Embeddings, Failure

if TYPE_CHECKING:
    from patentzoo.model import RetrievalModel


class Index:
    """Drawings that can be searched; made by ``build_index`` or ``load_index``; safe for threads.

    Attributes:
        model_name: Name of the model that made the vectors.
        fingerprint: Its fingerprint.
        vectors: float32 (n, dim), unit rows, read-only.
        catalogue: Ids and metadata.
        failures: Images left out while building (not kept by ``save``).
    """

    def __init__(
        self,
        embeddings: Embeddings,
        model: RetrievalModel | None = None,
    ) -> None:
        self.model_name = embeddings.model
        self.fingerprint = embeddings.fingerprint
        self.vectors: npt.NDArray[np.float32] = embeddings.vectors
        self.catalogue = Catalogue(embeddings.ids, embeddings.metadata)
        self.failures: Sequence[Failure] = embeddings.failures
        self._engine: FlatEngine | None = None
        self._lock = threading.Lock()
        self._model = model
        if model is not None:
            self.check_made_by(model.name, model.fingerprint)

    def __len__(self) -> int:
        return len(self.vectors)

    def __repr__(self) -> str:
        return f"Index({len(self)} x {self.dim}, model={self.model_name!r})"

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self.vectors.shape[1])

    @property
    def ids(self) -> list[str]:
        """The id of each row."""
        return list(self.catalogue.ids)

    @property
    def engine(self) -> FlatEngine:
        """What compares vectors, made at the first search."""
        with self._lock:
            if self._engine is None:
                self._engine = FlatEngine(self.vectors)
            return self._engine

    @property
    def model(self) -> RetrievalModel:
        """The model that made the vectors, loaded by its name where none was given.

        Raises:
            ModelError: No model of that name; give ``load_index`` the model.
            IndexMismatchError: The model of that name is another one by now.
        """
        with self._lock:
            if self._model is None:
                self._model = self._load_model()
            return self._model

    def _load_model(self) -> RetrievalModel:
        from patentzoo.zoo.load import load_model

        try:
            model = load_model(self.model_name)
        except ModelError as error:
            raise type(error)(
                f"The index was made by {self.model_name!r}, which cannot be loaded by name: "
                f"{error} Load it yourself and give it: load_index(path, model=model)."
            ) from error
        self.check_made_by(model.name, model.fingerprint)
        return model

    def check_made_by(self, name: str, fingerprint: str) -> None:
        """Raise IndexMismatchError unless the vectors were made by this model."""
        if fingerprint != self.fingerprint:
            raise IndexMismatchError(
                f"The index was made by {self.model_name!r} (fingerprint {self.fingerprint[:12]}), "
                f"the model in hand is {name!r} ({fingerprint[:12]}). Their vectors cannot be "
                "compared: load the model that made the index, or build the index again."
            )

    def save(self, path: str | PathLike[str]) -> None:
        """Write the index to a folder; an index already there is replaced in one step.

        Raises:
            OutputError: ``path`` is a file, holds something else, or cannot be written.
            ConfigError: Metadata that JSON cannot hold.
        """
        stored = storage.Stored(self.model_name, self.fingerprint, self.vectors, self.catalogue)
        storage.write(Path(path), stored)
