"""The tables of a recipe: what each key means, its unit and its default."""

from __future__ import annotations

import math
from dataclasses import dataclass

from patentzoo.data.linedraw.dataset import SolidSource

DATA_KINDS = ("synthetic", "deeppatent", "folder", "csv", "uspto-sample", "unlabelled")
HELD_OUT_KINDS = ("folder", "csv", "uspto-sample")
"""Kinds of data of which a share of the patents may be held out; DeepPatent has its own splits."""
AUGMENTATIONS = ("none", "flip", "erase", "mild", "strong", "reference")
SAMPLERS = ("m-per-class", "shuffle", "two-views")
PRECISIONS = ("auto", "bf16", "fp16", "fp32")
LOSSES = (
    *("arcface+supcon", "arcface", "subcenter-arcface", "cosface", "easy-arcface"),
    *("proxy-anchor", "ntxent", "supcon", "triplet"),
)
MINERS = ("all", "hard", "semihard", "easy")


@dataclass(frozen=True)
class DataConfig:
    """What is trained on.

    Attributes:
        solids: Sources of synthetic drawings.
        shards: Folder the rendered drawings are kept in.
        figures: Folder of real drawings (``""``: none): a file a patent, whose several views are
            cut apart, or a folder a patent with a file for each view.
        figures_share: Share of the classes of each batch that are real figures.
        styles: Number of draughtsmen at work in one epoch; views of a solid share one.
        degraded_share: Share of the drawn pictures that are also changed in one of the ways of
            :mod:`patentzoo.train.degrade`, as a person's query may be.
        exclude: Patents never to train on, e.g. those of an evaluation.
        kind: ``"synthetic"`` draws solids and ``figures``; the others read files: ``"deeppatent"``
            the published lists and tree, ``"folder"`` a folder a patent (or USPTO file names),
            ``"csv"`` a table, ``"uspto-sample"`` grants as published, ``"unlabelled"`` any folder.
        root: Folder of the pictures, for the kinds that read files.
        lists: Folder of DeepPatent's lists; ``""`` is ``root``.
        table: The CSV of kind ``"csv"``, with the columns ``file`` and ``patent``.
        missing: ``"raise"`` stops when a listed picture is not there; ``"report"`` goes on without
            it and writes ``missing.txt`` into the run's folder.
        augment: What happens to a picture that was read: see ``AUGMENTATIONS``.
        sampler: How pictures are drawn: ``"m-per-class"`` takes ``loop.views`` of each of
            ``loop.classes`` patents; ``"shuffle"`` takes classes × views pictures as they come;
            ``"two-views"`` takes ``loop.classes`` pictures and ``loop.views`` distortions of each,
            every picture its own class.
        held_out: Share of the patents with two pictures or more that training leaves out, chosen by
            a hash of their names. The run searches among their pictures before and after, and
            says what it gained.
    """

    solids: tuple[SolidSource, ...] = ()
    shards: str = "runs/shards"
    figures: str = ""
    figures_share: float = 0.2
    styles: int = 24
    degraded_share: float = 0.0
    exclude: tuple[str, ...] = ()
    kind: str = "synthetic"
    root: str = ""
    lists: str = ""
    table: str = ""
    missing: str = "raise"
    augment: str = "mild"
    sampler: str = "m-per-class"
    held_out: float = 0.0


@dataclass(frozen=True)
class LossConfig:
    """What is minimised. A margin carries its unit in its name.

    Attributes:
        margin_deg: Additive angular margin, in degrees (28.6 is the 0.5 rad of Deng et al., CVPR
            2019), for the ArcFace family.
        scale: ArcFace's and CosFace's factor on the cosines; ProxyAnchor's alpha.
        arcface_weight: Weight of the ArcFace loss in ``"arcface+supcon"``.
        contrast_weight: Weight of the contrastive loss in it (Khosla et al., NeurIPS 2020).
        temperature: Divides the cosines of the contrastive losses.
        name: One of ``LOSSES``.
        margin_rad: The angular margin in radians, in place of ``margin_deg``.
        margin_cos: CosFace's and ProxyAnchor's margin, on the cosine.
        margin_distance: Triplet's margin, on the Euclidean distance of unit vectors.
        sub_centers: Centres a class of ``"subcenter-arcface"`` (Deng et al., ECCV 2020).
        focal_gamma: Focal exponent on the mean cross-entropy of the batch (0: none), as the
            reference applies it; ``"easy-arcface"`` only.
        miner: Which triplets of a batch count: see ``MINERS``.
    """

    margin_deg: float = 17.0
    scale: float = 30.0
    arcface_weight: float = 1.0
    contrast_weight: float = 1.0
    temperature: float = 0.1
    name: str = "arcface+supcon"
    margin_rad: float | None = None
    margin_cos: float = 0.35
    margin_distance: float = 0.2
    sub_centers: int = 3
    focal_gamma: float = 0.0
    miner: str = "semihard"

    @property
    def angle_rad(self) -> float:
        """The angular margin in radians, whichever unit it was given in."""
        return math.radians(self.margin_deg) if self.margin_rad is None else self.margin_rad

    @property
    def angle_deg(self) -> float:
        """The angular margin in degrees, whichever unit it was given in."""
        return self.margin_deg if self.margin_rad is None else math.degrees(self.margin_rad)


@dataclass(frozen=True)
class StageConfig:
    """A stretch of training at one input size; a cosine takes the rate from ``lr`` to ``lr_end``.

    Attributes:
        steps: Optimiser steps; 0 where ``epochs`` says how long.
        size_px: Input size of this stage; the last stage's is the model's. 0 is that of
            ``[preprocess]``.
        epochs: Times through the pictures, for the kinds of data that have an end.
        lr: Learning rate of the network after warm-up.
        lr_end: Learning rate at the end; equal to ``lr``, the rate stays.
        warmup: Steps over which the rate rises from zero.
        sources: How many of the recipe's ``data.solids`` take part, from the first; 0 is all.
        arcface_weight: Multiplies the loss's own: class centres that are still random only disturb.
        classes: Classes in a batch; 0 is the loop's.
        imprint: Start the class centres at the mean embedding of each class; otherwise they go on
            from the stage before if it has the same classes, or start at random.
        neighbours: Of synthetic data: so many classes that look like it, by the imprinted centres,
            come into the batch with each class that is drawn by chance. 0 draws all by chance.
        frozen: Parts of the backbone that stay as they are, statistics included, by the beginning
            of their names, e.g. ``["conv_stem", "bn1", "blocks.0"]``.
    """

    steps: int = 0
    size_px: int = 224
    epochs: float = 0.0
    lr: float = 1e-3
    lr_end: float = 1e-3
    warmup: int = 200
    sources: int = 0
    arcface_weight: float = 1.0
    classes: int = 0
    imprint: bool = False
    neighbours: int = 0
    frozen: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoopConfig:
    """How a run goes.

    Attributes:
        classes: Classes in a batch.
        views: Views of each class in a batch.
        imprint_views: Views of each class that its centre is imprinted from; 0 is ``views``.
        weight_decay: AdamW's.
        loss_lr_factor: Learning rate of the ArcFace weights relative to the network's.
        backbone_lr_factor: Learning rate of the backbone relative to the head's: below 1, a
            backbone that starts from learned weights keeps more of them.
        ema: Decay of the averaged weights, which are the ones kept; 0 keeps the last ones.
        workers: Drawing processes.
        threads: Torch threads; 0 leaves torch's choice.
        save_every: Steps between checkpoints.
        log_every: Steps between log lines.
        optimizer: ``"adamw"``, or ``"adam"`` (without weight decay).
        clip_norm: Longest gradient of the network; 0 does not clip.
        accumulate: Batches an optimiser step.
        precision: ``"bf16"``, ``"fp16"`` (GPU only), ``"fp32"``, or ``"auto"``, which times a step
            of each and takes the fastest.
        channels_last: Memory layout of convolutions.
        checkpointing: Recompute activations in the backward pass: less memory, more time.
        compile: ``torch.compile`` the network.
        keep_statistics: Batch normalisations keep the means and variances they start with: those
            of a few uniform batches would replace what a long training measured.
        sync_batchnorm: Several GPUs normalise by the statistics of the whole batch, not of their
            own share.
        device: ``"auto"`` or ``"cpu"``.
        tensorboard: Write TensorBoard events into the run's folder, where it is installed.
        wandb: Weights & Biases project to log to; ``""`` is none.
    """

    classes: int = 48
    views: int = 3
    imprint_views: int = 0
    weight_decay: float = 0.02
    loss_lr_factor: float = 5.0
    backbone_lr_factor: float = 1.0
    ema: float = 0.998
    workers: int = 1
    threads: int = 0
    save_every: int = 250
    log_every: int = 25
    optimizer: str = "adamw"
    clip_norm: float = 5.0
    accumulate: int = 1
    precision: str = "bf16"
    channels_last: bool = True
    checkpointing: bool = False
    compile: bool = False
    keep_statistics: bool = False
    sync_batchnorm: bool = True
    device: str = "auto"
    tensorboard: bool = True
    wandb: str = ""


@dataclass(frozen=True)
class ValidateConfig:
    """A protocol to look at while training.

    Attributes:
        protocol: Name of an evaluation protocol; ``""`` is none.
        data: Its folder.
        every_steps: Steps between two looks; 0: at the end of each epoch and stage.
        select: Keep the weights of the best look rather than the last ones. Only ever on drawings
            that are neither trained on nor reported on.
        beat_start: Write no model that does not find the patents of ``data.held_out`` better, in
            mAP, than what the run began with.
    """

    protocol: str = ""
    data: str = ""
    every_steps: int = 0
    select: bool = False
    beat_start: bool = True


@dataclass(frozen=True)
class WhitenConfig:
    """A last step: the head is joined with a whitening of the pooled features.

    Attributes:
        classes: Classes it is fitted to (synthetic ones, beside all real ones); 0 keeps the
            learned head.
        views: Views of each.
        shrinkage: Share of the mean within-class variance added in every direction.
        levels: Earlier stages of the backbone whose pooled maps are whitened with the last one's;
            the finished network has them as its ``levels``.
        head_weight: Of the learned head beside the whitened features, which have 1.
        dim: Length of the finished model's embedding; 0 is the network's.
    """

    classes: int = 0
    views: int = 4
    shrinkage: float = 0.5
    levels: tuple[int, ...] = ()
    head_weight: float = 1.0
    dim: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", tuple(self.levels))  # tables hold lists


@dataclass(frozen=True)
class DistilConfig:
    """A finished model as teacher: the network learns to give its vectors for the same pictures.

    Attributes:
        teacher: A card's name, a model directory or ``"recipe:NAME"``; ``""`` is none.
        weight: Of the mean of one minus the cosine between the two vectors of a picture.
    """

    teacher: str = ""
    weight: float = 5.0
