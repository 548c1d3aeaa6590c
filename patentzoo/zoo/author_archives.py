"""Weights that only their authors offer: fetched from their addresses, converted, kept."""

from __future__ import annotations

import dataclasses
import logging
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

from patentzoo.errors import ConfigError, DownloadError, WeightsError
from patentzoo.system.files import sha256_of
from patentzoo.zoo.cache import CacheEntry
from patentzoo.zoo.card import Card
from patentzoo.zoo.convert import Converted, convert_file
from patentzoo.zoo.download import download
from patentzoo.zoo.registry import CARD_FILE
from patentzoo.zoo.store import verify_weights
from patentzoo.zoo.weight_sources import ArchiveSource

logger = logging.getLogger(__name__)


def from_authors(
    card: Card, source: ArchiveSource, entry: CacheEntry, *, offline: bool, progress: bool
) -> tuple[Card, Path]:
    """A model from the cache, or else from its authors.

    Returns:
        The card with the weights' hash and size, and the verified weights.

    Raises:
        DownloadError: None of the addresses gave it, or offline and not in the cache.
        WeightsError: Offline, and the cached weights are damaged.
        OutputError: The cache cannot be written.
    """
    if found := _kept(card, entry, offline):
        return found
    if offline:
        raise DownloadError(
            f"{card.name} is not in the cache ({entry.root}), and the network may not be used. "
            f"Where it may: patentzoo fetch {card.name}; a file you have: patentzoo convert FILE "
            f"--card {card.name}"
        )
    with entry.lock():
        # Another process may have fetched it while this one waited.
        if not (found := _kept(card, entry, offline)):
            entry.remove_orphans()
            done = _fetch(card, source, entry, progress)
            _say_where_from(card, source, done)
            found = _kept(card, entry, offline)
    if found is None:
        raise WeightsError(f"{entry.folder}: not what was written. The disk is faulty or full.")
    return found


def _kept(card: Card, entry: CacheEntry, offline: bool) -> tuple[Card, Path] | None:
    """The cached model, if it is there and whole; a damaged one is as good as none, online."""
    if not (entry.folder / CARD_FILE).is_file():
        return None
    try:
        kept = Card.read(entry.folder / CARD_FILE)
        # A card that states a hash decides; else the one noted when the file was converted.
        expected = card.weights if card.weights.sha256 else kept.weights
        weights = entry.folder / kept.weights.file
        verify_weights(weights, expected)
    except (WeightsError, ConfigError) as error:
        if offline:
            raise
        logger.warning("%s in the cache is damaged, and fetched anew: %s", card.name, error)
        return None
    # The publisher's file decides the weights, today's card all else.
    return dataclasses.replace(card, weights=kept.weights), weights


def _fetch(card: Card, source: ArchiveSource, entry: CacheEntry, progress: bool) -> Converted:
    """Try the addresses in order; keep nothing of a file that turned out to be no model."""
    reasons: list[str] = []
    for number, url in enumerate(source.urls):
        target = entry.downloads / str(number) / _file_name(url)
        try:
            # A whole file is here where its conversion was interrupted.
            if not target.is_file():
                logger.info("%s: fetching %s", card.name, url)
                download(url, target, progress=progress)
            _check_sum(target, source.sha256)
            done = convert_file(target, card, entry.folder, entry, origin=url)
        except (DownloadError, WeightsError) as error:
            target.unlink(missing_ok=True)
            reasons.append(str(error))
            continue
        shutil.rmtree(entry.downloads, ignore_errors=True)
        return done
    raise DownloadError(
        f"{card.name} could not be fetched from its publisher.\n"
        + "\n".join(f"  {reason}" for reason in reasons)
    )


def _check_sum(file: Path, expected: str) -> None:
    if expected and (found := sha256_of(file)) != expected:
        raise WeightsError(
            f"{file.name}: SHA-256 {found[:12]}..., its publisher says {expected[:12]}...."
        )


def _file_name(url: str) -> str:
    """The last part of an address, fit for a file's name."""
    last = unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in last)[-80:] or "file"


def _say_where_from(card: Card, source: ArchiveSource, done: Converted) -> None:
    if done.first and not source.sha256:
        logger.warning(
            "%s: fetched from %s, checkpoint %s. Its publisher gives no hash to check it against; "
            "its SHA-256 is noted from now on: %s (file), %s (checkpoint).",
            card.name,
            source.host,
            done.checkpoint,
            done.file_sha256,
            done.checkpoint_sha256,
        )
    if source.terms:
        logger.warning("%s: %s", card.name, source.terms)
