"""8 bits: an OpenVINO graph whose products are of whole numbers, calibrated on drawings.

Post-training quantisation by NNCF (its scheme is that of Jacob et al., CVPR 2018: a scale a tensor
of activations, a scale a row of weights), with NNCF's correction of biases. SmoothQuant (Xiao et
al., ICML 2023), NNCF's custom for transformers, is off: it cost the reference's network accuracy.

The graph is made in a process of its own, which runs ``quantize_worker.py``: NNCF prints as it
works, replaces the class of Python's loggers, and holds on to what it has measured.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from patentzoo.models.backend import FloatArray
from patentzoo.system.cores import free_cores

if TYPE_CHECKING:
    from patentzoo.models.preprocess import Preprocess

EVERY = 4
"""The gallery holds five views a patent; each fourth drawing calibrates: every patent, any view."""


def calibration_pages(preprocess: Preprocess) -> FloatArray:
    """The drawings whose passage through a network says how far its numbers reach.

    Returns:
        float32 (25, 1, S, S): of the gallery that ships with the package.
    """
    from PIL import Image

    gallery = resources.files("patentzoo").joinpath("samples")
    names = sorted(each.name for each in gallery.iterdir() if each.name.endswith(".png"))
    pages = []
    for name in names[::EVERY]:
        with gallery.joinpath(name).open("rb") as stream, Image.open(stream) as image:
            pages.append(preprocess(np.asarray(image.convert("L"))))
    return np.stack(pages)


def quantise(graph: Path, pages: FloatArray, out: Path, *, singly: bool) -> None:
    """Write a graph again, in 8 bits.

    Args:
        graph: The ``graph.xml`` in float32.
        pages: float32 (n, 1, S, S): what is to calibrate it.
        out: The new ``graph.xml``.
        singly: For one page at a time, see ``OpenVINOBackend``.

    Raises:
        RuntimeError: NNCF cannot take over this network.
    """
    with tempfile.TemporaryDirectory(prefix="patentzoo-") as scratch:
        drawings = Path(scratch, "pages.npy")
        np.save(drawings, pages)
        command = [sys.executable, "-m", "patentzoo.backends.quantize_worker"]
        command += [str(graph), str(drawings), str(out), "one" if singly else "any"]
        # The child's threads are not more than the parent may use.
        environment = os.environ | {"OMP_NUM_THREADS": str(free_cores())}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, errors="replace", check=False
        )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise RuntimeError(lines[-1])
