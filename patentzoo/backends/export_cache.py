"""Exported graphs, kept by fingerprint: written whole, verified when opened, made again if damaged.

<cache>/graphs/<fingerprint>/<graph>-<versions>/    graph.xml and graph.bin, or graph.onnx
<cache>/graphs/<fingerprint>/verdicts.json          which backends agree with torch: selection.py
<cache>/locks/graphs-<fingerprint>.lock             one process at a time exports
"""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from patentzoo.backends.registry import BACKENDS, LARGE, BackendSpec
from patentzoo.errors import ModelError, OutputError
from patentzoo.models.backend import Backend, ModelSource
from patentzoo.system.files import sha256_of, write_text
from patentzoo.system.torch_settings import for_building

logger = logging.getLogger(__name__)

FORMAT = 1
"""Raised whenever this package exports differently."""
DIGESTS = "digests.json"
EXPORTERS = {
    "openvino": ("torch", "openvino"),
    "openvino-int8": ("torch", "openvino", "nncf"),
    "onnx": ("torch", "onnxscript", "onnx"),
}
"""Whose versions decide what a graph looks like."""


def open_graph(kind: BackendSpec, subject: ModelSource) -> Backend:
    """Open a network's graph; export it first where there is none, or only a damaged one.

    Raises:
        OutputError: The cache cannot be written.
        ModelError: The exporter cannot record this network.
    """
    folder = graph_folder(kind, subject)
    if not is_whole(folder):
        with locked(subject):
            if not is_whole(folder):  # else another process has just made it
                _export(kind, subject, folder)
    return _opened(kind, folder, subject)


def _opened(kind: BackendSpec, folder: Path, subject: ModelSource) -> Backend:
    if kind.family == "openvino":
        from patentzoo.backends.openvino_backend import OpenVINOBackend

        return OpenVINOBackend(folder, kind.name, singly=subject.weights >= LARGE)
    from patentzoo.backends.onnx_backend import OnnxBackend

    return OnnxBackend(folder, kind.name)


def graph_folder(kind: BackendSpec, subject: ModelSource) -> Path:
    """Where a network's graph is kept; another version of an exporter, another folder."""
    versions = "-".join(metadata.version(name) for name in EXPORTERS[kind.graph])
    name = f"{kind.graph}-{FORMAT}-{versions.replace('+', '_')}"
    return subject.cache / "graphs" / subject.fingerprint / name


def is_whole(folder: Path) -> bool:
    """Whether every file is there, byte for byte as it was written."""
    try:
        digests = json.loads((folder / DIGESTS).read_text(encoding="utf-8"))
        whole = bool(digests) and all(
            sha256_of(folder / name) == found for name, found in digests.items()
        )
    except (OSError, ValueError, AttributeError, TypeError):
        whole = False
    if not whole and folder.exists():
        logger.warning("%s: the cached graph is damaged; making it again.", folder)
    return whole


@contextmanager
def locked(subject: ModelSource) -> Iterator[None]:
    """Let one process at a time write a network's graphs; a killed one's lock is free.

    Raises:
        OutputError: The cache cannot be written.
    """
    from filelock import FileLock

    file = subject.cache / "locks" / f"graphs-{subject.fingerprint[:16]}.lock"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file, poll_interval=0.1):
            yield
    except OSError as error:
        raise OutputError(
            f"{subject.cache}: the cache of graphs cannot be written ({error.strerror or error}). "
            "Choose another place: cache_dir=, or the variable PATENTZOO_CACHE; backend='torch' "
            "needs none."
        ) from error


def _export(kind: BackendSpec, subject: ModelSource, folder: Path) -> None:
    logger.info("%s: exporting the network for %s, once.", subject.name, kind.graph)
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f".{folder.name}-*"):  # by a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        new = Path(scratch, "new")
        new.mkdir()
        if kind.precision == "i8":
            _write_int8(kind, subject, new)
        else:
            _write(kind, subject, new)
        digests = {file.name: sha256_of(file) for file in sorted(new.iterdir())}
        write_text(new / DIGESTS, json.dumps(digests, indent=2) + "\n")
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)


def _write(kind: BackendSpec, subject: ModelSource, folder: Path) -> None:
    if kind.family == "openvino":
        from patentzoo.backends.openvino_backend import export, write_stored

        if write_stored(subject, folder):
            return
    else:
        from patentzoo.backends.onnx_backend import export
    asked, network = subject.fingerprint, subject.build()
    if subject.fingerprint != asked:
        raise ModelError(
            f"{subject.name}: its file stores numbers in other types than the network holds them. "
            "Save it anew by save_model_dir, or use backend='torch'."
        )
    try:
        with for_building():
            export(network, subject.preprocess.size, folder)
    except OSError:
        raise
    except Exception as error:  # each exporter raises its own on a network it cannot record
        raise ModelError(
            f"{subject.name}: {kind.family} cannot take over this network "
            f"({type(error).__name__}: {str(error).splitlines()[0] if str(error) else error}). "
            "Use backend='torch'."
        ) from error


def _write_int8(kind: BackendSpec, subject: ModelSource, folder: Path) -> None:
    from patentzoo.backends.openvino_backend import GRAPH
    from patentzoo.backends.quantize import calibration_pages, quantise

    plain = BACKENDS[kind.family]
    whole = graph_folder(plain, subject)
    if not is_whole(whole):
        _export(plain, subject, whole)
    pages = calibration_pages(subject.preprocess)
    try:
        quantise(whole / GRAPH, pages, folder / GRAPH, singly=subject.weights >= LARGE)
    except RuntimeError as error:
        raise ModelError(
            f"{subject.name}: NNCF cannot put this network into 8 bits ({error}). "
            "Use another backend."
        ) from error
