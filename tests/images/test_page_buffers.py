"""empty_page(): memory is used again, and never while anybody can see it."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PIL import Image

from patentzoo.images.page_buffers import empty_page
from patentzoo.sources import read_pages


def in_new_thread(work):
    """What ``work`` gives in a thread that has kept nothing yet."""
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def address(page: np.ndarray) -> int:
    return page.__array_interface__["data"][0]


def test_a_page_nobody_holds_gives_its_memory_to_the_next():
    def work():
        return address(empty_page(300, 200)), address(empty_page(100, 700))

    first, second = in_new_thread(work)
    assert first == second


@pytest.mark.parametrize(
    "hold",
    [
        lambda page: page,
        lambda page: page[3:50, ::2],
        lambda page: page.T.reshape(-1, order="A"),
        lambda page: memoryview(page),
        lambda page: Image.frombuffer("L", page.shape[::-1], page, "raw", "L", 0, 1),
        lambda page: {"kept": [page[0]]},
    ],
)
def test_whoever_holds_a_page_or_a_part_of_it_keeps_it(hold):
    def work():
        page = empty_page(300, 200)
        page[:] = 7
        held, before = hold(page), page.copy()
        del page
        for _ in range(6):
            empty_page(300, 200)[:] = 99
        return held, before

    held, before = in_new_thread(work)
    again = hold(before)
    if isinstance(held, Image.Image):
        held, again = np.asarray(held), np.asarray(again)
    if isinstance(held, dict):
        held, again = held["kept"][0], again["kept"][0]
    assert np.array_equal(held, again)


def test_threads_share_nothing():
    here = empty_page(300, 200)
    assert in_new_thread(lambda: address(empty_page(300, 200))) != address(here)


def test_pages_that_are_kept_stay_as_they_were_read(draw, tmp_path):
    """A hundred sheets read one after the other, all of them held."""
    files = []
    for number in range(100):
        files.append(tmp_path / f"{number:03d}.tif")
        draw(number, (90 + number, 200 - number)).convert("1").save(files[-1], compression="group4")
    pages = [read_pages(file)[0].grey for file in files]
    for number, page in enumerate(pages):
        sheet = draw(number, (90 + number, 200 - number)).convert("1")
        assert np.array_equal(page, np.asarray(sheet.convert("L")))


def test_large_pages_are_not_kept():
    def work():
        page = empty_page(5000, 5000)
        assert page.base is None
        return page.shape

    assert in_new_thread(work) == (5000, 5000)
