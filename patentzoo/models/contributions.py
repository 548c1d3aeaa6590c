"""An embedding as a sum over the cells of the last feature map.

Average pooling and a linear head leave the embedding a sum over cells: with features x_c of cell c,
weights W and bias b, W mean(x_c) + b = sum over c of (W x_c + b) / n. Generalised-mean pooling is
homogeneous: a cell's share of a channel is its share of the sum of powers. The cosine with another
embedding is then a sum over cells, too (cf. class activation maps, Zhou et al., CVPR 2016; for
retrieval Stylianou et al., WACV 2019).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ModelError
from patentzoo.models.retrieval_model import RetrievalModel
from patentzoo.system.torch_settings import for_inference

if TYPE_CHECKING:
    import torch

    from patentzoo.models.networks import EmbeddingNetwork, GeM, LevelGeM

Cells = npt.NDArray[np.float64]

_LINEAR = ("Linear", "BatchNorm1d", "Flatten", "Identity", "Dropout")
"""Modules that are affine functions when a network is in eval mode."""


def cell_embeddings(
    model: RetrievalModel, page: npt.NDArray[np.float32], network: torch.nn.Module | None = None
) -> Cells:
    """Take the embedding of a prepared page apart into what each cell adds to it.

    Args:
        model: Any backend; the sum is computed by torch in single precision.
        page: float32 (1, S, S), as ``model.preprocess`` makes it.
        network: ``model.network``, which is built anew at each look beside other backends than
            torch.

    Returns:
        float64 (h, w, dim), h x w cells; their sum is the embedding, of length 1.

    Raises:
        ModelError: The embedding is no such sum, and why.
    """
    import torch

    checked = _checked(model, model.network if network is None else network)
    device = next(checked.parameters()).device
    with for_inference(str(device)):
        pixels = torch.from_numpy(np.array(page[None], np.float32)).to(device)
        cells = _unit(_cells(model, checked, pixels))
        if model.hflip:
            cells = _unit(cells + _unit(_cells(model, checked, pixels.flip(-1)))[:, ::-1])
    return cells


def _checked(model: RetrievalModel, network: torch.nn.Module) -> EmbeddingNetwork:
    """The network, where its head is linear.

    Raises:
        ModelError: It is not.
    """
    from patentzoo.models.networks import EmbeddingNetwork

    if not isinstance(network, EmbeddingNetwork):
        raise _refused(model, f"its network, a {type(network).__name__}, has no feature map")
    parts = [each for each in network.head.modules() if not list(each.children())]
    curved = next((type(each).__name__ for each in parts if type(each).__name__ not in _LINEAR), "")
    if curved:
        raise _refused(model, f"its head is not linear (it has a {curved})")
    return network


def _cells(model: RetrievalModel, network: EmbeddingNetwork, pixels: torch.Tensor) -> Cells:
    """What each cell adds to the embedding, not of length 1: float64 (h, w, dim)."""
    import torch

    shares = _shares(model, network, pixels)[0].double()  # (C, h, w)
    height, width = shares.shape[-2:]
    zero = torch.zeros(1, len(shares), device=shares.device)
    bias = network.head(zero).double()
    weights = network.head(torch.eye(len(shares), device=shares.device)).double() - bias
    rows = shares.flatten(1).T @ weights + bias / (height * width)
    return np.asarray(rows.cpu().numpy()).reshape(height, width, -1)


def _shares(model: RetrievalModel, network: EmbeddingNetwork, pixels: torch.Tensor) -> torch.Tensor:
    """(1, C, h, w): what each cell adds to each pooled channel."""
    from patentzoo.models.networks import GeM

    folded, pooling = network.folded(pixels), network.pooling
    if type(pooling).__name__ == "Identity":
        return _pooled_by_backbone(model, network, folded)
    features, *earlier = network.maps(folded)
    if features.ndim != 4:
        raise _refused(model, "its backbone gives no feature map")
    last = _of_powers(features, pooling) if isinstance(pooling, GeM) else _averaged(features)
    return _side_by_side([last, *(_of_powers(each, network.level_pooling) for each in earlier)])


def _of_powers(features: torch.Tensor, pooling: GeM | LevelGeM) -> torch.Tensor:
    powers: torch.Tensor = features.float().clamp(min=pooling.eps).pow(pooling.p)
    pooled: torch.Tensor = pooling(features)[..., None, None]
    return powers / powers.sum(dim=(-2, -1), keepdim=True) * pooled


def _side_by_side(shares: list[torch.Tensor]) -> torch.Tensor:
    """Shares of maps of several sizes on the grid of the finest: a coarse cell's is spread."""
    import torch
    from torch.nn import functional

    size = max(tuple(each.shape[-2:]) for each in shares)
    spread = []
    for each in shares:
        cells = each.shape[-2] * each.shape[-1]
        number = torch.arange(cells, dtype=torch.float32, device=each.device)
        lies_in = functional.interpolate(number.reshape(1, 1, *each.shape[-2:]), size)[0, 0].long()
        finer = torch.bincount(lies_in.flatten(), minlength=cells)
        spread.append((each.flatten(2) / finer)[..., lies_in])
    return torch.cat(spread, dim=1)


def _pooled_by_backbone(
    model: RetrievalModel, network: EmbeddingNetwork, folded: torch.Tensor
) -> torch.Tensor:
    """The same where the backbone pools by itself: its pooling is watched, and has to average."""
    import torch

    backbone: Any = network.backbone
    pool = getattr(backbone, "pool", None) or getattr(backbone, "global_pool", None)
    seen: list[torch.Tensor] = []
    if isinstance(pool, torch.nn.Module):
        handle = pool.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
        try:
            pooled = backbone(folded).float()
        finally:
            handle.remove()
    if not seen or seen[-1].ndim != 4:
        raise _refused(model, "its backbone pools in a way that is no average over cells")
    features = seen[-1].float()
    mean = features.mean(dim=(-2, -1))
    if mean.shape != pooled.shape or not torch.allclose(mean, pooled, rtol=1e-3, atol=1e-4):
        raise _refused(model, "its backbone does more after its pooling than to average")
    return _averaged(features)


def _averaged(features: torch.Tensor) -> torch.Tensor:
    shares: torch.Tensor = features.float() / (features.shape[-2] * features.shape[-1])
    return shares


def _unit(cells: Cells) -> Cells:
    unit: Cells = cells / np.linalg.norm(cells.sum(axis=(0, 1)))
    return unit


def _refused(model: RetrievalModel, reason: str) -> ModelError:
    return ModelError(
        f"{model.name} cannot say where two drawings agree: {reason}, so that the cosine is no sum "
        "over the cells of a feature map. The bundled models can."
    )
