"""Descriptors that have learned nothing of drawings: what a trained model has to stand above.

All see the drawing cut to its ink and centred on a white square.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from patentzoo.errors import MissingExtraError
from patentzoo.models.preprocess import Preprocess, crop_to_ink
from patentzoo.system.opencv import load_cv2

if TYPE_CHECKING:
    from patentzoo.models.networks import EmbeddingNetwork

Grey = NDArray[np.uint8]
Vector = NDArray[np.float32]


def pixels(grey: Grey) -> Vector:
    """32×32 ink densities under a Gaussian blur of one pixel: (1024,) float32."""
    ink = 255 - _square(grey, 32).astype(np.float32)
    return np.asarray(load_cv2().GaussianBlur(ink, (0, 0), 1.0), dtype=np.float32).ravel()


def perceptual_hash(grey: Grey) -> Vector:
    """Signs of the 16×16 lowest DCT coefficients about their median: (256,) of ±1.

    The cosine of two such vectors is 1 − 2 × Hamming distance / 256.
    """
    spectrum = load_cv2().dct(_square(grey, 64).astype(np.float32))[:16, :16].ravel()
    return np.where(spectrum > np.median(spectrum), 1, -1).astype(np.float32)


def hog(grey: Grey) -> Vector:
    """Histogram of oriented gradients, 128 px, 9 orientations, 16×16 cells, 2×2 blocks: (1764,).

    Raises:
        MissingExtraError: scikit-image is not installed.
    """
    try:
        from skimage.feature import hog as gradients
    except ImportError as error:
        raise MissingExtraError(
            "The HOG baseline needs scikit-image: pip install 'patentzoo[evaluate]'"
        ) from error
    found = gradients(
        255 - _square(grey, 128), orientations=9, pixels_per_cell=(16, 16), cells_per_block=(2, 2)
    )
    return np.asarray(found, dtype=np.float32)


def imagenet(grey: Grey) -> Vector:
    """Untrained features of EfficientNet-Lite0 with its ImageNet weights: (1280,).

    Pooled by their generalised mean (p = 3) at 320 px; :data:`CENTRED` subtracts the gallery's
    mean.

    Raises:
        ConfigError: The package that carries the weights is not installed.
    """
    import torch

    network, preprocess = _imagenet_network()
    with torch.inference_mode():
        features = network.pooling(network.backbone(torch.from_numpy(preprocess(grey))[None]))
    return np.asarray(features[0].numpy(), np.float32)


@functools.cache
def _imagenet_network() -> tuple[EmbeddingNetwork, Preprocess]:
    from patentzoo.models.config import NetworkConfig
    from patentzoo.zoo.package_weights import LITE0, LITE0_SHA256, network_from_package

    config = NetworkConfig("tf_efficientnet_lite0", 1, pooling="gem")
    network = network_from_package(config, LITE0, LITE0_SHA256).eval()
    preprocess = Preprocess(size_px=320, ink_gain=0.0, ink_positive=False, mean=0.5, std=0.5)
    return network, preprocess


BASELINES: Mapping[str, Callable[[Grey], Vector]] = {
    "pixels": pixels,
    "phash": perceptual_hash,
    "hog": hog,
    "imagenet": imagenet,
}

CENTRED = frozenset({"imagenet"})
"""Baselines whose vectors lose the mean of the gallery before they are compared."""


def _square(grey: Grey, size_px: int) -> Grey:
    """Cut to the ink, centre on white, shrink by area: uint8 (size_px, size_px)."""
    ink = crop_to_ink(grey)
    side = max(ink.shape)
    top, left = (side - ink.shape[0]) // 2, (side - ink.shape[1]) // 2
    page = np.full((side, side), 255, np.uint8)
    page[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return np.asarray(
        load_cv2().resize(page, (size_px, size_px), interpolation=load_cv2().INTER_AREA)
    )
