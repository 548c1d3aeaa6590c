"""The Dataset a user writes for his own drawings: path -> (tensor, number)."""

from __future__ import annotations

from typing import Any

import cv2
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset


class Drawings(Dataset):  # type: ignore[type-arg]
    """Drawings by path, transformed."""

    def __init__(self, files: list[str], transform: Any) -> None:
        self.files = files
        self.transform = transform

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, number: int) -> tuple[torch.Tensor, int]:
        return self.transform(Image.open(self.files[number])), number


def alone(_: int) -> None:
    """OpenCV's threads would compete with the other workers."""
    cv2.setNumThreads(0)


def loader_of(files: list[str], transform: Any, batch_size: int, workers: int) -> Any:
    """A DataLoader in the files' order, as torch's documentation sets one up for inference."""
    return DataLoader(
        Drawings(files, transform),
        batch_size=batch_size,
        num_workers=workers,
        shuffle=False,
        worker_init_fn=alone,
    )
