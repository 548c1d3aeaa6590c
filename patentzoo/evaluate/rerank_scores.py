"""k-reciprocal re-ranking (Zhong, Zheng, Cao & Li, CVPR 2017) of each query's best, measured.

The re-ranking is that of :func:`patentzoo.search`; ``k1`` 10 and ``k2`` 3 are those of Wang &
Zhang, PRCV 2023, on patents.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from patentzoo.evaluate.ranking import NOT_THERE

K1, K2, SHARE = 10, 3, 0.3
POOL = 100
"""How many of the best are re-ranked; the others stay behind them, in their order."""
_ABOVE = 2.0


def k_reciprocal_scores(
    query: NDArray[np.float64], scores: NDArray[np.float64], gallery: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The scores of one query after its best are re-ranked.

    Args:
        query: (d,) unit.
        scores: (n,) cosines, or below -1 for an image that is not to be found.
        gallery: (n, d) unit rows.

    Returns:
        (n,): the best hold their new score, raised above all others.
    """
    from patentzoo.index.query.rerank import k_reciprocal

    pool = np.argsort(-scores, kind="stable")[:POOL]
    pool = pool[scores[pool] > NOT_THERE]
    rows = np.concatenate([query[None], gallery[pool]])
    reranked = np.round(k_reciprocal(rows @ rows.T, K1, K2, SHARE), 9)
    again = scores.copy()
    again[pool] = _ABOVE + reranked
    return again
