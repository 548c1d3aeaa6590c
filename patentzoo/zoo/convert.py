"""From a publisher's file to a model folder: find the checkpoint, fit, load strictly, save.

1. Look: a file is known by its contents; every CRC-32 of a zip is checked.
2. Find the checkpoint whose tensors, by name and shape, are those of the card's network.
3. Read it by ``torch.load(weights_only=True)``: tensors and plain containers, nothing that runs.
4. Map names: prefixes of ``DataParallel`` and ``torch.compile`` go, the backbone's pass timm's own
   filter; tables that follow from the geometry are made anew, what the card calls ``unused`` goes.
5. Load strictly: no tensor lacks or is left over, none has another shape or is not finite.
6. Save ``model.safetensors`` in float32, then note the hashes in the cache, under ``records``. A
   crash in between leaves the model without a note: the next hash is taken on trust.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from patentzoo import __version__
from patentzoo.errors import ConfigError, WeightsError
from patentzoo.system.files import file_to_write, sha256_of
from patentzoo.system.torch_settings import for_building
from patentzoo.zoo.archive import CheckpointMember, find_members, kind_of_file, member_names, unpack
from patentzoo.zoo.cache import Cache, CacheEntry
from patentzoo.zoo.card import Card
from patentzoo.zoo.checkpoint import fit, read_checkpoint
from patentzoo.zoo.registry import card_named, entry_name
from patentzoo.zoo.store import check_model_folder, save_model_dir
from patentzoo.zoo.weight_sources import ArchiveSource

if TYPE_CHECKING:
    from patentzoo.models.networks import EmbeddingNetwork

logger = logging.getLogger(__name__)

_ANY = ArchiveSource(urls=("https://localhost/",))
"""How to look for a checkpoint where a card names no archive."""


@dataclasses.dataclass(frozen=True)
class Converted:
    """What became of a publisher's file.

    Attributes:
        folder: The model folder.
        checkpoint: Name of the checkpoint, in the zip if it was one.
        checkpoint_sha256: 64 hex digits over it.
        file_sha256: 64 hex digits over the file that was given or fetched.
        first: True where no earlier hash of this model's checkpoint was known here.
    """

    folder: Path
    checkpoint: str
    checkpoint_sha256: str
    file_sha256: str
    first: bool


def convert(
    file: str | PathLike[str],
    name: str,
    *,
    out: str | PathLike[str] | None = None,
    cache_dir: str | PathLike[str] | None = None,
    overwrite: bool = False,
) -> Converted:
    """Turn a checkpoint its publisher offers into a model that ``load_model`` opens.

    Args:
        file: A checkpoint (.pth and the like, or safetensors), or a zip with checkpoints in it.
        name: The card that says what network it is for, or a folder with one.
        out: The folder to write; by default the cache, so that ``load_model(name)`` finds it.
        cache_dir: Another cache.
        overwrite: Replace a model that is at ``out``; one in the cache makes way in any case.

    Returns:
        Where the model is, and the hashes of what it was made from.

    Raises:
        WeightsError: Nothing in it fits the card; the message lists what was found.
        ModelNotFoundError: No card has that name.
        ConfigError: The file is not there.
        OutputError: The folder cannot be written, or holds a model and ``overwrite`` was not
            given.
    """
    (card, folder), path = card_named(name), Path(file)
    if not path.is_file():
        raise ConfigError(f"{path}: no such file. Give the checkpoint, or the publisher's zip.")
    if out is not None:
        check_model_folder(file_to_write(out), overwrite=overwrite)
    entry = Cache.at(cache_dir).entry(entry_name(card, folder))
    with entry.lock():
        entry.remove_orphans()
        target = entry.folder if out is None else Path(out)
        return convert_file(path, card, target, entry, origin=path.name)


@for_building()
def convert_file(
    path: Path, card: Card, folder: Path, entry: CacheEntry, *, origin: str
) -> Converted:
    """Convert a file for a card, and note its hashes; see :func:`convert`.

    Args:
        path: The file.
        card: What it is to become.
        folder: Where to.
        entry: Holds the note; a checkpoint other than the one noted there is refused.
        origin: Where the file came from, for the note.
    """
    from patentzoo.models.networks import NetworkConfig, build_network

    archive = next((s for s in card.sources if isinstance(s, ArchiveSource)), _ANY)
    network = build_network(NetworkConfig.from_dict(dict(card.network)))
    scratch = entry.downloads / "checkpoint"
    try:
        scratch.parent.mkdir(parents=True, exist_ok=True)
        if kind_of_file(path) == "zip":
            checkpoint, digest = _from_zip(path, network, archive, scratch)
        else:
            checkpoint, digest = path.name, _load(path, network, archive)
    except OSError as error:
        raise entry.unwritable(error) from error
    finally:
        scratch.unlink(missing_ok=True)
    known = entry.record()
    _require_the_same(known, card, checkpoint, digest, entry)
    done = Converted(folder, checkpoint, digest, sha256_of(path), first=not known)
    provenance = _provenance(card, digest)
    save_model_dir(folder, network, card, half=False, metadata=provenance, overwrite=True)
    entry.write_record(
        {
            "model": card.name,
            "from": origin,
            "file_sha256": done.file_sha256,
            "checkpoint": checkpoint,
            "checkpoint_sha256": digest,
            "converted_by": f"patentzoo {__version__}",
        },
    )
    return done


def _from_zip(
    path: Path, network: EmbeddingNetwork, archive: ArchiveSource, scratch: Path
) -> tuple[str, str]:
    """Try a zip's members, the latest epoch first -> name and hash of the one that fits."""
    found: list[str] = []
    for member in find_members(path, archive.patterns):
        try:
            digest = _load(unpack(path, member, scratch), network, archive)
        except WeightsError as error:
            found.append(f"{member.name}: {str(error).removeprefix('checkpoint: ')}")
        else:
            logger.info("%s: %s is the checkpoint.", path.name, member.name)
            return member.name, digest
    raise WeightsError(_nothing_fits(path, found, find_members(path, archive.patterns)))


def _nothing_fits(path: Path, found: list[str], tried: list[CheckpointMember]) -> str:
    others = sorted(set(member_names(path)) - {member.name for member in tried})
    lines = [*found, *(f"{name}: not looked at, by its name" for name in others)]
    shown = "\n".join(f"  {line}" for line in lines[:20])
    more = f"\n  and {len(lines) - 20} more" if len(lines) > 20 else ""
    return f"{path.name}: none of its {len(lines)} files is the checkpoint.\n{shown}{more}"


def _load(path: Path, network: EmbeddingNetwork, archive: ArchiveSource) -> str:
    """Load a checkpoint strictly -> its SHA-256."""
    state = fit(read_checkpoint(path), network, archive.unused)
    network.load_state_dict(state, strict=True)
    return sha256_of(path)


def _require_the_same(
    known: dict[str, str], card: Card, checkpoint: str, digest: str, entry: CacheEntry
) -> None:
    """Raise WeightsError where another checkpoint was noted for this card before."""
    noted = known.get("checkpoint_sha256", digest)
    if noted != digest:
        raise WeightsError(
            f"{card.name}: {checkpoint} has SHA-256 {digest[:12]}..., but {known['checkpoint']}, "
            f"converted before, has {noted[:12]}.... Its publisher has changed the file, or it is "
            f"another one. To take the new one, delete {entry.record_file}."
        )


def _provenance(card: Card, digest: str) -> dict[str, str]:
    # One entry, and no name, date or version: the same checkpoint makes the same bytes everywhere.
    facts = {
        "card": card.name,
        "checkpoint_sha256": digest,
        "licence": card.licence,
        "citation": card.citation,
    }
    return {"provenance": json.dumps(facts, ensure_ascii=False)}
