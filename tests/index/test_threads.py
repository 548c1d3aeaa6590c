"""A web server's threads: 2,000 queries from 32 at once give what one by one gives."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from patentzoo.embedding import embed
from patentzoo.index import build_index, load_index, search

THREADS, QUERIES = 32, 2_000


@pytest.mark.parametrize("engine", ["flat", "hnsw"])
def test_2000_searches_from_32_threads(model, drawings, unit_rows, tmp_path, engine):
    build_index(model, drawings(600), path=tmp_path / "index", engine=engine)
    index, asked = load_index(tmp_path / "index"), unit_rows(QUERIES, 8)
    options = ({}, {"where": {"year": {">": 2010}}}, {"group_by": "patent"}, {"exclude": "d3"})
    started = threading.Barrier(THREADS)

    def ask(number: int) -> list[str]:
        if number < THREADS:
            started.wait(timeout=60)
        hits = search(index, asked[number], k=5, **options[number % len(options)])
        return [hit.id for hit in hits]

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(ask, range(QUERIES)))
    for number in range(0, QUERIES, 7):
        hits = search(index, asked[number], k=5, **options[number % len(options)])
        assert found[number] == [hit.id for hit in hits]


def test_images_are_embedded_and_searched_from_32_threads(model, draw):
    images = [(f"i{number}", draw(number)) for number in range(24)]
    index, alone = build_index(model, images), embed(model, images)

    def ask(number: int) -> tuple[str, np.ndarray]:
        name, image = images[number % len(images)]
        return search(index, image, k=1)[0].id, embed(model, [(name, image)]).vectors[0]

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(ask, range(96)))
    for number, (name, vector) in enumerate(found):
        assert name == f"i{number % len(images)}"
        np.testing.assert_allclose(vector, alone.vectors[number % len(images)], atol=1e-6)
