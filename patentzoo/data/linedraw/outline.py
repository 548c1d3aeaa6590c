"""The outer contour where no edge draws it, as on open meshes and faces seen exactly edge-on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RASTER_PX = 768
_COVER_PX = 7
_SHORTEST_PX = 8


def missing_outline(
    triangles: npt.NDArray[np.float64], pieces: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Contour segments of the filled figure that no visible piece covers.

    Args:
        triangles: (F, 3, 2) projected triangles in the unit square.
        pieces: (P, 2, 2) visible strokes in the same coordinates.

    Returns:
        (Q, 2, 2) segments, on the figure's border.
    """
    import cv2

    filled = np.zeros((RASTER_PX + 2, RASTER_PX + 2), np.uint8)
    corners = np.round(triangles * RASTER_PX).astype(np.int32) + 1
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    for triangle in corners[area != 0]:
        cv2.fillConvexPoly(filled, triangle, 1)
    covered = np.zeros_like(filled)
    lines = np.round(pieces * RASTER_PX).astype(np.int32) + 1
    cv2.polylines(covered, list(lines), False, 1, _COVER_PX)
    contours, _ = cv2.findContours(filled, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    found = []
    for contour in contours:
        points = contour[:, 0]
        bare = np.flatnonzero(covered[points[:, 1], points[:, 0]] == 0)
        for run in np.split(bare, np.flatnonzero(np.diff(bare) > 2) + 1):
            if len(run) >= _SHORTEST_PX:
                path = cv2.approxPolyDP(points[run][:, None], 1.2, False)[:, 0]
                found.append(np.stack([path[:-1], path[1:]], 1))
    if not found:
        return np.zeros((0, 2, 2))
    out: npt.NDArray[np.float64] = (np.concatenate(found) - 1) / RASTER_PX
    return out
