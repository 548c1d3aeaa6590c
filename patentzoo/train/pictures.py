"""From a picture as read to the network's input, by the name of an augmentation.

``"none"`` and ``"flip"`` (mirrored half of the time) change next to nothing; ``"erase"`` also
whites out a rectangle half of the time; ``"mild"`` and ``"strong"`` are those of the drawn and of
the real drawings of the bundled model; ``"reference"`` is the train transform of Higuchi & Yanai
(2023).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from patentzoo.errors import BlankImageError
from patentzoo.models.preprocess import Preprocess
from patentzoo.train.augment import distort_real, distort_synthetic

Grey = npt.NDArray[np.uint8]
Tensor = npt.NDArray[np.float32]

BLUR_SIGMA = (0.1, 1.0)
ERASED_AREA, ERASED_RATIO = (0.22, 0.33), (0.3, 3.3)


def augmented(name: str, grey: Grey, preprocess: Preprocess, rng: np.random.Generator) -> Tensor:
    """The network's input of one picture, changed by chance.

    Args:
        name: One of ``AUGMENTATIONS``.
        grey: uint8 (H, W); 0 ink, 255 paper.
        preprocess: The model's own.
        rng: All chance comes from it: same state, same result.

    Returns:
        float32 (1, S, S).

    Raises:
        BlankImageError: The picture holds no ink (``"reference"`` takes it all the same).
    """
    if name == "reference":
        return reference(grey, preprocess, rng)
    try:
        return preprocess(_CHANGES[name](grey, rng))
    except BlankImageError:
        return preprocess(grey)


def reference(grey: Grey, preprocess: Preprocess, rng: np.random.Generator) -> Tensor:
    """The reference's train transform, in its order and with its libraries.

    Threshold; short side to ``size_px`` (bilinear, antialiased); random crop, padded with paper;
    mirrored p .5; Gaussian blur, sigma .1 to 1, p .5; to [0, 1]; a white rectangle of 22 to 33 % of
    the area, p .5; (x - mean) / std.

    Args:
        grey: uint8 (H, W).
        preprocess: Its ``size_px``, ``binarize``, ``mean`` and ``std``; nothing is cut to the ink.
        rng: Seeds torch for the time of the call.

    Returns:
        float32 (1, S, S).
    """
    import torch
    from PIL import Image, ImageFilter
    from torchvision import transforms

    def blur(image: Image.Image) -> Image.Image:
        """Blur by a radius drawn by chance."""
        sigma = float(torch.empty(1).uniform_(*BLUR_SIGMA))
        return image.filter(ImageFilter.GaussianBlur(radius=sigma))

    size = preprocess.size_px
    steps = transforms.Compose(
        [
            transforms.Resize(size),
            transforms.RandomCrop(size, pad_if_needed=True, fill=255),
            transforms.RandomHorizontalFlip(0.5),
            transforms.RandomApply([transforms.Lambda(blur)], 0.5),
            transforms.ToTensor(),
            transforms.RandomErasing(0.5, ERASED_AREA, ERASED_RATIO, value=1),
            transforms.Normalize(preprocess.mean, preprocess.std),
        ]
    )
    if preprocess.binarize is not None:
        grey = np.where(grey > preprocess.binarize, 255, 0).astype(np.uint8)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(1 << 62)))
        made: Tensor = steps(Image.fromarray(grey)).numpy()
    return made


def _none(grey: Grey, rng: np.random.Generator) -> Grey:
    return grey


def _flip(grey: Grey, rng: np.random.Generator) -> Grey:
    return np.ascontiguousarray(grey[:, ::-1]) if rng.random() < 0.5 else grey


def _erase(grey: Grey, rng: np.random.Generator) -> Grey:
    """Mirror, and white out a tenth to a third of the area: no scale and no rotation changes."""
    grey = _flip(grey, rng)
    if rng.random() < 0.5:
        return grey
    area, ratio = rng.uniform(0.1, 0.33), np.exp(rng.uniform(np.log(0.3), np.log(3.3)))
    height, width = grey.shape
    h = min(height, max(1, round(height * np.sqrt(area * ratio))))
    w = min(width, max(1, round(width * np.sqrt(area / ratio))))
    y, x = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
    erased = grey.copy()
    erased[y : y + h, x : x + w] = 255
    return erased


_CHANGES: dict[str, Callable[[Grey, np.random.Generator], Grey]] = {
    "none": _none,
    "flip": _flip,
    "erase": _erase,
    "mild": distort_synthetic,
    "strong": distort_real,
}
