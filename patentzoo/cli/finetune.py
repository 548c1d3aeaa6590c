"""finetune: a model and a folder of drawings."""

from __future__ import annotations

import logging
import shlex
from typing import Annotated

import typer

from patentzoo.cli import options
from patentzoo.cli.output import out, show_progress
from patentzoo.cli.recipe_options import Settings, Tiny, TrainAnew, parse_settings


def finetune(
    folder: Annotated[
        str,
        typer.Argument(
            metavar="FOLDER",
            help="Your drawings: a folder a patent, or named as the USPTO does.",
        ),
    ],
    model: options.Model = None,
    target: Annotated[
        str, typer.Option("--out", "-o", metavar="FOLDER", help="Folder of the run.")
    ] = "runs/finetuned",
    held_out: Annotated[
        float,
        typer.Option(metavar="SHARE", help="Share of the patents to leave out and measure on."),
    ] = 0.25,
    settings: Settings = None,
    tiny: Tiny = False,
    overwrite: TrainAnew = False,
) -> None:
    """Fine-tune a model on your drawings, and measure what it gains on patents left out."""
    from patentzoo.train.folder_finetuning import finetune

    logging.getLogger("patentzoo").setLevel(logging.INFO)
    done = finetune(
        model,
        folder,
        out=target,
        held_out=held_out,
        settings=parse_settings(settings),
        progress=show_progress(),
        overwrite=overwrite,
        tiny=tiny,
    )
    place = shlex.quote(str(done.folder))
    chance = "" if done.gain.certain else " The interval holds zero: this may be chance."
    out().print(
        f"{done.gain}.{chance}\nModel: {place}\n"
        f"Use it: patentzoo index FOLDER --model {place} --out FOLDER.index",
        highlight=False,
        soft_wrap=True,
        markup=False,
    )
