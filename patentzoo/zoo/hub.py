"""Models in repositories of a Hugging Face hub: ``hf://organisation/name@revision``.

Everything goes through huggingface_hub: its cache, ``HF_HOME``, ``HF_ENDPOINT`` (mirrors),
``HF_TOKEN``, ``HF_HUB_OFFLINE``. What is in the cache is used without asking the hub again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from patentzoo.errors import (
    ConfigError,
    DownloadError,
    ModelNotFoundError,
    OutputError,
    WeightsError,
)
from patentzoo.zoo.cache import Cache
from patentzoo.zoo.card import Weights
from patentzoo.zoo.hub_retries import told_once
from patentzoo.zoo.store import verify_weights

SCHEME = "hf://"
_ADDRESS = re.compile(r"hf://(?P<repo>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?/?")


@dataclass(frozen=True)
class Repository:
    """A repository at a revision.

    Attributes:
        repo: ``organisation/name``.
        revision: A branch, tag or commit.
    """

    repo: str
    revision: str = "main"

    @classmethod
    def parse(cls, address: str, revision: str | None = None) -> Repository:
        """Read ``hf://organisation/name@revision``.

        Raises:
            ConfigError: Not such an address, or two revisions.
        """
        found = _ADDRESS.fullmatch(address)
        if not found:
            raise ConfigError(
                f"{address!r} is no hub address. Write hf://organisation/name@revision."
            )
        if found["revision"] and revision and found["revision"] != revision:
            raise ConfigError(f"{address} names a revision, and revision={revision!r} another one.")
        return cls(found["repo"], found["revision"] or revision or "main")

    def __str__(self) -> str:
        return f"{SCHEME}{self.repo}@{self.revision}"


class FileMissingError(ModelNotFoundError):
    """A repository that holds no file of that name."""


def fetch_weights(
    repository: Repository, expected: Weights, file: str, cache: Cache, *, offline: bool
) -> Path:
    """A weights file, verified; a damaged copy is fetched once more, unless offline."""
    path = fetch_file(repository, file, cache, offline=offline)
    try:
        verify_weights(path, expected)
    except WeightsError:
        if offline:
            raise
        path = fetch_file(repository, file, cache, offline=False, force=True)
        verify_weights(path, expected)
    return path


def fetch_file(
    repository: Repository,
    file: str,
    cache: Cache,
    *,
    offline: bool,
    again: bool = False,
    force: bool = False,
) -> Path:
    """One file of a repository, from the cache where it is there."""
    from huggingface_hub import hf_hub_download, try_to_load_from_cache

    with translated(repository, file):
        if offline or not (again or force):
            # hf_hub_download(local_files_only=True) may open a socket, for its user agent's sake.
            kept = try_to_load_from_cache(
                repository.repo, file, cache_dir=cache.hub, revision=repository.revision
            )
            if isinstance(kept, str):
                return Path(kept)
            if kept is not None:  # huggingface_hub noted that this commit has no such file
                raise FileMissingError(f"{repository}: there is no {file} in it.")
        if not offline:
            return Path(
                hf_hub_download(
                    repository.repo,
                    file,
                    revision=repository.revision,
                    cache_dir=cache.hub,
                    force_download=force,
                    library_name="patentzoo",
                    endpoint=endpoint(),
                )
            )
    raise DownloadError(
        f"{repository}: {file} is not in the cache, and the network may not be used. Where it may: "
        f"patentzoo fetch {repository}"
    )


def list_files(repository: Repository) -> list[str] | None:
    """Names of a repository's files, for messages; None where the hub does not tell."""
    from huggingface_hub import HfApi

    try:
        api = HfApi(endpoint=endpoint(), library_name="patentzoo")
        return sorted(api.list_repo_files(repository.repo, revision=repository.revision))
    except Exception:  # whatever the HTTP library raises: the list is a courtesy
        return None


def endpoint() -> str | None:
    """The hub's address where ``HF_ENDPOINT`` names one, read when it is needed."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or None


@contextmanager
def translated(repository: Repository, file: str) -> Iterator[None]:
    """huggingface_hub's errors as ours."""
    from huggingface_hub import errors

    try:
        with told_once(str(repository)):
            yield
    except errors.GatedRepoError as error:
        raise DownloadError(
            f"{repository}: its owner lets in only those who ask. Ask on its page, and set "
            "HF_TOKEN to a token of yours."
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise ModelNotFoundError(
            f"{repository}: the hub has no such repository, or hides it. Check the name; for a "
            "private one set HF_TOKEN."
        ) from error
    except errors.RevisionNotFoundError as error:
        raise ModelNotFoundError(f"{repository}: the repository has no such revision.") from error
    except errors.LocalEntryNotFoundError as error:
        raise DownloadError(
            f"{repository}: the hub cannot be reached, and {file} is not in the cache. Check the "
            "connection, HF_ENDPOINT, or HF_HUB_OFFLINE."
        ) from error
    except errors.EntryNotFoundError as error:
        raise FileMissingError(
            f"{repository}: there is no {file} in it; it is no model of patentzoo."
        ) from error
    except errors.HFValidationError as error:
        raise ConfigError(f"{repository}: {error}") from error
    except OSError as error:
        if error.errno is not None:
            raise OutputError(
                f"{repository}: the hub's cache cannot be written ({error.strerror}). Choose "
                "another place: cache_dir=, or the variable HF_HOME."
            ) from error
        raise DownloadError(f"{repository}: {file} could not be fetched ({error}).") from error
    except _http_error() as error:
        raise DownloadError(f"{repository}: {file} could not be fetched ({error}).") from error


def _http_error() -> type[Exception]:
    """The base of the HTTP library's errors, whichever huggingface_hub uses."""
    from huggingface_hub import errors

    return next(base for base in errors.HfHubHTTPError.__mro__ if base.__name__ == "HTTPError")
