"""Which kind of model a repository holds: read from the configuration files that it has."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from patentzoo.errors import ConfigError, DownloadError, ModelNotFoundError, PatentZooError
from patentzoo.zoo import open_clip_config, timm_config
from patentzoo.zoo.cache import Cache, CacheEntry
from patentzoo.zoo.foreign_kinds import ForeignModel
from patentzoo.zoo.hub import FileMissingError, Repository, fetch_file, list_files
from patentzoo.zoo.registry import CARD_FILE

OPEN_CLIP_FILE = "open_clip_config.json"
TIMM_FILE = "config.json"
WEIGHTS_FILES = {
    "timm": timm_config.WEIGHTS_FILES,
    "open_clip": open_clip_config.WEIGHTS_FILES,
}
PICKLES = {"timm": timm_config.PICKLES, "open_clip": open_clip_config.PICKLES}
KINDS = (
    f"a model of patentzoo ({CARD_FILE}), of open_clip ({OPEN_CLIP_FILE}) and of timm "
    f"({TIMM_FILE} with an architecture)"
)


@dataclasses.dataclass(frozen=True)
class Described:
    """A repository's configuration, read.

    Attributes:
        repository: At the commit the configuration came from.
        model: What it says.
        entry: Where its hashes are noted, and a converted copy is kept.
    """

    repository: Repository
    model: ForeignModel
    entry: CacheEntry


def describe(
    repository: Repository,
    cache: Cache,
    *,
    offline: bool,
    again: bool = False,
    layout: str | None = None,
) -> Described:
    """Read the configuration of a repository of timm or open_clip.

    Args:
        repository: Where.
        cache: Where a copy is kept.
        offline: Only that copy; no socket is opened.
        again: Ask the hub what a branch points to now, although there is a copy.
        layout: Look for this one alone; else open_clip's, which has words, before timm's.

    Raises:
        ModelNotFoundError: It is neither.
        PatentZooError: As :func:`find_model`.
    """
    ask = RepositoryFiles(repository, cache, offline, again)
    for kind, name, reader in _READERS:
        if layout not in (None, kind):
            continue
        if file := ask.file(name):
            values = _json(file, repository)
            if name == TIMM_FILE and not timm_config.is_timm(values):
                continue
            at = Repository(repository.repo, file.parent.name)
            entry = cache.entry(f"{at.repo.replace('/', '--')}--{at.revision[:12]}")
            return Described(at, reader(values, str(repository)), entry)
    raise ask.unknown()


_READERS: tuple[tuple[str, str, Callable[[Mapping[str, Any], str], ForeignModel]], ...] = (
    ("open_clip", OPEN_CLIP_FILE, open_clip_config.read_open_clip),
    ("timm", TIMM_FILE, timm_config.read_timm),
)


class RepositoryFiles:
    """Files of a repository that may be there or not."""

    def __init__(self, repository: Repository, cache: Cache, offline: bool, again: bool) -> None:
        self.repository, self.cache, self.offline, self.again = repository, cache, offline, again

    def file(self, name: str) -> Path | None:
        """The file; None where the repository has none, or where nothing may be fetched."""
        try:
            return fetch_file(
                self.repository, name, self.cache, offline=self.offline, again=self.again
            )
        except FileMissingError:
            return None
        except DownloadError:
            if not self.offline:
                raise
            return None

    def unknown(self) -> PatentZooError:
        """The error that says which kinds are known, and what was found."""
        if self.offline:
            return DownloadError(
                f"{self.repository}: {CARD_FILE} is not in the cache, nor {OPEN_CLIP_FILE} or "
                f"{TIMM_FILE} of timm, and the network may not be used. Where it may: patentzoo "
                f"fetch {self.repository}"
            )
        files = list_files(self.repository)
        found = f"Found: {', '.join(files[:12]) or 'nothing'}." if files is not None else ""
        if config := self.file(TIMM_FILE):
            values = _json(config, self.repository)
            kind = values.get("model_type") or ", ".join(list(values)[:5])
            found = f"{found} Its {TIMM_FILE} is another library's ({kind}).".strip()
        return ModelNotFoundError(
            f"{self.repository}: there is no {CARD_FILE} in it, and nothing else of a known kind. "
            f"Known: {KINDS}. {found}".strip()
        )


def _json(file: Path, repository: Repository) -> dict[str, Any]:
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{repository}: {file.name} cannot be read ({error}).") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{repository}: {file.name} is no table.")
    return values
