"""Explains a result: reads query and hit again and takes their cosine apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from patentzoo.errors import QueryError
from patentzoo.hit import Drawing, Hit, Treatment
from patentzoo.images.page import held
from patentzoo.models.contributions import Cells, cell_embeddings
from patentzoo.options import ReadOptions
from patentzoo.reports.explanation import ExplainedDrawing, Explanation
from patentzoo.reports.query_preview import query_pages
from patentzoo.reports.thumbnails import Grey
from patentzoo.sources.stored_drawings import read_drawing

if TYPE_CHECKING:
    import torch

    from patentzoo.models.retrieval_model import RetrievalModel


SAME_SCORE = 0.02
"""Two cosines of one pair differ by less: vectors are stored in 8 bits, or computed elsewhere."""


class Query(Protocol):
    """The question of a result; a ``SearchResult`` is one."""

    @property
    def query(self) -> str:
        """Its id."""

    @property
    def query_images(self) -> tuple[Any, ...]:
        """Its images, as they were given; none for a vector."""

    @property
    def treatments(self) -> tuple[Treatment, ...]:
        """What was done to each of its pictures."""


Parts = list[tuple[Grey, Cells]]


class Explainer:
    """What a result needs in order to be explained.

    Args:
        model: Gives the model of the index.
        query: How the query was read.
        drawings: How the index's drawings were read.
    """

    def __init__(
        self, model: Callable[[], RetrievalModel], query: ReadOptions, drawings: ReadOptions
    ) -> None:
        self._model, self._query, self._drawings = model, query, drawings
        self._network: torch.nn.Module | None = None
        self._last: tuple[Query, Parts] | None = None

    def explain(self, result: Query, hit: Hit) -> Explanation:
        """As ``SearchResult.explain``; of several views the one closest to the hit."""
        if not result.query_images:
            raise QueryError(
                f"{result.query}: a query of words or of a vector has no picture to explain."
            )
        views, (grey, cells) = self._views(result), self._hit(hit)
        vector = cells.sum(axis=(0, 1))
        closest = max(views, key=lambda view: float(view[1].sum(axis=(0, 1)) @ vector))
        of_query = closest[1].sum(axis=(0, 1))
        preprocess = self._model().preprocess
        cosine = float(of_query @ vector)
        return Explanation(
            ExplainedDrawing(closest[0], closest[1] @ vector, preprocess),
            ExplainedDrawing(grey, cells @ of_query, preprocess),
            None if abs(hit.score - cosine) < SAME_SCORE else hit.score,
        )

    def _hit(self, hit: Hit) -> tuple[Grey, Cells]:
        box = hit.metadata.get("box") or ()
        page = read_drawing(hit.id, hit.path, hit.page, box, photos=self._drawings.photos)
        return self._parts(page.grey)

    def _views(self, result: Query) -> Parts:
        """The query's pictures as they were held when the first hit was found."""
        if self._last is not None and self._last[0] is result:
            return self._last[1]
        pages = self._query_pages(result)
        each_own = result.treatments if len(result.treatments) == len(pages) else ()
        treatments = each_own or [result.treatments[0] if result.treatments else Treatment()] * len(
            pages
        )
        found = [
            self._parts(held(grey, each.turned, each.mirrored))
            for grey, each in zip(pages, treatments, strict=True)
        ]
        self._last = (result, found)
        return found

    def _query_pages(self, result: Query) -> list[Grey]:
        if all(isinstance(each, Drawing) for each in result.query_images):
            options = self._drawings
            return [
                read_drawing(
                    each.id,
                    each.path,
                    each.page,
                    each.metadata.get("box") or (),
                    photos=options.photos,
                ).grey
                for each in result.query_images
            ]
        pages = query_pages(result.query, result.query_images, self._query)
        return [page.grey for page in pages]

    def _parts(self, grey: Grey) -> tuple[Grey, Cells]:
        model = self._model()
        if self._network is None:
            self._network = model.network
        return grey, cell_embeddings(model, model.preprocess(grey), self._network)
