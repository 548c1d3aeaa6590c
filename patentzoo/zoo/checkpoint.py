"""Read a foreign checkpoint without running any of it, and fit its tensors to a network."""

from __future__ import annotations

import fnmatch
import pickle
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patentzoo.errors import WeightsError
from patentzoo.zoo.archive import check_torch_zip, kind_of_file

if TYPE_CHECKING:
    import torch

    State = dict[str, torch.Tensor]

_WRAPPERS = ("state_dict", "model_state_dict", "model", "network", "net")
_PREFIXES = ("module.", "_orig_mod.")
"""What ``DataParallel`` and ``torch.compile`` put before every name."""


def read_checkpoint(path: Path) -> State:
    """Read the tensors of a .pth, .pt, .ckpt, .bin or .safetensors file, by its contents.

    A pickle is read by torch's restricted reader (``weights_only=True``), which makes tensors and
    plain containers and calls nothing else.

    Returns:
        Name to tensor on the CPU; the prefixes of ``DataParallel`` and ``torch.compile`` are off.

    Raises:
        WeightsError: No checkpoint, damaged, or one that would have to run code.
    """
    kind = kind_of_file(path)
    if kind == "html":
        raise WeightsError(f"{path.name}: a web page, no checkpoint. Fetch the file itself.")
    if kind not in ("torch", "pickle", "safetensors"):
        raise WeightsError(f"{path.name}: no checkpoint of torch and no safetensors file.")
    if kind == "safetensors":
        return _without_prefixes(_read_safetensors(path))
    return _without_prefixes(_tensors(_read_pickle(path, kind), path))


def fit(
    state: Mapping[str, torch.Tensor], network: torch.nn.Module, unused: Sequence[str] = ()
) -> State:
    """Give a checkpoint's tensors the names this network's have today.

    The backbone's tensors go through timm's own filter for old checkpoints, where theirs are not
    today's names: patch merging stood at ``layers.N.downsample`` in timm 0.6 and stands at
    ``layers.N+1.downsample`` now; tables that follow from the geometry were saved, and are no more.

    Args:
        state: Name to tensor.
        network: With the attribute ``backbone``, a timm model.
        unused: Patterns of names the network has no use for.

    Returns:
        As ``network.state_dict()`` has them: every name, every shape, no other.

    Raises:
        WeightsError: It does not fit; the message names what lacks, what is left over, and shapes.
    """
    wanted = network.state_dict()
    kept = {
        name: tensor
        for name, tensor in state.items()
        if name in wanted or not any(fnmatch.fnmatchcase(name, each) for each in unused)
    }
    if kept.keys() != wanted.keys():
        kept = _renamed(kept, network)
    _require_equal_names_and_shapes(kept, wanted)
    for name, tensor in kept.items():
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            raise WeightsError(f"{name} holds values that are not finite; the file is damaged.")
    return kept


def _read_pickle(path: Path, kind: str) -> Any:
    import torch

    if kind == "torch":
        check_torch_zip(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickle protocols: it reads them, or refuses
            return torch.load(path, map_location="cpu", weights_only=True, mmap=kind == "torch")
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{path.name}: refused, nothing of it was run. It holds more than tensors, and reading "
            f"that would run code of whoever wrote it ({_first_line(error)}). Ask for a file made "
            "by torch.save(model.state_dict()), or for safetensors."
        ) from error
    except (RuntimeError, EOFError, ValueError, KeyError, AttributeError, IndexError) as error:
        raise WeightsError(
            f"{path.name}: cannot be read as a checkpoint ({_first_line(error)}); cut off or "
            "damaged. Fetch it again."
        ) from error


def _read_safetensors(path: Path) -> State:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, ValueError) as error:
        raise WeightsError(f"{path.name}: damaged ({error}). Fetch it again.") from error


def _tensors(loaded: Any, path: Path) -> State:
    """The state dict in what was saved: itself, or under one of the usual names."""
    import torch

    for _ in range(3):
        if not isinstance(loaded, Mapping):
            break
        if loaded and all(isinstance(value, torch.Tensor) for value in loaded.values()):
            return {str(name): tensor for name, tensor in loaded.items()}
        inner = next((loaded[name] for name in _WRAPPERS if name in loaded), None)
        if inner is None:
            keys = ", ".join(map(str, list(loaded)[:5])) or "nothing"
            raise WeightsError(f"{path.name}: no state dict in it; it holds {keys}.")
        loaded = inner
    raise WeightsError(f"{path.name}: holds {type(loaded).__name__}, no state dict.")


def _without_prefixes(state: State) -> State:
    for prefix in _PREFIXES * 2:
        if state and all(name.startswith(prefix) for name in state):
            state = {name.removeprefix(prefix): tensor for name, tensor in state.items()}
    return state


def renamed_by_timm(state: State, backbone: Any) -> State:
    """A backbone's tensors under today's names, by timm's own filter for older checkpoints."""
    module = sys.modules[type(backbone).__module__]
    rename = getattr(module, "checkpoint_filter_fn", None)
    if rename is None:
        return state
    try:
        renamed: State = rename(state, backbone)
    except (KeyError, AttributeError, RuntimeError, ValueError, IndexError, TypeError):
        return state  # not a checkpoint of this kind of network; the comparison says what it is
    return renamed


def _renamed(state: State, network: torch.nn.Module) -> State:
    start = "backbone."
    old = {n.removeprefix(start): t for n, t in state.items() if n.startswith(start)}
    rest = {n: t for n, t in state.items() if not n.startswith(start)}
    new = renamed_by_timm(old, network.backbone)
    return {start + name: tensor for name, tensor in new.items()} | rest


def _require_equal_names_and_shapes(
    state: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor]
) -> None:
    lacking, extra = sorted(wanted.keys() - state.keys()), sorted(state.keys() - wanted.keys())
    shapes = [
        f"{name} {tuple(state[name].shape)} instead of {tuple(wanted[name].shape)}"
        for name in sorted(wanted.keys() & state.keys())
        if state[name].shape != wanted[name].shape
    ]
    found = [
        f"{len(names)} {what} ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
        for names, what in (
            (lacking, "tensors are missing"),
            (extra, "have no place in the network"),
            (shapes, "have another shape"),
        )
        if names
    ]
    if found:
        raise WeightsError(f"{len(state)} tensors: {'; '.join(found)}.")


def _first_line(error: Exception) -> str:
    text = str(error).replace("Weights only load failed. ", "")
    return (text.strip().splitlines() or [type(error).__name__])[0][:200]
