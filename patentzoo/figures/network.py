"""The reader's network: a picture of one line of lettering -> characters.

A few convolutions that keep the width, trained with connectionist temporal classification (Graves
et al., ICML 2006), as in CRNN (Shi, Bai & Yao, TPAMI 2017) without the recurrent part: a label is
nine characters at most, and dilated convolutions see all of it.
"""

from __future__ import annotations

import string

from torch import Tensor, nn

ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + ".-'/:()&,"
"""Class 0 is CTC's blank, class i + 1 the character ``ALPHABET[i]``; a small letter is read as its
capital, and spaces are not read."""

LINE_PX = 24
"""Height of the picture of a line."""


class LineReader(nn.Module):
    """float32 (B, 1, 24, W), 1 ink, 0 paper -> logits (B, W / 2, classes)."""

    def __init__(self) -> None:
        super().__init__()
        self.picture = nn.Sequential(
            *_layer(nn.Conv2d(1, 12, 3, stride=2, padding=1), 12),
            *_layer(nn.Conv2d(12, 24, 3, stride=(2, 1), padding=1), 24),
            *_layer(nn.Conv2d(24, 40, 3, stride=(2, 1), padding=1), 40),
            *_layer(nn.Conv2d(40, 64, 3, padding=(0, 1)), 64),
        )
        self.row = nn.Sequential(
            nn.Conv1d(64, 64, 5, padding=2),
            nn.ReLU(),
            nn.Conv1d(64, 64, 5, padding=2),
            nn.ReLU(),
            nn.Conv1d(64, len(ALPHABET) + 1, 1),
        )

    def forward(self, lines: Tensor) -> Tensor:
        """Logits of every step of every line."""
        features = self.picture(lines).squeeze(2)
        logits: Tensor = self.row(features).transpose(1, 2)
        return logits


def _layer(convolution: nn.Conv2d, channels: int) -> tuple[nn.Module, ...]:
    return convolution, nn.BatchNorm2d(channels), nn.ReLU()
