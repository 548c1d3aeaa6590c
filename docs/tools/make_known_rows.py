"""torch's vectors of the self-check's drawings by the bundled models, which ship with the package.

A backend is held against them where torch would otherwise have to be imported for nothing else.
"""

from __future__ import annotations

import numpy as np
from safetensors.numpy import load_file, save_file

from patentzoo import load_model
from patentzoo.backends.self_check import KNOWN, known_key, probe_pages
from patentzoo.models.backend import FloatArray
from patentzoo.zoo.registry import list_models
from patentzoo.zoo.weight_sources import PackageSource


def rows() -> dict[str, FloatArray]:
    """Vectors by model and drawings."""
    found = {}
    for card in list_models():
        if any(isinstance(source, PackageSource) for source in card.sources):
            model = load_model(card.name, device="cpu", backend="torch")
            pages = probe_pages(model.preprocess)
            found[known_key(model.fingerprint, pages)] = np.ascontiguousarray(model.encode(pages))
    return found


def main() -> None:
    """Write the file, unless what it says holds: another machine's last digits are no news."""
    found = rows()
    old = load_file(KNOWN) if KNOWN.is_file() else {}
    same = old.keys() == found.keys()
    if not (same and all(np.allclose(old[key], found[key], atol=1e-5) for key in found)):
        save_file(found, KNOWN)
