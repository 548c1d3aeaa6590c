"""A finished model as teacher of a smaller or faster one.

Teacher and pupil see the same distorted picture, the teacher at its own input size: Beyer et al.,
"Knowledge distillation: a good teacher is patient and consistent", CVPR 2022. The pupil learns the
vectors themselves, so that its space is the teacher's.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from patentzoo.errors import TrainingError
from patentzoo.train.initial_weights import RECIPE, model_folder
from patentzoo.zoo.load import load_model

if TYPE_CHECKING:
    from patentzoo.models.preprocess import Preprocess
    from patentzoo.models.retrieval_model import RetrievalModel
    from patentzoo.train.config import Recipe

Losses = dict[str, torch.Tensor]
LEVELS = ("size_px", "ink_positive", "mean", "std")
"""What may differ between teacher and pupil: one picture is made from the other."""


class Teacher:
    """A model whose vectors are the pupil's aim."""

    def __init__(self, model: RetrievalModel, device: torch.device) -> None:
        self.model = model
        self.preprocess = model.preprocess
        self.device = device
        self.network = model.network.to(device).eval() if device.type == "cuda" else None

    @torch.no_grad()
    def vectors(self, images: torch.Tensor) -> torch.Tensor:
        """Vectors of a batch: float32 (B, 1, S, S) with S its own size -> (B, dim), length 1.

        On a GPU the network runs there, in bfloat16; elsewhere the model's own backend does.
        """
        if self.network is None:
            return torch.from_numpy(self.model.encode(images.cpu().numpy()))
        seen = images.to(self.device, non_blocking=True)
        with torch.autocast("cuda", torch.bfloat16):
            vectors = self.network(seen.contiguous(memory_format=torch.channels_last))
        return functional.normalize(vectors.float(), dim=1)

    def for_pupil(self, images: torch.Tensor, own: Preprocess, size_px: int) -> torch.Tensor:
        """The teacher's pictures with the pupil's levels: (B, 1, S, S) -> (B, 1, size, size).

        Args:
            images: As the teacher sees them.
            own: The pupil's preprocessing.
            size_px: Side of the pupil's input.
        """
        seen = self.preprocess
        grey = images * seen.std + seen.mean
        if seen.ink_positive != own.ink_positive:
            grey = 1 - grey
        if grey.shape[-1] != size_px:
            grey = functional.interpolate(grey, size_px, mode="bilinear", antialias=True)
        return (grey - own.mean) / own.std


def teacher(recipe: Recipe, runs: Path, device: torch.device) -> Teacher | None:
    """Load the teacher that a recipe names; None where it names none.

    Args:
        recipe: With ``distil``.
        runs: The folder that holds the runs, for ``"recipe:NAME"``.
        device: Where the pupil learns.

    Raises:
        TrainingError: Its vectors have another length, or its pictures other levels.
        ModelNotFoundError: There is no such model.
    """
    name = recipe.distil.teacher
    if not name:
        return None
    backend = "torch" if device.type == "cuda" else "auto"
    place = model_folder(name, runs) if name.startswith(RECIPE) else name
    model = load_model(place, backend=backend, device="cpu" if backend == "torch" else "auto")
    if model.dim != recipe.network.dim:
        raise TrainingError(
            f"distil.teacher = {name!r} gives vectors of {model.dim} numbers, the network "
            f"{recipe.network.dim}. Set network.dim = {model.dim}."
        )
    own, other = recipe.preprocess.to_dict(), model.preprocess.to_dict()
    unlike = sorted(key for key in own if key not in LEVELS and own[key] != other[key])
    if unlike:
        told = ", ".join(f"{key} = {other[key]!r}" for key in unlike)
        raise TrainingError(
            f"distil.teacher = {name!r} sees other pictures than the network would. Set in "
            f"[preprocess]: {told}"
        )
    return Teacher(model, device)


def with_lesson(
    losses: Losses, embeddings: torch.Tensor, taught: torch.Tensor, weight: float
) -> Losses:
    """Add the distance to the teacher's vectors to the losses of a batch.

    Args:
        losses: With ``loss``.
        embeddings: float32 (B, dim), any length.
        taught: float32 (B, dim), length 1.
        weight: Of the mean of one minus the cosine.

    Returns:
        The losses, ``loss`` with the distance and ``lesson``, the mean distance itself.
    """
    distance = (1 - functional.cosine_similarity(embeddings, taught)).mean()
    return losses | {"loss": losses["loss"] + weight * distance, "lesson": distance.detach()}
