"""Embeddings as one file, for other programs: NumPy's .npz or .safetensors."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np

from patentzoo.errors import ConfigError
from patentzoo.results import Embeddings
from patentzoo.system.files import replacing
from patentzoo.system.overwrite import check_free

SUFFIXES = (".npz", ".safetensors")


def check_suffix(path: str | os.PathLike[str]) -> None:
    """Raise ConfigError unless the file's ending says how to write it."""
    if Path(path).suffix not in SUFFIXES:
        raise ConfigError(f"{path}: embeddings are written as {' or '.join(SUFFIXES)}.")


def save_embeddings(
    embeddings: Embeddings, path: str | os.PathLike[str], *, overwrite: bool = False
) -> None:
    """Write vectors and ids to one file; whole or not at all, and without pickles.

    ``.npz``: arrays ``vectors`` float32 (n, dim), ``ids`` (n,), ``patents`` (n,) with "" for
    unknown, ``model`` and ``fingerprint`` (). ``.safetensors``: the tensor ``vectors``, the rest as
    JSON in the header's metadata.

    Args:
        embeddings: The vectors.
        path: The file.
        overwrite: Replace a file that is there.

    Raises:
        ConfigError: Another ending.
        OutputError: The file exists and ``overwrite`` was not given, or cannot be written there.
    """
    check_suffix(path)
    check_free(path, overwrite=overwrite)
    patents = [data.get("patent") or "" for data in embeddings.metadata]
    with replacing(path) as unfinished:
        if Path(path).suffix == ".npz":
            with unfinished.open("wb") as stream:
                np.savez(
                    stream,
                    vectors=embeddings.vectors,
                    ids=np.asarray(embeddings.ids, dtype=np.str_),
                    patents=np.asarray(patents, dtype=np.str_),
                    model=np.asarray(embeddings.model),
                    fingerprint=np.asarray(embeddings.fingerprint),
                )
            return
        from safetensors.numpy import save

        header = {
            "ids": json.dumps(list(embeddings.ids)),
            "patents": json.dumps(patents),
            "model": embeddings.model,
            "fingerprint": embeddings.fingerprint,
        }
        vectors = np.ascontiguousarray(embeddings.vectors)
        unfinished.write_bytes(save({"vectors": vectors}, metadata=header))
