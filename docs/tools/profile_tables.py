"""Where the time goes from file to vector, before and after the pipeline was made fast."""

from __future__ import annotations

from pathlib import Path

from measured import read

FILES = {
    "before": "profile-before.json",
    "after": "profile-after.json",
    "after, torch": "profile-after-torch.json",
    "after, processes": "profile-processes.json",
}
STAGES = ("read", "hash", "decode", "preprocess", "model")


def table(folder: Path) -> str:
    """One row a run: core milliseconds an image by stage, images a second, share of the limit."""
    heads = ["run", "backend", *STAGES, "images/s", "of the limit"]
    lines = [f"| {' | '.join(heads)} |", "|---|---|" + "---:|" * (len(heads) - 2)]
    for name, file in FILES.items():
        run = read(folder, file) or {}
        alone = [f"{run['ms_an_image_alone'][stage]:.2f} ms" for stage in STAGES]
        rate = [f"{run['images_a_second']:.0f}", f"{100 * run['share_of_limit']:.0f} %"]
        lines.append(f"| {' | '.join([name, run.get('backend', 'torch'), *alone, *rate])} |")
    return "\n".join(lines)
