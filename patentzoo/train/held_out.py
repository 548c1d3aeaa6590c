"""What a run gained on patents that it did not train on, query by query."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from torch import nn

from patentzoo.errors import ConfigError, TrainingError
from patentzoo.evaluate import EvaluationResult, Interval, Protocol, evaluate
from patentzoo.evaluate.metrics import bootstrap_interval
from patentzoo.models.retrieval_model import RetrievalModel
from patentzoo.train.config import Recipe
from patentzoo.train.files import held_out_records
from patentzoo.zoo.card import Score

FEWEST = 4
"""Patents below which a difference would say nothing."""
NAME = "held-out patents"


@dataclass(frozen=True)
class Gain:
    """What fine-tuning changed, on patents of the folder that training left out.

    Attributes:
        patents: How many were held out.
        queries: Their drawings, each searched for among the others.
        before: Mean average precision of the model the run began with.
        after: Of the model it ended with.
        difference: After less before, query by query, with its 95 % interval over patents.
        rank1_before: Share of the queries whose patent came first, before.
        rank1_after: The same, after.
    """

    patents: int
    queries: int
    before: Interval
    after: Interval
    difference: Interval
    rank1_before: float
    rank1_after: float

    def __str__(self) -> str:
        change = self.difference
        return (
            f"{self.queries} queries of {self.patents} held-out patents: mAP {self.before} before, "
            f"{self.after} after, difference {change.value:+.3f} [{change.low:+.3f}, "
            f"{change.high:+.3f}]; rank-1 {self.rank1_before:.3f} before, "
            f"{self.rank1_after:.3f} after"
        )

    @property
    def certain(self) -> bool:
        """Whether the interval of the difference lies above zero."""
        return self.difference.low > 0

    def scores(self) -> tuple[Score, ...]:
        """What the model's card says of it."""
        named = {"mAP": self.after, "mAP over the start": self.difference}
        return tuple(
            Score(NAME, name, round(each.value, 4), round(each.low, 4), round(each.high, 4))
            for name, each in named.items()
        )


class HeldOut:
    """The held-out patents of a recipe's data, and what the network scored on them at first.

    Args:
        recipe: With ``data.held_out``.
        start: The network the run begins with, in eval mode.
        device: Where to embed.

    Raises:
        ConfigError: Too few patents have two drawings.
    """

    def __init__(self, recipe: Recipe, start: nn.Module, device: str) -> None:
        self.device = device
        self.protocol = _protocol(recipe)
        self.before = self._measured(recipe, start)

    @property
    def patents(self) -> int:
        """How many patents are held out."""
        return len(set(self.protocol.patents.values()))

    def gain(self, recipe: Recipe, network: nn.Module) -> Gain:
        """Measure the finished network beside the start.

        Raises:
            TrainingError: It is no better and ``validate.beat_start`` is set.
        """
        gain = compare(self.before, self._measured(recipe, network))
        if recipe.validate.beat_start and gain.difference.value <= 0:
            raise TrainingError(
                f"{gain}. The run gained nothing over what it began with, so no model was written. "
                "More patents, more drawings of each or a lower stage.0.lr may help, with another "
                "folder for the run; validate.beat_start = false keeps the model all the same."
            )
        return gain

    def _measured(self, recipe: Recipe, network: nn.Module) -> EvaluationResult:
        sized = dataclasses.replace(recipe.preprocess, size_px=recipe.model_size_px)
        training = network.training
        model = RetrievalModel(
            network.eval(),
            sized,
            name=recipe.name,
            dim=recipe.network.dim,
            network_config=recipe.network.to_dict(),
            device=self.device,
            hflip=recipe.hflip,
        )
        found = evaluate(model, self.protocol, workers=max(1, recipe.loop.workers))
        network.train(training)
        return found


def compare(before: EvaluationResult, after: EvaluationResult) -> Gain:
    """Compare two measurements of the same queries.

    Raises:
        ConfigError: The queries differ.
    """
    pairs = list(zip(before.queries, after.queries, strict=True))
    if any(one.id != other.id for one, other in pairs):
        raise ConfigError("Only measurements of the same queries can be compared.")
    changes = np.array([b.average_precision - a.average_precision for a, b in pairs])
    return Gain(
        patents=after.counts["query_patents"],
        queries=after.counts["queries"],
        before=before.metrics["mAP"],
        after=after.metrics["mAP"],
        difference=bootstrap_interval(changes, [query.patent for query in after.queries]),
        rank1_before=before.metrics["rank-1"].value,
        rank1_after=after.metrics["rank-1"].value,
    )


def _protocol(recipe: Recipe) -> Protocol:
    held = held_out_records(recipe.data)
    if len(held.patents) < FEWEST:
        raise ConfigError(
            f"{recipe.data.root or recipe.data.table}: only {len(held.patents)} patents can be "
            f"held out to measure on; {FEWEST} at least are wanted. Patents with two drawings or "
            f"more count: give {round(FEWEST / recipe.data.held_out)} of them, or a larger "
            "data.held_out."
        )
    return Protocol(
        name="held-out",
        description=f"{len(held)} drawings of {len(held.patents)} held-out patents",
        images=tuple((record.id, record.file) for record in held),
        patents={record.id: record.patent for record in held},
    )
