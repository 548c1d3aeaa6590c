"""Indexes of format version 1: a JSON manifest beside one array and one list of JSON lines.

They can be opened and searched; ``Index.save`` writes the current format.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from patentzoo.errors import ConfigError, IndexDamagedError, QueryError
from patentzoo.results import Embeddings

MANIFEST = "index.json"
OURS = re.compile(r"index\.json|vectors-[0-9a-f]{16}\.npy|catalogue-[0-9a-f]{16}\.jsonl")


def is_legacy(path: Path) -> bool:
    """Whether the folder holds an index of format version 1."""
    return (path / MANIFEST).is_file()


def read(path: Path) -> Embeddings:
    """Read and verify an index folder of format version 1.

    Raises:
        IndexDamagedError: Missing, cut off or altered files, by name; or another format version.
    """
    manifest = _manifest(path)
    data = {part: _part(path, entry) for part, entry in manifest["files"].items()}
    try:
        vectors = np.load(io.BytesIO(data["vectors"]), allow_pickle=False)
        records = [json.loads(line) for line in data["catalogue"].splitlines()]
        ids = [record.pop("id") for record in records]
        if vectors.shape != (manifest["count"], manifest["dim"]):
            raise ValueError(f"{vectors.shape} vectors")
        return Embeddings(vectors, ids, records, manifest["model"], manifest["fingerprint"])
    except (ValueError, KeyError, AttributeError, TypeError, ConfigError, QueryError) as error:
        raise _damaged(path, str(error)) from error


def _manifest(path: Path) -> dict[str, Any]:
    file = path / MANIFEST
    try:
        manifest = json.loads(file.read_bytes())
        seal, version = manifest["sha256"], manifest["version"]
    except OSError as error:
        raise _damaged(file, f"unreadable: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(file, str(error)) from error
    if version != 1:
        raise IndexDamagedError(
            f"{path}: index format version {version}; this patentzoo reads versions 1 and 2. "
            "Install the patentzoo that made it, or build the index again."
        )
    if seal != _seal(manifest):
        raise _damaged(file, "its checksum does not fit its content")
    return dict(manifest)


def _seal(manifest: Mapping[str, Any]) -> str:
    bare = {key: value for key, value in manifest.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(bare, sort_keys=True).encode()).hexdigest()


def _part(path: Path, entry: Mapping[str, Any]) -> bytes:
    file = path / str(entry["name"])
    try:
        data: bytes = file.read_bytes()
    except OSError as error:
        raise _damaged(file, f"missing or unreadable: {error.strerror}") from error
    if len(data) != entry["size_bytes"]:
        raise _damaged(file, f"{len(data):,} bytes instead of {entry['size_bytes']:,}")
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise _damaged(file, "its SHA-256 is not the one recorded")
    return data


def _damaged(file: Path, reason: str) -> IndexDamagedError:
    return IndexDamagedError(
        f"{file}: the index is damaged ({reason}). Restore it from a copy or build it again."
    )
