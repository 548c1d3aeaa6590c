"""Links to the nodes of an HNSW graph that its own search does not reach.

A node's list of neighbours is kept short. Beside thousands of near copies the copies fill every
list, and what lies next to them loses its last link from outside: no walk arrives there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.index.engines.faiss_calls import load_faiss, search_with, stored
from patentzoo.index.engines.protocol import Vectors

WIDTH = 8
"""Candidates kept in the trial search: far fewer than in a real one, so that a node counts as
reached only if queries near it arrive there, too."""
_ROUNDS = 4
_ROUNDING = 1e-6

Rows = npt.NDArray[np.int64]
Blocks = Callable[[], Iterable[Vectors]]


def link_unreached(index: Any, blocks: Blocks) -> int:
    """Link nodes that a narrow search does not find from those nearest to them that it does.

    A link takes the place of the farthest of a full list, which may cut off another node: the
    search is repeated until it finds all of them, at most four times.

    Args:
        index: faiss's IndexHNSW; its lowest layer is changed.
        blocks: Gives the vectors of its nodes, in order, float32 (m, dim) at a time.

    Returns:
        How many nodes were not found at the end.
    """
    lists, kept = _lowest_layer(index), set[tuple[int, int]]()
    for _ in range(_ROUNDS):
        unreached, near = _unreached(index, blocks())
        if not len(unreached):
            return 0
        for node, others in zip(unreached.tolist(), near.tolist(), strict=True):
            for other in others:
                if other >= 0:
                    _link(index, lists(other), other, node, kept)
    return len(_unreached(index, blocks())[0])


def _lowest_layer(index: Any) -> Callable[[int], npt.NDArray[np.int32]]:
    """The list of neighbours of a node on the lowest layer, -1 where it is free; writable."""
    faiss, hnsw = load_faiss(), index.hnsw
    starts = faiss.vector_to_array(hnsw.offsets)
    everything = faiss.rev_swig_ptr(hnsw.neighbors.data(), hnsw.neighbors.size())
    length = hnsw.nb_neighbors(0)

    def list_of(node: int) -> npt.NDArray[np.int32]:
        first = int(starts[node])
        found: npt.NDArray[np.int32] = everything[first : first + length]
        return found

    return list_of


def _unreached(index: Any, blocks: Iterable[Vectors]) -> tuple[Rows, Rows]:
    """Nodes of which a narrow search finds neither themselves nor enough that is as near.

    Returns:
        The nodes, int64 (u,), and what was found instead, int64 (u, WIDTH), the nearest first.
    """
    parameters = load_faiss().SearchParametersHNSW(efSearch=WIDTH)
    nodes, near, first = [np.empty(0, np.int64)], [np.empty((0, WIDTH), np.int64)], 0
    for vectors in blocks:
        mine = np.arange(first, first + len(vectors))
        scores, found = search_with(index, vectors, WIDTH, parameters)
        own = np.einsum("ij,ij->i", vectors, stored(index, mine))
        lost = (found != mine[:, None]).all(axis=1) & (scores[:, -1] < own - _ROUNDING)
        nodes.append(mine[lost])
        near.append(found[lost])
        first += len(vectors)
    return np.concatenate(nodes), np.concatenate(near)


def _link(
    index: Any, links: npt.NDArray[np.int32], owner: int, node: int, kept: set[tuple[int, int]]
) -> None:
    """Put a node into another one's list: where it is free, or in the place of the farthest.

    Args:
        index: Of both.
        links: The list.
        owner: Whose list it is.
        node: The node.
        kept: Owner and place of each link put so; these stay.
    """
    if (links == node).any():
        return
    free = np.flatnonzero(links < 0)
    if len(free):
        place = int(free[0])
    else:
        places = [each for each in range(len(links)) if (owner, each) not in kept]
        if not places:
            return
        others = stored(index, links[places].astype(np.int64))
        place = places[int(np.argmin(others @ stored(index, np.array([owner]))[0]))]
    links[place] = node
    kept.add((owner, place))
