"""watch, duplicates, calibrate: drawings of an index against new ones and one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from patentzoo.cli import options
from patentzoo.cli.hits_table import say
from patentzoo.cli.open_index import open_index
from patentzoo.cli.option_checks import OptionConflict
from patentzoo.cli.output import (
    check_writable,
    errors,
    out,
    print_json,
    print_table,
    report_failures,
    rows_of,
    show_progress,
    table,
)

if TYPE_CHECKING:
    from patentzoo.hit import Hit
    from patentzoo.watching import WatchReport

FOUND = 3
"""Exit code where ``watch`` has found something."""

Index = Annotated[str, typer.Argument(metavar="INDEX", help="Folder of a saved index.")]
Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FILTER",
        help="Only drawings that fit, as for search: granted>=2026-01-06, locarno^=06; may be "
        "repeated.",
    ),
]


def watch(
    ctx: typer.Context,
    folder: Annotated[
        str, typer.Argument(metavar="INDEX", help="Folder of an index of your own designs.")
    ],
    new: Annotated[
        list[str],
        typer.Option(
            "--new", metavar="DRAWINGS", help="What is new: archives, folders, files; or an index."
        ),
    ],
    level: Annotated[
        str | None,
        typer.Option(
            metavar="LEVEL",
            help="What is told: alike, very like or same; or a percentile. Else very like.",
        ),
    ] = None,
    min_score: Annotated[
        float | None,
        typer.Option(metavar="SCORE", help="What is told, by score in place of --level."),
    ] = None,
    where: Where = None,
    kind: options.Kind = "design",
    memory: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A CSV of what was told before: only news is told."),
    ] = None,
    html: Annotated[
        str | None, typer.Option(metavar="FILE", help="Also write a page with the pictures.")
    ] = None,
    csv: Annotated[str | None, typer.Option(metavar="FILE", help="Also write a CSV.")] = None,
    model: options.ModelOfIndex = None,
    device: options.Device = "auto",
    backend: options.Backend = "auto",
    as_json: options.Json = False,
) -> None:
    """Compare new grants with your own designs; exit code 3 if something is close."""
    from patentzoo.index.build import is_index
    from patentzoo.system.overwrite import ALERTS, REPORT, check_rewritable
    from patentzoo.watching import watch

    if level is not None and min_score is not None:
        raise OptionConflict(
            "--level and --min-score both say what is told: give one of them.", ctx
        )
    check_writable(html, csv, memory)
    for file, kind_of_file in ((html, REPORT), (csv, ALERTS)):
        if file is not None:
            check_rewritable(file, kind_of_file)
    own = open_index(folder, model, device, backend)
    given: Any = options.one_or_list(new)
    if isinstance(given, str) and is_index(given):
        given = open_index(given, model, device, backend)
    chosen = options.where(where, {}) if where else None
    found = watch(
        own,
        given,
        level=_level(level),
        min_score=min_score,
        where=chosen,
        memory=memory,
        kind=kind,  # type: ignore[arg-type]  # the library checks what was typed
        progress=show_progress(),
    )
    report_failures(found.failures)
    if html is not None and found:
        found.save_html(html)
        say(f"Report: {html}")
    if csv is not None:
        found.save_csv(csv)
        say(f"Table: {csv}")
    _print_watch(found, as_json)
    if memory is not None:
        found.remember()  # last: what could not be told is told the next time
    if found:
        raise typer.Exit(FOUND)


def _level(typed: str | None) -> str | float | None:
    if typed is None:
        return None
    try:
        return float(typed)
    except ValueError:
        return typed


def _print_watch(found: WatchReport, as_json: bool) -> None:
    rows = found.rows()
    if as_json:
        print_json(
            {
                "compared": found.compared,
                "min_score": round(found.min_score, 4),
                "found": rows,
                "failures": rows_of(found.failures),
            }
        )
        return
    if rows:
        names = ("title", "granted", "class", "owner", "closeness")
        shown = table(">score", "new", *names[:-1], "own", names[-1])
        for row in rows:
            new, own = (str(row[f"{of}_patent"] or row[f"{of}_drawing"]) for of in ("new", "own"))
            *known, closeness = (str(row[name] or "-") for name in names)
            shown.add_row(f"{row['score']:.3f}", new, *known, own, closeness)
        print_table(shown)
    told = _counted(len(rows), "pair") if rows else "Nothing new"
    new_drawings = _counted(found.compared, "new drawing")
    out().print(
        f"{told} from a score of {found.min_score:.3f} among {new_drawings}.",
        highlight=False,
    )


def duplicates(
    folder: Index,
    min_score: Annotated[
        float | None,
        typer.Option(metavar="SCORE", help="From which two drawings are one; .98 if not given."),
    ] = None,
    where: Where = None,
    as_json: options.Json = False,
) -> None:
    """List drawings of different patents that are all but the same picture."""
    from patentzoo import load_index

    opened = load_index(folder)
    chosen: dict[str, Any] = {} if min_score is None else {"min_score": min_score}
    if where:
        chosen["where"] = options.where(where, opened.fields)
    groups = opened.near_duplicates(**chosen)
    if as_json:
        print_json([[_row(hit) for hit in group] for group in groups])
        return
    if groups:
        shown = table(">group", ">score", "patent", "drawing")
        for number, group in enumerate(groups, start=1):
            for hit in group:
                shown.add_row(str(number), f"{hit.score:.3f}", hit.patent or "-", hit.id)
        print_table(shown)
    drawings = sum(map(len, groups))
    told = f"{_counted(len(groups), 'group')}, {drawings} of {_counted(len(opened), 'drawing')}."
    errors().print(told, highlight=False)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def calibrate(
    folder: Index,
    sample: Annotated[
        int, typer.Option(metavar="N", help="So many of its drawings are searched for.")
    ] = 500,
    as_json: options.Json = False,
) -> None:
    """Learn what scores mean in an index: how close drawings of other patents come."""
    from patentzoo import load_index
    from patentzoo.index.state.closeness import ALIKE, SAME, VERY_LIKE

    scale = load_index(folder, mmap=True).calibrate(sample=sample)
    alike, very_like = (min(scale.score_at(each), SAME) for each in (ALIKE, VERY_LIKE))
    if as_json:
        levels = {"alike": alike, "very like": very_like, "same": SAME}
        rounded = {word: round(score, 4) for word, score in levels.items()}
        print_json({"index": folder, "drawings": scale.sample, "scores": rounded})
        return
    out().print(
        f"From {scale.sample} drawings: alike from {alike:.3f}, very like from {very_like:.3f}, "
        f"same from {SAME:.3f}: {folder}",
        highlight=False,
        soft_wrap=True,
        markup=False,
    )


def _row(hit: Hit) -> dict[str, Any]:
    return {"id": hit.id, "patent": hit.patent, "path": hit.path, "score": round(hit.score, 4)}
