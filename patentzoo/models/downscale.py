"""Scaling a black-and-white page down by area: to the bit as OpenCV does, several times faster.

``cv2.resize(..., INTER_AREA)`` adds up one pixel after the other in float32. Where a page holds 0
and 255 only, whole rows can be counted instead, many pixels an instruction: the sum of n bytes of
255 is -n modulo 256. What was counted is then weighted as OpenCV weights it (the table of
``computeResizeAreaTab`` in its ``resize.cpp``). Both ways round to a whole grey level at the end
and differ before that by the float32 errors of their additions. Where a value lies so close to the
middle of two levels that these could decide, about one pixel in a thousand of the drawing's, it is
added up once more in OpenCV's own order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]
Values = npt.NDArray[np.float32]
Lines = npt.NDArray[np.intp]
Level = TypeVar("Level", np.uint8, np.float32)

_SCALES = (2.0, 250.0)
"""Below, counting does not pay; above, a byte cannot hold the count."""

_HALF_ULP = 2.0**-24

_MOST_UNSURE = 1 << 14
"""With more pixels in the middle of two levels than this, OpenCV is the faster."""


def shrink(grey: Grey, width: int, height: int) -> Grey:
    """What ``cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)`` gives.

    Args:
        grey: uint8 (H, W); any levels, though only 0 and 255 alone make it fast.
        width: Of the result, in pixels.
        height: Of the result, in pixels.

    Returns:
        uint8 (height, width).
    """
    scales = [_scale(grey.shape[0], height), _scale(grey.shape[1], width)]
    # Where both are whole numbers OpenCV adds up integers: exact, and fast enough.
    whole = all(scale.is_integer() for scale in scales)
    if not whole and _SCALES[0] <= min(scales) and max(scales) <= _SCALES[1] and is_bilevel(grey):
        small = _counted(grey, _taps(grey.shape[0], height), _taps(grey.shape[1], width))
        if small is not None:
            return small
    cv2 = load_cv2()
    return np.asarray(cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def is_bilevel(grey: Grey) -> bool:
    """Whether a page (uint8 (H, W)) holds 0 and 255 only."""
    cv2 = load_cv2()
    # Equal only where every pixel that is not 0 is as high as a byte can be.
    return bool(cv2.sumElems(grey)[0] == 255.0 * cv2.countNonZero(grey))


@dataclass(frozen=True, eq=False)
class _Taps:
    """Which of n source lines make each of m lines of the result, and with what weight.

    Attributes:
        first: (m,); the line that a result line begins in, where it is cut.
        before: (m, 1); its weight, 0 where it is not cut.
        start: (m,); the first whole line.
        whole: (m,); how many whole lines follow from there.
        inner: (m, 1); the weight of each of them.
        last: (m,); the line after them, that a result line ends in.
        after: (m, 1); its weight, 0 where nothing of it is left.
    """

    first: Lines
    before: Values
    start: Lines
    whole: Lines
    inner: Values
    last: Lines
    after: Values

    def in_order(self, places: Lines) -> tuple[Lines, Values]:
        """Lines and weights, (k, taps) each, of some result lines, in the order OpenCV adds them.

        Those with fewer lines than others have lines of weight 0, which change no sum.
        """
        steps = np.arange(int(self.whole.max()))
        inner = np.where(steps < self.whole[:, None], self.inner, np.float32(0))
        middle = np.minimum(self.start[:, None] + steps, self.last[:, None])
        lines = np.hstack([self.first[:, None], middle, self.last[:, None]])
        return lines[places], np.hstack([self.before, inner, self.after])[places]


def _scale(source: int, result: int) -> float:
    return 1.0 / (result / source)  # OpenCV computes it in this order: the last bit counts


def _taps(source: int, result: int) -> _Taps:
    """``computeResizeAreaTab``, as arrays."""
    scale = _scale(source, result)
    begin = np.arange(result) * scale
    end = begin + scale
    cell = np.minimum(scale, source - begin)
    last = np.minimum(np.floor(end), source - 1)
    start = np.minimum(np.ceil(begin), last)
    before = np.where(start - begin > 1e-3, (start - begin) / cell, 0)
    after = np.where(end - last > 1e-3, np.minimum(np.minimum(end - last, 1), cell) / cell, 0)
    first = start - (before > 0)

    def lines(values: npt.NDArray[np.float64]) -> Lines:
        return values.astype(np.intp)

    def weights(values: npt.NDArray[np.float64]) -> Values:
        return values.astype(np.float32)[:, None]

    return _Taps(
        first=lines(first),
        before=weights(before),
        start=lines(start),
        whole=lines(last - start),
        inner=weights(1 / cell),
        last=lines(last),
        after=weights(after),
    )


def _counted(grey: Grey, rows: _Taps, columns: _Taps) -> Grey | None:
    """The page by counts of white pixels; None where too many of its values are unsure."""
    cv2 = load_cv2()
    counts = np.negative(_whole(grey, rows))  # modulo 256
    narrow = counts.astype(np.float32)
    narrow *= 255 * rows.inner
    for lines, weights in ((rows.first, rows.before), (rows.last, rows.after)):
        cut = grey[lines].astype(np.float32)  # bytes times floats would be four times as slow
        cut *= weights
        narrow += cut
    narrow = np.asarray(
        cv2.transpose(narrow), np.float32
    )  # columns become rows, which are added fast
    exact = _whole(narrow, columns) * columns.inner
    exact += narrow[columns.first] * columns.before
    exact += narrow[columns.last] * columns.after
    levels = np.rint(exact)
    error = 2 * 255 * (int(rows.whole.max() + columns.whole.max()) + 8) * _HALF_ULP
    x, y = np.nonzero(np.abs(exact - levels) >= 0.5 - error)
    if len(x) > _MOST_UNSURE:
        return None
    small: Grey = np.asarray(cv2.transpose(levels.astype(np.uint8)))
    if len(x):
        small[y, x] = _in_order(grey, rows.in_order(y), columns.in_order(x))
    return small


def _whole(lines: npt.NDArray[Level], taps: _Taps) -> npt.NDArray[Level]:
    """Each result line's whole lines added up, in the type of the lines."""
    fewest, most = int(taps.whole.min()), int(taps.whole.max())
    total = np.zeros((len(taps.start), lines.shape[1]), lines.dtype)
    for step in range(fewest):
        total += lines[taps.start + step]
    for step in range(fewest, most):
        longer = np.flatnonzero(taps.whole > step)
        total[longer] += lines[taps.start[longer] + step]
    return total


def _in_order(grey: Grey, rows: tuple[Lines, Values], columns: tuple[Lines, Values]) -> Grey:
    """Single pixels of the result as OpenCV adds them up: along each row, then down.

    Args:
        grey: uint8 (H, W).
        rows: Of k pixels, lines and weights (k, m).
        columns: Of the same, (k, n).

    Returns:
        uint8 (k,).
    """
    (ys, betas), (xs, alphas) = rows, columns
    along = np.zeros(ys.shape, np.float32)
    for x, alpha in zip(xs.T, alphas.T, strict=True):
        along += grey[ys, x[:, None]] * alpha[:, None]
    total = np.zeros(len(ys), np.float32)
    for sums, beta in zip(along.T, betas.T, strict=True):
        total += sums * beta
    return np.rint(total).astype(np.uint8)
