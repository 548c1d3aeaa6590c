"""An index on disk: a folder whose manifest names every file with its SHA-256.

The data files carry a piece of their hash in their name, so a new index is written beside the old
one in the same folder, and replacing the manifest is the single step from the old to the new.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.atomic import replacing
from patentzoo.errors import IndexDamagedError, OutputError
from patentzoo.index.catalogue import Catalogue

MANIFEST = "index.json"
FORMAT, VERSION = "patentzoo-index", 1
_OURS = re.compile(
    r"index\.json|vectors-[0-9a-f]{16}\.npy|catalogue-[0-9a-f]{16}\.jsonl"
    r"|\.(index|vectors|catalogue)[^/]*\.tmp"
)
_DATA = {"vectors": "vectors-{}.npy", "catalogue": "catalogue-{}.jsonl"}


@dataclass(frozen=True, eq=False)
class Stored:
    """What an index folder holds."""

    model: str
    fingerprint: str
    vectors: npt.NDArray[np.float32]
    catalogue: Catalogue


def check_target(path: Path) -> None:
    """Raise OutputError unless an index may be written at ``path``: new, empty, or an index."""
    if path.is_dir():
        names = [entry.name for entry in path.iterdir()]
        if names and MANIFEST not in names and not all(_is_ours(name) for name in names):
            raise OutputError(
                f"{path} holds files that are no index ({names[0]}, ...). Give a new folder's name."
            )
    elif path.exists():
        raise OutputError(f"{path} is a file; an index is a folder. Give another name.")


def write(path: Path, stored: Stored) -> None:
    """Write the folder; whoever opens it meanwhile finds the old index or the new one, whole.

    Raises:
        OutputError: ``path`` holds something else or cannot be written.
        ConfigError: Metadata that JSON cannot hold.
    """
    check_target(path)
    files = {"vectors": _npy(stored.vectors), "catalogue": stored.catalogue.to_lines()}
    manifest = _manifest(stored, files)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            _write_into(path, files, manifest)
            return
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as scratch:
            new = Path(scratch, "new")
            new.mkdir()
            _write_into(new, files, manifest)
            new.rename(path)
    except OSError as error:
        raise OutputError(f"{path}: the index cannot be written ({error.strerror}).") from error


def read(path: Path) -> Stored:
    """Read and verify an index folder.

    Raises:
        IndexDamagedError: Missing, cut off or altered files, by name; or another format version.
    """
    manifest = _read_manifest(path)
    data = {part: _read_part(path, entry) for part, entry in manifest["files"].items()}
    try:
        vectors = np.load(io.BytesIO(data["vectors"]), allow_pickle=False)
        catalogue = Catalogue.from_lines(data["catalogue"])
    except (ValueError, KeyError, IndexDamagedError) as error:
        raise _damaged(path, str(error)) from error
    if vectors.shape != (manifest["count"], manifest["dim"]) or len(catalogue) != len(vectors):
        raise _damaged(
            path, f"{vectors.shape} vectors and {len(catalogue)} ids do not belong together"
        )
    return Stored(manifest["model"], manifest["fingerprint"], vectors, catalogue)


def _npy(vectors: npt.NDArray[np.float32]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.asarray(vectors, dtype="<f4"), allow_pickle=False)
    return stream.getvalue()


def _manifest(stored: Stored, files: Mapping[str, bytes]) -> dict[str, Any]:
    entries = {}
    for part, data in files.items():
        sha256 = hashlib.sha256(data).hexdigest()
        name = _DATA[part].format(sha256[:16])
        entries[part] = {"name": name, "sha256": sha256, "size_bytes": len(data)}
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "model": stored.model,
        "fingerprint": stored.fingerprint,
        "count": len(stored.vectors),
        "dim": int(stored.vectors.shape[1]),
        "files": entries,
    }
    return manifest | {"sha256": _seal(manifest)}


def _seal(manifest: Mapping[str, Any]) -> str:
    """A checksum of the manifest itself, so that an altered fingerprint is noticed, too."""
    bare = {key: value for key, value in manifest.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(bare, sort_keys=True).encode()).hexdigest()


def _write_into(folder: Path, files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> None:
    names = {part: entry["name"] for part, entry in manifest["files"].items()}
    for part, data in files.items():
        _replace(folder / names[part], data)
    _replace(folder / MANIFEST, json.dumps(manifest, indent=1).encode() + b"\n")
    for entry in folder.iterdir():
        if _is_ours(entry.name) and entry.name not in {MANIFEST, *names.values()}:
            entry.unlink()


def _replace(path: Path, data: bytes) -> None:
    with replacing(path) as unfinished, unfinished.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _is_ours(name: str) -> bool:
    """Ours, or what a run that was killed left unfinished."""
    return bool(_OURS.fullmatch(name))


def _read_manifest(path: Path) -> dict[str, Any]:
    file = path / MANIFEST
    try:
        manifest = json.loads(file.read_bytes())
        if manifest["format"] != FORMAT:
            raise ValueError(f"its format is {manifest['format']!r}, not {FORMAT!r}")
        seal, version = manifest["sha256"], manifest["version"]
    except OSError as error:
        raise IndexDamagedError(
            f"{path} holds no index: {file.name} is missing or unreadable ({error.strerror}). "
            "Check the path, or build the index again."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(file, str(error)) from error
    if version != VERSION:
        raise IndexDamagedError(
            f"{path}: index format version {version}; this patentzoo reads version {VERSION}. "
            "Build the index again, or install the patentzoo that made it."
        )
    if seal != _seal(manifest):
        raise _damaged(file, "its checksum does not fit its content")
    return dict(manifest)


def _read_part(path: Path, entry: Mapping[str, Any]) -> bytes:
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
