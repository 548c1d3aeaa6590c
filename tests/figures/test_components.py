from __future__ import annotations

import numpy as np
from scipy import ndimage

from patentzoo.figures.components import find_components, union


def noise(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.where(rng.random((60, 80)) < 0.12, 0, 255).astype(np.uint8)


def test_boxes_and_areas_are_those_of_another_library():
    grey = noise(0)
    found = find_components(grey)
    labels, count = ndimage.label(grey < 128, structure=np.ones((3, 3)))
    expected = sorted(
        (s[0].start, s[1].start, s[0].stop, s[1].stop, int((labels == i).sum()))
        for i, s in enumerate(ndimage.find_objects(labels), start=1)
    )
    given = sorted(
        (*box, area) for box, area in zip(found.boxes.tolist(), found.areas, strict=True)
    )
    assert len(found) == count
    assert given == expected


def test_painting_all_components_gives_the_page_back():
    grey = noise(1)
    found = find_components(grey)
    everything = np.ones(len(found), bool)
    assert (found.paint(everything, (0, 0, 60, 80)) == grey).all()
    assert (found.paint(~everything, (0, 0, 60, 80)) == 255).all()


def test_painting_one_component_in_its_box_leaves_out_its_neighbours():
    grey = np.full((20, 20), 255, np.uint8)
    grey[2, 2:18] = grey[2:18, 2] = 0  # an angle, and a dot within its box
    grey[10, 10] = 0
    found = find_components(grey)
    angle = int(found.areas.argmax())
    picture = found.paint(np.arange(len(found)) == angle, tuple(found.boxes[angle]))
    assert picture.shape == (16, 16)
    assert (picture == 0).sum() == 31


def test_a_blank_page_has_none():
    assert len(find_components(np.full((5, 5), 255, np.uint8))) == 0


def test_union():
    assert union(np.array([[3, 4, 5, 6], [1, 5, 2, 9]], np.int32)) == (1, 4, 5, 9)
