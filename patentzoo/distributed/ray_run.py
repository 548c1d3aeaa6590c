"""Shards as the rows of a data set of Ray, which workers turn into files.

Only the numbers of shards, paths, and counts cross the wire: pictures are read, and vectors
written, where the worker is. What Ray starts again, after a worker or a whole machine was lost,
goes on where its shard's manifest says; see ``patentzoo.shards``.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from patentzoo.errors import ConfigError, MissingExtraError, PatentZooError
from patentzoo.options import EmbedChanges, EmbedOptions, changed
from patentzoo.shards import Shard, ShardReport, embed_shard
from patentzoo.shards.manifest import PATTERN, read_manifest
from patentzoo.system.addresses import is_url
from patentzoo.system.cores import LIMIT
from patentzoo.zoo.given import as_model

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel

SHARDS_A_WORKER = 4
"""More than one, so that a slow machine does not keep the others waiting for long."""


@dataclass(frozen=True)
class Cluster:
    """Where the work is done.

    Attributes:
        address: Of a running cluster, as ``ray.init`` takes it; None: one is started here.
        workers: Processes that embed.
        cpus: Cores of each.
        gpus: GPUs of each; a fraction shares one.
        shards: Into how many parts the collection is cut; None: as the folder was begun, or four a
            worker.
    """

    address: str | None = None
    workers: int = 1
    cpus: float = 1
    gpus: float = 0
    shards: int | None = None


def embed(
    model: RetrievalModel | str | PathLike[str],
    images: Any,
    folder: str | PathLike[str],
    *,
    cluster: Cluster | None = None,
    options: EmbedOptions | None = None,
    **changes: Unpack[EmbedChanges],
) -> list[ShardReport]:
    """Embed images on a cluster, and write them as shards, which ``build_index`` takes.

    Run again, it does what is missing and no more.

    Args:
        model: A name or folder, which each worker loads; or a model, which is sent to them.
        images: Paths that mean the same on every machine, as for ``embed``.
        folder: Of the shards, on storage that all machines share.
        cluster: Where the work is done.
        options: Several options together.
        **changes: Options by name; see ``EmbedOptions``.

    Returns:
        What was done, shard by shard.

    Raises:
        MissingExtraError: Ray is not installed.
        PatentZooError: As for ``embed_shard``; the shards of the other workers are kept.
    """
    ray = _ray()
    chosen = cluster or Cluster()
    run = changed(EmbedOptions(), options, changes)
    count = _count(Path(folder), chosen)
    if not ray.is_initialized():
        ray.init(address=chosen.address, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    numbers = ray.data.from_items(
        [{"number": number} for number in range(1, count + 1)], override_num_blocks=count
    )
    done = numbers.map_batches(
        ShardWorker,
        batch_size=1,
        concurrency=min(chosen.workers, count),
        num_cpus=chosen.cpus,
        num_gpus=chosen.gpus,
        # Else each of them would take all cores of its machine for the network.
        runtime_env={"env_vars": {LIMIT: str(chosen.cpus)}},
        fn_constructor_args=(model, located(images), str(Path(folder).absolute()), count, run),
    )
    return sorted(_reports(done), key=lambda report: report.shard.number)


class ShardWorker:
    """A process of the cluster: loads the model once, and makes the shards it is given.

    Args:
        model: As for ``embed``; also ``images`` and ``folder``.
        images: Paths.
        folder: Of the shards.
        count: Of all shards.
        options: How to read.
    """

    def __init__(
        self, model: Any, images: Any, folder: str, count: int, options: EmbedOptions
    ) -> None:
        self._model = as_model(model, "embed(model, images)", images)
        self._images, self._folder = images, folder
        self._count, self._options = count, options

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[bytes]]:
        """Make the shards of these numbers; what became of each, pickled."""
        return {"outcome": [pickle.dumps(self._outcome(int(each))) for each in batch["number"]]}

    def _outcome(self, number: int) -> ShardReport | PatentZooError:
        shard = Shard(number, self._count)
        try:
            return embed_shard(
                self._model, self._images, self._folder, shard, options=self._options
            )
        except PatentZooError as error:  # Ray would put it into one of its own
            return error


def located(images: Any) -> Any:
    """The same images by paths that do not hang on the folder a process was started in."""
    if isinstance(images, list | tuple):
        return [located(each) for each in images]
    if isinstance(images, str | PathLike) and not is_url(os.fspath(images)):
        return str(Path(images).absolute())
    return images


def _reports(done: Any) -> Iterator[ShardReport]:
    """What became of each shard; the first error once all of them are through."""
    first: PatentZooError | None = None
    for row in done.iter_rows():
        outcome = pickle.loads(row["outcome"])
        if isinstance(outcome, PatentZooError):
            first = first or outcome
        else:
            yield outcome
    if first is not None:
        raise first


def _count(folder: Path, cluster: Cluster) -> int:
    """Into how many shards: as the folder was begun.

    Raises:
        ConfigError: It was begun with another number.
    """
    begun = next((read_manifest(file) for file in sorted(folder.glob(PATTERN))), None)
    if begun is None:
        return cluster.shards or SHARDS_A_WORKER * cluster.workers
    if cluster.shards not in (None, begun.shard.count):
        raise ConfigError(
            f"{folder} was begun with {begun.shard.count} shards, not {cluster.shards}. Leave the "
            "number out, or give another folder."
        )
    return begun.shard.count


def _ray() -> Any:
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingExtraError(
            f"Embedding on a cluster needs Ray ({error}). Install it: pip install "
            "'patentzoo[ray]'. Without it, 'patentzoo embed --shard I/N' makes the same files."
        ) from error
    return ray
