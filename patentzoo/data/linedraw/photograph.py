"""The same solids as coloured, lit surfaces before a backdrop: stand-ins for filed photographs.

One lamp, a little light from everywhere, a highlight (Blinn, SIGGRAPH 1977), a colour a part,
grain. Such pictures are for measuring how drawings find photographs; nothing is trained on them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from patentzoo.data.linedraw.camera import Camera
from patentzoo.data.linedraw.hidden import RayScene

Colours = npt.NDArray[np.uint8]
Doubles = npt.NDArray[np.float64]

_MARGIN = 0.12
_SMOOTH_SIGMA = 0.35
"""Neighbouring normals less than about this apart belong to one curved surface."""


def photograph(
    scene: RayScene, camera: Camera, rng: np.random.Generator, *, size_px: int = 384
) -> Colours:
    """Light a solid and take its picture.

    Args:
        scene: The solid, made ready for rays.
        camera: Where it is seen from.
        rng: Colours, lamp, backdrop and grain.
        size_px: Side of the picture.

    Returns:
        uint8 (size_px, size_px, 3), RGB.
    """
    hit, rays = _seen(scene, camera, size_px)
    inside = hit >= 0
    normals = _smooth_normals(scene, hit, rays, size_px)
    picture = _backdrop(size_px, rng)
    lit = _lit(scene, hit, normals, -rays, camera, rng)
    picture[inside.reshape(size_px, size_px)] = lit[inside]
    picture += rng.normal(0, rng.uniform(0.0, 0.02), picture.shape)
    return np.clip(np.rint(picture * 255), 0, 255).astype(np.uint8)


def _seen(scene: RayScene, camera: Camera, size_px: int) -> tuple[npt.NDArray[np.int32], Doubles]:
    """The triangle every pixel shows (-1: none) and the direction it looks in."""
    right, up, toward = camera.axes()
    points = scene.vertices.astype(np.float64)
    depth = 1.0 if camera.distance is None else 1 - (points @ toward) / camera.distance
    flat = np.stack([points @ right, points @ up], axis=1) / np.reshape(depth, (-1, 1))
    middle = (flat.min(0) + flat.max(0)) / 2
    half = float(np.ptp(flat, axis=0).max()) / 2 * (1 + 2 * _MARGIN) or 1.0
    spots = ((np.arange(size_px) + 0.5) / size_px * 2 - 1) * half
    u, v = np.meshgrid(middle[0] + spots, middle[1] - spots)
    plane = u.reshape(-1, 1) * right + v.reshape(-1, 1) * up
    if camera.distance is None:
        origins, rays = plane + 2.5 * toward, np.broadcast_to(-toward, plane.shape)
    else:
        eye = toward * camera.distance
        origins, rays = np.broadcast_to(eye, plane.shape), plane - eye
        rays = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    return scene.hits(origins.astype(np.float32), rays.astype(np.float32)), rays


def _smooth_normals(
    scene: RayScene, hit: npt.NDArray[np.int32], rays: Doubles, size_px: int
) -> Doubles:
    """Normals turned to the eye, facets of one curved surface blended."""
    import cv2

    normals = scene.normals[hit]
    normals = normals * np.sign((normals * -rays).sum(1, keepdims=True))
    normals[hit < 0] = 0
    image = normals.reshape(size_px, size_px, 3).astype(np.float32)
    image = np.asarray(cv2.bilateralFilter(image, 15, _SMOOTH_SIGMA, 6.0), np.float32)
    smooth = image.reshape(-1, 3).astype(np.float64)
    out: Doubles = smooth / (np.linalg.norm(smooth, axis=1, keepdims=True) + 1e-9)
    return out


def _lit(
    scene: RayScene,
    hit: npt.NDArray[np.int32],
    normals: Doubles,
    to_eye: Doubles,
    camera: Camera,
    rng: np.random.Generator,
) -> Doubles:
    """Colour of every pixel under one lamp: (N, 3) in [0, 1] before clipping."""
    parts = scene.solid.part[hit].astype(np.int64)
    base = rng.uniform(0.15, 0.85, (1, 3))
    colours = np.clip(base + rng.normal(0, 0.12, (int(parts.max()) + 1, 3)), 0.05, 0.95)
    lamp = np.array([rng.uniform(-0.8, 0.8), rng.uniform(0.3, 1.0), rng.uniform(0.5, 1.2)])
    lamp = lamp @ camera.axes()
    lamp /= np.linalg.norm(lamp)
    diffuse = np.clip(normals @ lamp, 0, 1)[:, None]
    halfway = to_eye + lamp
    halfway /= np.linalg.norm(halfway, axis=1, keepdims=True)
    shine = np.clip((normals * halfway).sum(1), 0, 1)[:, None] ** rng.uniform(10, 60)
    light = rng.uniform(0.25, 0.45) + rng.uniform(0.5, 0.8) * diffuse
    out: Doubles = colours[parts] * light + rng.uniform(0, 0.5) * shine
    return out


def _backdrop(size_px: int, rng: np.random.Generator) -> Doubles:
    """White as in a studio, or a colour that grows darker to one side: (H, W, 3)."""
    if rng.random() < 0.5:
        return np.ones((size_px, size_px, 3))
    ramp = np.linspace(1.0, rng.uniform(0.6, 1.0), size_px)[:, None, None]
    tint = rng.uniform(0.45, 1.0) * rng.uniform(0.85, 1.0, 3)
    return np.ones((size_px, size_px, 3)) * ramp * tint
