"""Repositories of a hub whose weights are a pickle only: read without running it, kept as tensors.

1. The configuration and the pickle are fetched from one commit.
2. The pickle is read by torch's restricted reader, and a network built to see that it fits.
3. ``card.toml`` and ``model.safetensors`` are written to a scratch folder, then moved into place: a
   crash before that leaves the cache, or ``out``, as it was.
"""

from __future__ import annotations

import dataclasses
import tempfile
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from patentzoo.errors import ModelNotFoundError, OutputError, WeightsError
from patentzoo.system.files import sha256_of
from patentzoo.system.torch_settings import for_building
from patentzoo.zoo.cache import Cache
from patentzoo.zoo.card import Card, Weights
from patentzoo.zoo.checkpoint import read_checkpoint
from patentzoo.zoo.convert import Converted
from patentzoo.zoo.described import PICKLES, Described, describe
from patentzoo.zoo.foreign import bare_card
from patentzoo.zoo.foreign_kinds import with_dim
from patentzoo.zoo.hub import FileMissingError, Repository, fetch_file
from patentzoo.zoo.registry import CARD_FILE
from patentzoo.zoo.store import (
    WEIGHTS_FILE,
    check_model_folder,
    put_model_folder,
    save_tensors,
)
from patentzoo.zoo.stored_network import StoredNetwork

if TYPE_CHECKING:
    import torch


@for_building()
def convert_repository(
    address: str,
    *,
    out: str | PathLike[str] | None = None,
    cache_dir: str | PathLike[str] | None = None,
    offline: bool = False,
    overwrite: bool = False,
) -> Converted:
    """Turn a repository's pickle into a model that ``load_model`` opens.

    Args:
        address: ``hf://organisation/name@revision``, a repository of timm or open_clip.
        out: The folder to write; by default the cache, so that ``load_model(address)`` finds it.
        cache_dir: Another cache.
        offline: Only what is in the cache.
        overwrite: Replace a model that is at ``out``; one in the cache makes way in any case.

    Raises:
        WeightsError: The pickle would run code, is damaged, or does not fit the configuration.
        ModelNotFoundError: No repository of a known kind, or no pickle in it.
        OutputError: The folder cannot be written, or holds a model and ``overwrite`` was not
            given.
    """
    cache = Cache.at(cache_dir)
    described = describe(Repository.parse(address), cache, offline=offline)
    if out is not None:
        check_model_folder(Path(out), overwrite=overwrite)
    pickle = _pickle(described, cache, offline)
    state = {k: t.contiguous().clone() for k, t in read_checkpoint(pickle).items()}
    with described.entry.lock():
        described.entry.remove_orphans()
        target = described.entry.folder if out is None else Path(out)
        _write(described, state, target, cache)
    digest = sha256_of(pickle)
    return Converted(target, pickle.name, digest, digest, first=True)


def _pickle(described: Described, cache: Cache, offline: bool) -> Path:
    names = PICKLES[described.model.layout]
    for name in names:
        try:
            return fetch_file(described.repository, name, cache, offline=offline)
        except FileMissingError:
            continue
    raise ModelNotFoundError(f"{described.repository}: there is no {' or '.join(names)} in it.")


def _write(
    described: Described, state: dict[str, torch.Tensor], target: Path, cache: Cache
) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
            new = Path(scratch, "new")
            saved = save_tensors(new / WEIGHTS_FILE, state)
            card = _card(described, saved)
            try:
                StoredNetwork(card, new / WEIGHTS_FILE, cache.root).build()
            except WeightsError as error:
                raise WeightsError(
                    f"{described.repository}: the pickle does not fit its configuration: "
                    f"{error.__cause__ or error}"
                ) from error
            (new / CARD_FILE).write_text(card.to_toml(), encoding="utf-8")
            put_model_folder(new, target, Path(scratch, "old"))
    except OSError as error:
        raise OutputError(f"{target} cannot be written ({error.strerror}).") from error


def _card(described: Described, saved: Weights) -> Card:
    network = with_dim(described.model.network, described.model.preprocess)
    return dataclasses.replace(
        bare_card(described),
        dim=int(network["dim"]),
        network=network,
        weights=dataclasses.replace(saved, layout=described.model.layout),
    )
