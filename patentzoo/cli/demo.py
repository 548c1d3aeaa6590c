"""demo and examples."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patentzoo.cli import options
from patentzoo.cli.output import (
    check_writable,
    out,
    print_table,
    report_failures,
    show_progress,
    table,
)
from patentzoo.system.files import file_to_write

if TYPE_CHECKING:
    from patentzoo.evaluate.demo import DemoResult


def demo(
    folder: Annotated[
        str | None,
        typer.Argument(
            metavar="FOLDER",
            help="Your own drawings, named as the USPTO does or a folder a patent; else the "
            "bundled gallery.",
        ),
    ] = None,
    target: Annotated[
        str, typer.Option("--out", "-o", metavar="FOLDER", help="Folder to write.")
    ] = "patentzoo-demo",
    queries: Annotated[int, typer.Option(metavar="N", help="At most so many queries.")] = 30,
    model: options.Model = None,
    overwrite: options.Overwrite = False,
) -> None:
    """Search a view of each patent among the other drawings; writes a report with pictures."""
    from patentzoo.evaluate.demo import run_demo
    from patentzoo.index.target import check_target
    from patentzoo.zoo.load import load_model

    check_writable(folder=target)
    check_target(file_to_write(target) / "index", overwrite=overwrite)
    outcome = run_demo(
        folder,
        out=target,
        queries=queries,
        model=load_model(model) if model else None,
        progress=show_progress(),
        overwrite=overwrite,
    )
    report_failures(outcome.failures)
    _print_findings(outcome)
    console = out()
    console.print(outcome.summary, highlight=False, soft_wrap=True, markup=False)
    console.print(
        f"\nReport with pictures: {outcome.report}\n"
        f"Search the same index: patentzoo search {shlex.quote(str(outcome.index))} DRAWING.png "
        "--html hits.html\n"
        "Your own drawings:     patentzoo demo FOLDER",
        highlight=False,
        soft_wrap=True,
        markup=False,
    )


def examples(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Folder to make them in.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Make anew those that are there.")
    ] = False,
) -> None:
    """Make the files that the examples of the documentation use."""
    from patentzoo.evaluate.examples import CONTENTS, write_examples

    target = write_examples(folder, overwrite=overwrite)
    made = table("file", "is")
    for name, what in CONTENTS.items():
        made.add_row(f"{name}/" if (target / name).is_dir() else name, what)
    print_table(made)
    here = target.resolve() == Path.cwd()
    place = "Made here." if here else f"Made. To go there: cd {shlex.quote(str(target))}"
    out().print(place, highlight=False, soft_wrap=True, markup=False)


def _print_findings(outcome: DemoResult) -> None:
    rank = [">rank of its patent"] if outcome.compared else []
    shown = table("query", *rank, "closest drawings")
    for finding in outcome.findings:
        first = "-" if finding.first_rank is None else str(finding.first_rank)
        hits = ", ".join(
            f"{hit.id}{'*' if finding.patent and hit.patent == finding.patent else ''}"
            for hit in finding.result[:3]
        )
        shown.add_row(finding.result.query, *([first] if rank else []), hits)
    print_table(shown)
    if outcome.compared:
        out().print("* same patent as the query", highlight=False)
