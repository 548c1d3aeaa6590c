"""Measuring retrieval: metrics, protocols, baselines, and the JSON that cards quote."""

from __future__ import annotations

from patentzoo.evaluate.metrics import Interval, QueryScore, summarise
from patentzoo.evaluate.protocol import PROTOCOLS, Protocol, load_protocol
from patentzoo.evaluate.run import (
    EvaluationResult,
    card_scores,
    development_map,
    evaluate,
    evaluate_vectors,
    write_json,
)
from patentzoo.evaluate.variants import Variant

__all__ = [
    "PROTOCOLS",
    "EvaluationResult",
    "Interval",
    "Protocol",
    "QueryScore",
    "Variant",
    "card_scores",
    "development_map",
    "evaluate",
    "evaluate_vectors",
    "load_protocol",
    "summarise",
    "write_json",
]
