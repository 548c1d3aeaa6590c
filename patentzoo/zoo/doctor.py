"""What a bug report needs: versions, devices, packages installed twice over, the cache."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from os import PathLike
from pathlib import Path
from typing import Literal

from patentzoo import __version__
from patentzoo.errors import PatentZooError
from patentzoo.zoo.cache import CACHE_VARIABLE, OFFLINE_VARIABLES, Cache, is_offline
from patentzoo.zoo.card import Card
from patentzoo.zoo.registry import CARD_FILE, DEFAULT_MODEL, find_card, zoo_folder
from patentzoo.zoo.store import verify_weights

State = Literal["ok", "note", "failed"]
LIBRARIES = ("torch", "torchvision", "timm", "numpy", "safetensors", "huggingface_hub", "requests")
PROVIDERS = {
    "faiss": ("faiss-gpu", "faiss-cpu"),
    "cv2": (
        "opencv-python",
        "opencv-python-headless",
        "opencv-contrib-python",
        "opencv-contrib-python-headless",
    ),
}
"""Distributions that write the same files: pip lets several in, and the last one wins in part."""
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: What.
        state: ``"failed"`` asks for the repair; ``"note"`` is worth knowing.
        detail: What was found.
        repair: The command or sentence that mends it.
    """

    subject: str
    state: State
    detail: str
    repair: str = ""


def examine(cache_dir: str | PathLike[str] | None = None) -> list[Finding]:
    """Examine versions, devices, backends and cached models; open no socket, change nothing.

    Args:
        cache_dir: Another cache than the usual one.

    Returns:
        What was found, in the order in which ``patentzoo doctor`` prints it.
    """
    return [
        Finding("patentzoo", "ok", f"{__version__} on Python {platform.python_version()}"),
        Finding("system", "ok", f"{platform.system()} {platform.machine()}"),
        *_versions(),
        *(provider(module) for module in PROVIDERS),
        *_devices(),
        *_backends(Cache.at(cache_dir)),
        *_cache(Cache.at(cache_dir)),
    ]


def provider(module: str) -> Finding:
    """Which installed distribution provides ``faiss`` or ``cv2``: exactly one should."""
    found = [(name, version) for name in PROVIDERS[module] if (version := version_of(name))]
    if len(found) == 1:
        return Finding(module, "ok", "{} {}".format(*found[0]))
    names = [name for name, _ in found]
    if not found:
        wanted = _wanted(module, list(PROVIDERS[module]))
        return Finding(module, "failed", "no distribution provides it", f"pip install {wanted}")
    keep = _wanted(module, names)
    return Finding(
        module,
        "failed",
        f"{' and '.join(names)} have overwritten each other's files",
        f"pip uninstall -y {' '.join(names)} && pip install {keep}",
    )


def version_of(distribution: str) -> str:
    """Of an installed distribution; empty where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _wanted(module: str, names: list[str]) -> str:
    """Which one to keep: what patentzoo depends on here, or what needs no display."""
    if module == "faiss":
        linux = sys.platform == "linux" and platform.machine() == "x86_64"
        return "faiss-gpu" if linux else "faiss-cpu"
    contrib = [name for name in names if "contrib" in name]
    return (contrib or ["opencv-python"])[0].removesuffix("-headless")


def _versions() -> Iterator[Finding]:
    for name in LIBRARIES:
        version = version_of(name)
        state: State = "ok" if version else "failed"
        repair = "" if version else f"pip install {name}"
        yield Finding(name, state, version or "not installed", repair)


def _devices() -> Iterator[Finding]:
    try:
        import torch
    except ImportError as error:
        text = f"torch cannot be imported ({error})"
        yield Finding("devices", "failed", text, "pip install torch")
        return
    capability = torch.backends.cpu.get_cpu_capability()
    yield Finding("cpu", "ok", f"{os.cpu_count()} cores, {capability}; torch {torch.__version__}")
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            facts = torch.cuda.get_device_properties(number)
            halves = "bf16" if torch.cuda.is_bf16_supported() else "no bf16"
            memory = f"{facts.total_memory / 2**30:.0f} GiB"
            major, minor = torch.cuda.get_device_capability(number)
            text = f"{facts.name}, {memory}, {halves}, compute capability {major}.{minor}"
            yield Finding(f"cuda:{number}", "ok", text)
    else:
        built = torch.version.cuda or "none"
        yield Finding("cuda", "note", f"no device; torch was built for CUDA: {built}")
    yield _threads(torch.get_num_threads())
    mps = "available" if torch.backends.mps.is_available() else "not available"
    yield Finding("mps", "ok" if torch.backends.mps.is_available() else "note", mps)


def _backends(cache: Cache) -> Iterator[Finding]:
    """What can run a network on this CPU, and what was found of it for the bundled model."""
    from patentzoo.backends import BACKENDS
    from patentzoo.backends.cpu import has_bf16
    from patentzoo.backends.selection import asked_for, candidates, remembered
    from patentzoo.zoo.stored_network import StoredNetwork

    for extra in ("openvino", "int8", "onnx"):
        kind = next(each for each in BACKENDS.values() if each.extra == extra)
        if kind.installed:
            yield Finding(extra, "ok", f"{kind.version}; backend {kind.name!r} can be used")
        else:
            yield Finding(extra, "note", "not installed; it can run the network", kind.install)
    card = find_card(DEFAULT_MODEL)
    network = StoredNetwork(card, zoo_folder() / "weights" / card.weights.file, cache.root)
    halves = "bfloat16 in hardware" if has_bf16() else "no bfloat16 in hardware"
    try:
        stated = asked_for("auto")
        tried = (
            [stated] if stated != "auto" else [k.name for k in candidates("cpu", network.weights)]
        )
        found = [f"{name} {cosine:.6f}" for name, cosine in remembered(network, "cpu").items()]
    except (PatentZooError, OSError) as error:
        yield Finding("backend", "failed", str(error))
        return
    checked = f"; cosine to torch: {', '.join(found)}" if found else ""
    yield Finding("backend", "ok", f"auto tries {', '.join(tried)} on the CPU; {halves}{checked}")


def _threads(threads: int) -> Finding:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    stated = ", ".join(f"{name}={os.environ[name]}" for name in THREADS if name in os.environ)
    detail = f"torch uses {threads} of {usable} usable cores; {stated or 'no variable limits it'}"
    if threads > (usable or threads):
        return Finding("threads", "note", detail, f"set OMP_NUM_THREADS={usable}")
    return Finding("threads", "ok", detail)


def _cache(cache: Cache) -> Iterator[Finding]:
    from huggingface_hub import constants

    switches = ", ".join(f"{n}={os.environ[n]}" for n in OFFLINE_VARIABLES if n in os.environ)
    offline = "offline" if is_offline() else "online"
    yield Finding("network", "ok", f"{offline}; {switches or 'no offline switch is set'}")
    named = f" ({CACHE_VARIABLE})" if os.environ.get(CACHE_VARIABLE) else ""
    size_mb = cache.size_bytes() / 1e6
    yield Finding("cache", "ok", f"{cache.root}{named}, {size_mb:,.1f} MB")
    bundled = find_card(DEFAULT_MODEL)
    yield _verified(DEFAULT_MODEL, bundled, zoo_folder() / "weights" / bundled.weights.file)
    for entry in cache.entries():
        yield _verified_folder(entry.name, entry.folder)
    hub = cache.hub or Path(constants.HF_HUB_CACHE)
    for file in sorted(hub.glob(f"models--*/snapshots/*/{CARD_FILE}")):
        repo = file.parents[2].name.removeprefix("models--").replace("--", "/", 1)
        yield _verified_folder(f"hf://{repo}@{file.parent.name}", file.parent)


def _verified_folder(name: str, folder: Path) -> Finding:
    try:
        card = Card.read(folder / CARD_FILE)
    except PatentZooError as error:
        return Finding(name, "failed", str(error), _again(name))
    return _verified(name, card, folder / card.weights.file)


def _verified(name: str, card: Card, weights: Path) -> Finding:
    try:
        verify_weights(weights, card.weights)
    except PatentZooError as error:
        bundled = name == DEFAULT_MODEL
        repair = "pip install --force-reinstall --no-deps patentzoo" if bundled else _again(name)
        return Finding(name, "failed", str(error), repair)
    return Finding(name, "ok", f"{card.size_mb:,.1f} MB, SHA-256 as its card says")


def _again(name: str) -> str:
    return f"patentzoo fetch {name}"
