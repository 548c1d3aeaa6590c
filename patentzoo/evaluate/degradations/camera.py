"""A phone's photograph of a plane: pinhole, lamp, shadow, lens, sensor and file.

Everything between the scene and the tone curve is linear light. Lengths are millimetres in the
plane, whose origin is the middle of the sheet; x points right, y down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patentzoo.system.opencv import load_cv2

Grey = NDArray[np.uint8]
Colour = NDArray[np.uint8]
Floats = NDArray[np.float32]

PHOTO_PX = (1280, 960)
"""Long and short side of a photograph, as messengers send them."""
FOCAL = 26 / 36
"""A phone's main lens: 26 mm where 36 mm is the long side."""


@dataclass(frozen=True)
class Plane:
    """Reflectance of the plane before the camera.

    Attributes:
        reflectance: float32 (H, W, 3), linear, in [0, 1].
        px_per_mm: Its resolution; its middle is the origin.
    """

    reflectance: Floats
    px_per_mm: float


def linear(value: NDArray[np.uint8]) -> Floats:
    """Linear light of sRGB values (IEC 61966-2-1)."""
    v = np.arange(256, dtype=np.float32) / 255
    table = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4).astype(np.float32)
    return np.asarray(table[value], np.float32)


def encoded(light: Floats) -> Colour:
    """sRGB values of linear light; what is above 1 is clipped."""
    v = np.arange(4097, dtype=np.float32) / 4096
    curve = np.where(v <= 0.0031308, 12.92 * v, 1.055 * np.power(v, 1 / 2.4) - 0.055)
    table = np.round(255 * curve).astype(np.uint8)
    return np.asarray(table[(np.clip(light, 0, 1) * 4096 + 0.5).astype(np.int16)], np.uint8)


def camera_matrix(
    width_mm: float, height_mm: float, fill: float, tilt_deg: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """Homography from millimetres of the plane to pixels of a photograph, and its size (w, h).

    Args:
        width_mm: Of what is photographed.
        height_mm: Of the same.
        fill: Share of the frame's tighter side that it covers when seen straight.
        tilt_deg: Largest angle between the lens and the plane's normal.
        rng: Draws tilt, roll and aim.
    """
    long, short = PHOTO_PX
    size = (long, short) if width_mm > height_mm else (short, long)
    focal = FOCAL * long
    distance = focal * max(width_mm / size[0], height_mm / size[1]) / fill
    tilt, toward = np.radians(rng.uniform(0.3, 1) * tilt_deg), rng.uniform(0, 2 * np.pi)
    axis = np.array([np.cos(toward), np.sin(toward), 0.0])
    roll = np.array([0, 0, np.radians(rng.normal(0, 3))])
    rodrigues = load_cv2().Rodrigues
    rotation = rodrigues(roll)[0] @ rodrigues(axis * tilt)[0]
    aim = rng.normal(0, 0.02, 2) * np.array([width_mm, height_mm])
    shift = np.array([*-aim, distance])
    pinhole = np.array([[focal, 0, size[0] / 2], [0, focal, size[1] / 2], [0, 0, 1.0]])
    return pinhole @ np.column_stack([rotation[:, 0], rotation[:, 1], shift]), size


def project(
    picture: Floats,
    px_per_mm: float,
    view: NDArray[np.float64],
    size: tuple[int, int],
    gathered: float = 1.0,
) -> Floats:
    """What a camera sees of a raster that lies in the plane, its middle at the origin.

    Args:
        picture: The raster.
        px_per_mm: Its resolution.
        view: Homography of the camera.
        size: Of the photograph, (width, height).
        gathered: Share of its pitch over which a pixel of the sensor gathers light; below 1 fine
            patterns beat with the sensor's grid.
    """
    height, width = picture.shape[:2]
    to_mm = np.array(
        [
            [1 / px_per_mm, 0, -width / 2 / px_per_mm],
            [0, 1 / px_per_mm, -height / 2 / px_per_mm],
            [0, 0, 1],
        ]
    )
    cv2 = load_cv2()
    shrunk = gathered * px_per_mm * view[2, 2] / (FOCAL * PHOTO_PX[0])
    if shrunk > 1.2:  # each pixel of the sensor gathers light over its area
        picture = cv2.GaussianBlur(picture, (0, 0), 0.35 * shrunk)
    seen = cv2.warpPerspective(
        picture, view @ to_mm, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(seen, np.float32)


def illumination(extent_mm: float, rng: np.random.Generator) -> tuple[Floats, float]:
    """Irradiance over the plane: a lamp, the room, and the shadow of who takes the picture.

    Returns:
        float32 (n, n, 3), its largest value 1, and its pixels a millimetre.
    """
    cv2 = load_cv2()
    n = 160
    px_per_mm = n / extent_mm
    y, x = (np.mgrid[:n, :n].astype(np.float32) - n / 2) / px_per_mm
    height = rng.uniform(350, 900)
    angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(100, 450)
    squared = (x - away * np.cos(angle)) ** 2 + (y - away * np.sin(angle)) ** 2
    lamp = height**3 / (squared + height**2) ** 1.5
    shade = np.ones((n, n), np.float32)
    shadow_side = rng.uniform(0, 2 * np.pi)
    reach = rng.uniform(-20, 110)
    wave = 15 * np.sin((x * np.sin(shadow_side) - y * np.cos(shadow_side)) / rng.uniform(20, 60))
    edge = x * np.cos(shadow_side) + y * np.sin(shadow_side) + wave - reach
    shade[edge > 0] = 1 - rng.uniform(0.35, 0.7)
    shade = cv2.GaussianBlur(shade, (0, 0), rng.uniform(4, 18) * px_per_mm)
    warm = np.array([1, rng.uniform(0.86, 0.98), rng.uniform(0.66, 0.95)], np.float32)
    room = rng.uniform(0.2, 0.5)
    light = (lamp * shade)[..., None] * warm + np.float32(room)
    return np.asarray(light / light.max(), np.float32), px_per_mm


def expose(scene: Floats, rng: np.random.Generator, *, sharp: bool = False) -> Colour:
    """Lens, sensor and tone curve: scene radiance, float32 (h, w, 3), to an sRGB photograph.

    Defocus is a disc, an unsteady hand a line, noise that of photons and of reading out (grows
    with the square root of the light), and the exposure is set by the brightest twentieth.
    """
    cv2 = load_cv2()
    if not sharp:
        scene = cv2.filter2D(scene, -1, _defocus(rng.uniform(0.3, 1.6)))
        scene = cv2.filter2D(scene, -1, _shake(rng.uniform(0, 3.5), rng.uniform(0, np.pi)))
    height, width = scene.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    radius = ((x - width / 2) ** 2 + (y - height / 2) ** 2) / (FOCAL * max(height, width)) ** 2
    scene = scene / (1 + radius[..., None]) ** rng.uniform(0.5, 1.5)
    white = np.percentile(scene[::8, ::8], 95)
    light = scene * (rng.uniform(0.55, 0.95) / max(float(white), 1e-4))
    electrons = 10 ** rng.uniform(2.7, 3.9)
    spread = np.sqrt(np.clip(light, 0, None) / electrons + (2.5 / electrons) ** 2)
    noise = rng.standard_normal(light.shape, np.float32)
    return encoded(np.asarray(light + spread * noise, np.float32))


def as_jpeg(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """What is left of a picture (RGB or grey) after a JPEG file."""
    cv2 = load_cv2()
    given = picture[..., ::-1] if picture.ndim == 3 else picture
    _, file = cv2.imencode(".jpg", given, [cv2.IMWRITE_JPEG_QUALITY, quality])
    read = cv2.imdecode(file, cv2.IMREAD_COLOR if picture.ndim == 3 else cv2.IMREAD_GRAYSCALE)
    return np.ascontiguousarray(read[..., ::-1] if picture.ndim == 3 else read, np.uint8)


def _defocus(radius: float) -> Floats:
    """A disc of light, its edge softened by diffraction."""
    y, x = np.mgrid[-4:5, -4:5].astype(np.float32)
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    soft = load_cv2().GaussianBlur(disc, (0, 0), 0.5)
    return np.asarray(soft / soft.sum(), np.float32)


def _shake(length: float, angle: float) -> Floats:
    """A short line along which the hand moved."""
    along = np.linspace(-length / 2, length / 2, 15)
    kernel = np.zeros((9, 9), np.float32)
    for step in along:
        column, row = 4 + step * np.cos(angle), 4 + step * np.sin(angle)
        left, top = int(column), int(row)
        right, low = column - left, row - top
        kernel[top, left] += (1 - right) * (1 - low)
        kernel[top, min(left + 1, 8)] += right * (1 - low)
        kernel[min(top + 1, 8), left] += (1 - right) * low
        kernel[min(top + 1, 8), min(left + 1, 8)] += right * low
    return np.asarray(kernel / kernel.sum(), np.float32)
