"""What the server answers, as OpenAPI describes it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

import patentzoo as pz
from patentzoo.reports import Pictures, facts_of, score_words, view_of


class FigureFound(BaseModel):
    """One drawing of a hit."""

    id: str
    score: float = Field(description="In [-1, 1]; higher is closer.")
    said: str = Field(description="The score in words, where the index is calibrated.")
    view: str
    picture: str | None = Field(description="A data:image/png address; null: none, or not asked.")


class HitFound(BaseModel):
    """One patent, or one drawing where the search is not by patent."""

    rank: int
    patent: str | None
    score: float
    said: str
    title: str | None
    granted: str
    classes: str
    page: str = Field(description="Address of a page about the patent; empty: none is known.")
    office: str = Field(description="Address of the office's document.")
    owner: str
    metadata: dict[str, Any]
    figures: list[FigureFound]


class Found(BaseModel):
    """A search's result."""

    model: str
    drawings: int = Field(description="How many the index holds.")
    treatment: str = Field(description="What was done to the query's picture.")
    views: list[str | None] = Field(description="The drawings as they were read.")
    hits: list[HitFound]


class Explained(BaseModel):
    """A picture of query and drawing, coloured where they agree."""

    picture: str


class IndexFacts(BaseModel):
    """The index that is searched, and what the server allows."""

    model: str
    drawings: int
    patents: int
    dim: int
    engine: str
    fields: dict[str, str] = Field(description="Metadata a filter may name, and their types.")
    text: bool = Field(description="Whether it can be searched by words.")
    changes: bool = Field(description="Whether drawings may be added and removed, with the token.")
    max_bytes: int
    max_pixels: int
    max_views: int
    max_hits: int


class Changed(BaseModel):
    """What a change did."""

    added: int = 0
    replaced: int = 0
    removed: int = 0
    unchanged: int = 0


class Health(BaseModel):
    """That the server answers and its index can be read."""

    status: str
    drawings: int


def hit_found(hit: pz.Hit, pictures: Pictures | None) -> HitFound:
    """A hit as it is answered.

    Args:
        hit: Of a search.
        pictures: None: without pictures.
    """
    facts = facts_of(hit)
    return HitFound(
        rank=hit.rank,
        patent=hit.patent,
        score=hit.score,
        said=score_words(hit),
        title=hit.title,
        granted=facts.granted,
        classes=facts.classes,
        page=facts.page_url,
        office=facts.office_url,
        owner=facts.owner,
        metadata=dict(hit.metadata),
        figures=[_figure(each, pictures) for each in hit.figures or (hit,)],
    )


def _figure(hit: pz.Hit, pictures: Pictures | None) -> FigureFound:
    return FigureFound(
        id=hit.id,
        score=hit.score,
        said=score_words(hit),
        view=view_of(hit),
        picture=pictures.of_hit(hit) if pictures is not None else None,
    )
