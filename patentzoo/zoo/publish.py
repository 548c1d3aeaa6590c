"""A model folder as a repository on a Hugging Face hub: weights, configuration, model card."""

from __future__ import annotations

import dataclasses
import json
import logging
import shutil
import tempfile
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from patentzoo.errors import (
    ConfigError,
    DownloadError,
    OutputError,
    WeightsError,
)
from patentzoo.system.files import file_to_write, write_text
from patentzoo.zoo.cache import Cache, is_offline
from patentzoo.zoo.card import Card
from patentzoo.zoo.hub import Repository, endpoint, translated
from patentzoo.zoo.model_card import model_card
from patentzoo.zoo.registry import CARD_FILE, list_models, no_model_in
from patentzoo.zoo.resolve import Request, find
from patentzoo.zoo.store import WEIGHTS_FILE, verify_weights

logger = logging.getLogger(__name__)

FILES = {"README.md", CARD_FILE, "config.json", WEIGHTS_FILE}
"""Of a repository."""


@dataclass(frozen=True)
class Published:
    """What became of a model folder.

    Attributes:
        repo: ``organisation/name``.
        folder: The repository's files, where they were left to look at; None once uploaded.
        commit: The commit, 40 hex digits; empty where nothing was uploaded.
        address: Of the repository's page.
    """

    repo: str
    folder: Path | None
    commit: str = ""
    address: str = ""

    def source(self) -> str:
        """The table that names it in a card, as TOML."""
        return f'[[sources]]\nkind = "hub"\nrepo = "{self.repo}"\nrevision = "{self.commit}"\n'


def publish(
    folder: str | PathLike[str],
    repo: str,
    *,
    dry_run: bool = False,
    out: str | PathLike[str] | None = None,
    private: bool = False,
    overwrite: bool = False,
    name: str | None = None,
    force: bool = False,
) -> Published:
    """Upload a model folder; ``load_model("hf://organisation/name")`` opens it.

    The hub is the one ``HF_ENDPOINT`` names, the token that of ``HF_TOKEN`` or ``hf auth login``.

    Args:
        folder: With ``card.toml`` and weights, as a training run writes it.
        repo: ``organisation/name``; made where it is not there yet.
        dry_run: Upload nothing, open no socket, and leave the repository's files in ``out``.
        out: Where to leave them; ``<name>-hub`` in the working folder by default.
        private: Make the repository a private one.
        overwrite: Replace such files that an earlier dry run left in ``out``.
        name: Of the model, in place of its card's.
        force: Publish the weights of a trial run (``--tiny``) all the same; the model card says
            what they are.

    Returns:
        The repository with its commit, or the folder that a dry run left.

    Raises:
        ConfigError: Not ``organisation/name``, a licence that does not allow publishing, the
            weights of a trial run, or another model's name.
        ModelNotFoundError: The folder holds no model.
        WeightsError: The weights are damaged or do not fit their network.
        DownloadError: The hub refuses or cannot be reached.
        OutputError: The files cannot be written.
    """
    repository = _repository(repo)
    if repository.revision != "main":
        raise ConfigError(f"{repo!r}: leave out the revision; the hub makes a commit.")
    card, weights = _checked(Path(folder))
    card = dataclasses.replace(card, name=name or card.name)
    _refuse_untrue(card, force=force)
    if dry_run:
        usual = f"{repository.repo.split('/')[1]}-hub"
        place = file_to_write(usual if out is None else out)
        check_repository(place, overwrite=overwrite)
        return Published(repository.repo, write_repository(place, card, weights, repository.repo))
    if card.licence.lower().startswith("not stated"):
        raise ConfigError(
            f"{card.name}: the licence of its weights is {card.licence!r}. What nobody has "
            "licensed is not yours to publish; --dry-run shows the files without publishing them."
        )
    if is_offline():
        raise ConfigError("PATENTZOO_OFFLINE or HF_HUB_OFFLINE is set: nothing can be uploaded.")
    with tempfile.TemporaryDirectory(prefix="patentzoo-publish-") as scratch:
        staged = write_repository(Path(scratch, "repository"), card, weights, repository.repo)
        return _upload(staged, repository, private)


def _refuse_untrue(card: Card, *, force: bool) -> None:
    """Raise ConfigError for weights that are not what their name would be taken for."""
    if card.training.tiny and not force:
        raise ConfigError(
            f"{card.name}: trained with --tiny, a trial of a few steps whose weights are worth "
            "nothing. Train it in full, or publish it all the same: force=True."
        )
    known = {each.name: each.weights.sha256 for each in list_models()}
    if known.get(card.name, "") not in ("", card.weights.sha256):
        raise ConfigError(
            f"{card.name} is a model of the zoo, and these are other weights. Publish them under a "
            "name of their own: name=NAME."
        )


def write_repository(target: Path, card: Card, weights: Path, repo: str) -> Path:
    """Write a repository's files: ``README.md``, ``card.toml``, ``config.json``, the weights.

    Raises:
        OutputError: ``target`` cannot be written.
    """
    stated = dataclasses.replace(card.weights, file=WEIGHTS_FILE)
    own = dataclasses.replace(card, weights=stated, sources=())
    config = {
        "library_name": "patentzoo",
        "model_type": "patentzoo",
        "network": dict(own.network),
        "preprocess": own.preprocess.to_dict(),
    }
    try:
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(weights, target / WEIGHTS_FILE)
    except OSError as error:
        raise OutputError(f"{target} cannot be written ({error.strerror}).") from error
    verify_weights(target / WEIGHTS_FILE, stated)
    write_text(target / CARD_FILE, own.to_toml())
    # Only read by the hub, which counts downloads by it; patentzoo reads card.toml.
    write_text(target / "config.json", json.dumps(config, indent=2) + "\n")
    write_text(target / "README.md", model_card(own, repo))
    return target


def check_repository(target: Path, *, overwrite: bool) -> None:
    """Raise OutputError unless a repository's files may be written to a folder.

    Args:
        target: The folder: new, empty, or with ``overwrite`` one that holds such files alone.
        overwrite: Whether these make way.
    """
    names = {each.name for each in target.iterdir()} if target.is_dir() else set()
    if (target.exists() and not target.is_dir()) or names - FILES:
        raise OutputError(
            f"{target} exists and is no repository of a model; nothing was changed. Give a new or "
            "empty folder: out=FOLDER."
        )
    if names and not overwrite:
        raise OutputError(
            f"{target} exists; nothing was changed. Give another folder, out=FOLDER, or replace "
            "it: overwrite=True."
        )


def _repository(repo: str) -> Repository:
    try:
        return Repository.parse(f"hf://{repo}")
    except ConfigError as error:
        raise ConfigError(f"{repo!r} is no hub address. Write organisation/name.") from error


def _checked(folder: Path) -> tuple[Card, Path]:
    """The folder's card and weights, after a strict load of them."""
    from patentzoo.zoo.load import construct

    if not (folder / CARD_FILE).is_file():
        raise no_model_in(folder)
    found = find(f"{folder}", Request(Cache.at(), offline=True))
    if not found.card.weights.sha256:
        raise WeightsError(f"{folder}: its card states no hash of the weights.")
    construct(found.card, found.weights, "cpu")
    return found.card, found.weights


def _upload(staged: Path, repository: Repository, private: bool) -> Published:
    from huggingface_hub import HfApi

    api = HfApi(endpoint=endpoint(), library_name="patentzoo")
    with translated(repository, "the upload"):
        api.create_repo(repository.repo, private=private, exist_ok=True)
        try:
            done = api.upload_folder(
                repo_id=repository.repo,
                folder_path=staged,
                commit_message="Upload with patentzoo",
            )
        except RuntimeError as error:  # huggingface_hub's, of a file that did not go through
            raise DownloadError(f"{repository}: {error} {error.__cause__ or ''}") from error
    address = done.commit_url.partition("/commit/")[0]
    return Published(repository.repo, None, done.oid, address)
