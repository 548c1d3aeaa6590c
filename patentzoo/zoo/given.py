"""What a caller gives as a model: one that is loaded, its name, its folder, its card."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

from patentzoo.errors import ConfigError, ModelNotFoundError
from patentzoo.system.arguments import shown
from patentzoo.zoo.card import Card

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel


def is_model(value: Any) -> bool:
    """Whether a value can do what a model does."""
    if isinstance(value, type):
        return False
    return all(hasattr(value, name) for name in ("encode", "fingerprint", "preprocess", "dim"))


def as_model(given: Any, usage: str, images: Any = None) -> RetrievalModel:
    """The model that was given, loaded where a name, a folder or a card stands for it.

    Args:
        given: In the model's place.
        usage: How the call is written, ``"embed(model, images)"``.
        images: What was given beside it, to tell a swap.

    Raises:
        ConfigError: No model, or the model stands where the images do.
        PatentZooError: As ``load_model``.
    """
    if is_model(images):
        raise ConfigError(
            f"{usage}: a model was given for the images. The model goes first, then the images."
        )
    if is_model(given):
        return given  # type: ignore[no-any-return]
    if isinstance(given, Card):
        given = given.name
    if not isinstance(given, str | PathLike):
        raise ConfigError(
            f"{usage}: {shown(given)} is no model. Give what load_model() gives, or a model's name "
            "or folder."
        )
    from patentzoo.zoo.load import load_model

    try:
        return load_model(given)
    except ModelNotFoundError as error:
        raise ModelNotFoundError(
            f"{usage}: in the model's place stands {given!s}. {error}"
        ) from error
