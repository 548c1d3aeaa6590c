"""Builds indexes into folders of every kind; run by test_target.py among mounts of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

import patentzoo as pz
from patentzoo.errors import OutputError


def main(root: Path, drawings: Path) -> None:
    os.chdir(root)
    model = pz.load_model()
    first, *rest = sorted(drawings.iterdir())
    for name in sys.argv[3:]:
        path = Path(name)
        pz.build_index(model, [first, rest[0]], path=path).store.close()
        with pytest.raises(OutputError, match="overwrite=True"):
            pz.build_index(model, rest, path=path)
        assert len(pz.load_index(path)) == 2, name
        pz.build_index(model, rest[:3], path=path, overwrite=True).store.close()
        index = pz.load_index(path, model)
        assert index.ids == [file.name for file in rest[:3]], name
        index.add([first])
        memory = pz.build_index(model, [first])
        memory.save(path, overwrite=True)
        assert len(index) == 1, name
        index.store.close()
        for file in path.iterdir():
            if file.is_file():
                file.unlink()
        memory.save(path)
        found = pz.search(pz.load_index(path, model), np.asarray(memory.vectors[0]), k=1)
        assert found[0].id == first.name, name
        left = {file.name for file in path.iterdir() if file.suffix not in {".seg", ".sqlite"}}
        assert left <= {"lost+found"}, (name, left)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
