"""The self-check: a backend's vectors of a few drawings against plain float32 torch's.

Those of the bundled models ship with the package, so that torch need not be imported for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from patentzoo.models.backend import Backend, FloatArray
from patentzoo.models.preprocess import Preprocess
from patentzoo.system.opencv import load_cv2

LEAST_COSINE = 0.999
LEAST_COSINE_INT8 = 0.8
"""Below it a graph in 8 bits is broken, not rough."""
PAGE_PX = 480


def probe_pages(preprocess: Preprocess, count: int = 4) -> FloatArray:
    """Drawings in the manner of patents, the same at every call.

    Returns:
        float32 (count, 1, S, S), as ``preprocess`` makes them.
    """
    cv2 = load_cv2()
    rng = np.random.default_rng(7)
    pages = []
    for number in range(count):
        page = np.full((PAGE_PX, PAGE_PX), 255, np.uint8)
        for _ in range(3 + 3 * number):
            x, y, width, height = (int(value) for value in rng.integers(40, PAGE_PX - 40, 4))
            cv2.line(page, (x, y), (width, height), 0, 2, cv2.LINE_AA)
            axes = (width // 4 + 5, height // 4 + 5)
            cv2.ellipse(page, (x, y), axes, width, 0, 360, 0, 1 + number % 2, cv2.LINE_AA)
            cv2.rectangle(page, (x, y), (x + width // 5, y + height // 5), 0, 2)
        pages.append(preprocess(page))
    return np.stack(pages)


KNOWN = Path(__file__).with_name("known_rows.safetensors")
"""torch's vectors of the drawings, by bundled model: ``python -m docs.tools known-rows``."""


def known_key(fingerprint: str, pages: FloatArray) -> str:
    """What vectors are kept under: the model's fingerprint, and a digest of the drawings."""
    return f"{fingerprint} {hashlib.sha256(pages.tobytes()).hexdigest()[:16]}"


def known_rows(fingerprint: str, pages: FloatArray) -> FloatArray | None:
    """torch's vectors of the drawings, as they ship; None of any other model."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(KNOWN, "np") as stored:
            key = known_key(fingerprint, pages)
            found = key in set(stored.keys())
            rows: FloatArray | None = stored.get_tensor(key) if found else None
    except (OSError, SafetensorError):
        return None
    return rows


def least_cosine(
    backend: Backend, reference: Callable[[FloatArray], FloatArray], pages: FloatArray
) -> float:
    """The smallest cosine between the two backends' vectors, over a batch and a page alone.

    NaN where a backend gives rows that are not finite or of another shape.
    """
    expected = reference(pages)
    rows = np.concatenate([backend(pages), backend(pages[:1])])
    wanted = np.concatenate([expected, expected[:1]])
    if rows.shape != wanted.shape:
        return float("nan")
    return float((rows.astype(np.float64) * wanted).sum(1).min())
