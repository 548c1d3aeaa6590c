"""A saved index, with the model that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patentzoo.errors import DownloadError, ModelNotFoundError, WeightsError

if TYPE_CHECKING:
    from patentzoo.index import Index
    from patentzoo.models.retrieval_model import RetrievalModel


def open_index(
    folder: str, model: str | None, device: str, backend: str, *, verify: bool | None = None
) -> Index:
    """Open an index with a model: the one that was typed, else the one the index names.

    Args:
        folder: Of the index; or the address of a served one.
        model: As typed; None: the index's own.
        device: As for ``load_model``.
        backend: As for ``load_model``.
        verify: As for ``load_index``.

    Raises:
        IndexDamagedError: As ``load_index``.
        IndexMismatchError: The model is not the one that made the index.
        ModelError: As ``load_model``; no model has the name that the index knows.
    """
    from patentzoo import load_index, load_model

    opened = load_index(folder, verify=verify)
    if model is None:
        chosen = _own_model(opened, device, backend)
    else:
        chosen = load_model(model, device=device, backend=backend)
    return opened.with_model(chosen)


def _own_model(opened: Index, device: str, backend: str) -> RetrievalModel:
    """As ``Index.model``, on a backend and device of choice."""
    from patentzoo import load_model

    try:
        return load_model(opened.model_name, device=device, backend=backend)
    except (DownloadError, ModelNotFoundError, WeightsError) as error:
        raise type(error)(
            f"The index was made by {opened.model_name!r}, which cannot be loaded by name: {error} "
            "If you have its folder: --model FOLDER."
        ) from error
