"""Which backend runs: the one that was named, or the fastest installed that agrees with torch.

``"auto"`` goes down a fixed list, in the order of docs/backends.md. What stands on it is checked
against float32 torch on a few drawings before it is first used; the outcome is remembered beside
the graphs, by backend, version and chip, so that later loads only read it.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from patentzoo.backends.cpu import chip
from patentzoo.backends.export_cache import locked, open_graph
from patentzoo.backends.registry import (
    AUTO,
    BACKEND_VARIABLE,
    BACKENDS,
    LARGE,
    BackendSpec,
    check_name,
)
from patentzoo.backends.self_check import (
    LEAST_COSINE,
    LEAST_COSINE_INT8,
    known_rows,
    least_cosine,
    probe_pages,
)
from patentzoo.backends.torch_backend import TorchBackend
from patentzoo.backends.torch_parts import FILE, Outcomes, Parts
from patentzoo.errors import ConfigError, ModelError, OutputError, PatentZooError
from patentzoo.models.backend import Backend, FloatArray, ModelSource
from patentzoo.system.files import write_text

logger = logging.getLogger(__name__)


def open_backend(name: str, device: str, subject: ModelSource) -> Backend:
    """Open the backend of that name, or the one that ``"auto"`` finds.

    Args:
        name: Of ``BACKENDS``, or ``"auto"``; the variable ``PATENTZOO_BACKEND`` says what
            ``"auto"`` stands for.
        device: Where to run, resolved: ``"cpu"``, ``"cuda:1"``, ``"mps"``.
        subject: The network.

    Raises:
        ConfigError: An unknown name, or one that cannot run on the device.
        MissingExtraError: Its library is not installed.
        ModelError: It cannot take over this network.
        OutputError: Its graph cannot be cached.
    """
    wanted = asked_for(name)
    if wanted == AUTO:
        backend = _fastest(device, subject)
        logger.info("%s: backend %s on %s (auto).", subject.name, backend.name, backend.device)
        return backend
    return _open(BACKENDS[wanted], device, subject)


def asked_for(name: str) -> str:
    """The name, or what the environment says ``"auto"`` is.

    Raises:
        ConfigError: No backend has that name.
    """
    check_name(name)
    if name != AUTO:
        return name
    stated = os.environ.get(BACKEND_VARIABLE) or AUTO
    try:
        check_name(stated)
    except ConfigError as error:
        raise ConfigError(f"The variable {BACKEND_VARIABLE}: {error}") from error
    return stated


def candidates(device: str, weights: int) -> list[BackendSpec]:
    """What ``"auto"`` tries on a device, fastest first; plain torch is always the last.

    On a CPU the order is that of docs/results/speed/backends.json, which differs with the size of
    the network. What has to be compiled for a minute is left to be named, and so are 8 bits, whose
    worth has to be measured first. Plain torch needs no check.
    """
    large = weights >= LARGE
    if device != "cpu":
        order = ["torch-bf16", "torch"] if large else ["torch"]
    elif large:
        order = ["openvino-bf16", "openvino-f16", "openvino", "onnx", "torch-bf16", "torch"]
    else:
        order = ["openvino-f16", "openvino-bf16", "torch-bf16", "openvino", "onnx", "torch"]
    kinds = [BACKENDS[name] for name in order]
    return [kind for kind in kinds if kind.installed and not kind.unusable_on(device)]


def _open(kind: BackendSpec, device: str, subject: ModelSource) -> Backend:
    kind.check(device)
    if kind.family == "torch":
        # A trial with a large network would take minutes, and one page of it keeps all cores busy.
        small = subject.weights < LARGE
        outcomes = Outcomes(subject.cache / FILE, f"{subject.name} {_key(kind, device)}")
        return TorchBackend(subject.build(), device, kind.name, Parts(outcomes) if small else None)
    backend = open_graph(kind, subject)
    if kind.precision == "i8":
        _check_int8(kind, backend, device, subject)
    return backend


def _fastest(device: str, subject: ModelSource) -> Backend:
    *others, plain = candidates(device, subject.weights)
    unsound: set[str] = set()
    for kind in others:
        if kind.precision in unsound:  # the numbers were too short, whichever library took them
            continue
        known = self_check_results(subject).get(_key(kind, device))
        if isinstance(known, float) and known < LEAST_COSINE:
            logger.info("%s: backend %s failed its check before.", subject.name, kind.name)
            unsound.update({kind.precision} - {"f32"})
            continue
        try:
            backend = _open(kind, device, subject)
            if known is None:
                _check(kind, backend, device, subject)
            return backend
        except (PatentZooError, OSError, RuntimeError) as error:
            logger.warning("%s: backend %s is left out: %s", subject.name, kind.name, error)
            if isinstance(error, ModelError):
                _remember(kind, device, subject, 0.0)
                unsound.update({kind.precision} - {"f32"})
    return _open(plain, device, subject)


def _check(
    kind: BackendSpec,
    backend: Backend,
    device: str,
    subject: ModelSource,
    least: float = LEAST_COSINE,
) -> float:
    """Hold a backend against plain torch, and remember the outcome.

    Returns:
        The least cosine.

    Raises:
        ModelError: It gives other vectors.
    """
    pages = probe_pages(subject.preprocess)
    cosine = least_cosine(backend, _reference(subject, device, pages), pages)
    if not cosine >= least:  # NaN, too
        raise ModelError(
            f"on the drawings of the self-check its vectors have cosine {cosine:.4f} to torch's, "
            f"less than {least}"
        )
    _remember(kind, device, subject, cosine)
    return cosine


def _reference(
    subject: ModelSource, device: str, pages: FloatArray
) -> Callable[[FloatArray], FloatArray]:
    """What plain torch makes of the drawings: as it ships, or computed now."""
    known = known_rows(subject.fingerprint, pages)
    if known is None:
        return TorchBackend(subject.build(), device)
    return lambda _: known


def _check_int8(kind: BackendSpec, backend: Backend, device: str, subject: ModelSource) -> None:
    """The same of 8 bits, which may be further off, and must not be so unnoticed.

    Raises:
        ModelError: It gives vectors of no use.
    """
    cosine = self_check_results(subject).get(_key(kind, device))
    if not isinstance(cosine, float):
        try:
            cosine = _check(kind, backend, device, subject, LEAST_COSINE_INT8)
        except ModelError as error:
            raise ModelError(
                f"{subject.name}: backend {kind.name}: {error}. Use another backend."
            ) from error
    if cosine < LEAST_COSINE:
        logger.warning(
            "%s: in 8 bits its vectors have a cosine of %.4f to float32's on the drawings of the "
            "self-check. Compare what they find before you rely on them: patentzoo evaluate "
            "--backend %s. Make index and queries by the same backend.",
            subject.name,
            cosine,
            kind.name,
        )


def _remember(kind: BackendSpec, device: str, subject: ModelSource, cosine: float) -> None:
    try:
        with locked(subject):
            found = self_check_results(subject) | {_key(kind, device): cosine}
            write_text(_results_file(subject), json.dumps(found, indent=2, sort_keys=True) + "\n")
    except OutputError as error:  # checked again next time
        logger.info("%s: %s", subject.name, error)


def self_check_results(subject: ModelSource) -> dict[str, Any]:
    """What was found of a network's backends: ``"name version device chip"`` -> cosine."""
    try:
        read = json.loads(_results_file(subject).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def remembered(subject: ModelSource, device: str) -> dict[str, float]:
    """Cosines by backend, as found on this chip with the versions that are installed."""
    found = self_check_results(subject)
    keys = {kind.name: _key(kind, device) for kind in BACKENDS.values() if kind.installed}
    return {name: found[key] for name, key in keys.items() if isinstance(found.get(key), float)}


def _results_file(subject: ModelSource) -> Path:
    return subject.cache / "graphs" / subject.fingerprint / "verdicts.json"


def _key(kind: BackendSpec, device: str) -> str:
    return f"{kind.name} {kind.version} {device.partition(':')[0]} {chip()}"
