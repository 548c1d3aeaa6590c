"""models, fetch, convert, publish and doctor."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from patentzoo.cli import options
from patentzoo.cli.option_checks import refuse
from patentzoo.cli.output import errors, out, print_json, print_table, show_progress, table
from patentzoo.errors import ConfigError
from patentzoo.zoo.cache import is_offline

if TYPE_CHECKING:
    from patentzoo.zoo.convert import Converted

CacheDir = Annotated[
    str | None,
    typer.Option(
        "--cache-dir",
        metavar="FOLDER",
        help="Where fetched models are kept; else PATENTZOO_CACHE, else the user's cache folder.",
    ),
]


def models(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Print this model's whole card; also a folder's."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """List the models, or print one's card."""
    from patentzoo.zoo.registry import HEADER, CardList, card_named, list_models

    cards = CardList(list_models() if name is None else [card_named(name)[0]])
    if as_json:
        print_json([card.to_dict() for card in cards])
    elif name is not None:
        typer.echo(cards[0].to_toml(), nl=False)
    else:
        first, dim, size, *others = HEADER
        listed = table(first, f">{dim}", f">{size}", *others)
        for row in cards.rows():
            listed.add_row(*row)
        print_table(listed, blocks=True)


def fetch(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME", help="Cards, or hf://organisation/name@revision."),
    ],
    cache_dir: CacheDir = None,
    as_json: options.Json = False,
) -> None:
    """Fill the cache, so that models load without a network; verify what is there."""
    from patentzoo.zoo.cache import Cache, is_offline
    from patentzoo.zoo.resolve import Request, find

    cache = Cache.at(cache_dir)
    request = Request(cache, is_offline(), again=True, progress=show_progress())
    facts = []
    for name in names:
        found = find(name, request)
        noted = {} if name.startswith("hf://") else cache.entry(found.card.name).record()
        facts.append(
            {
                "model": name,
                "weights": str(found.weights),
                "sha256": found.card.weights.sha256,
                "licence": found.card.licence,
                "noted": noted,
            }
        )
        if not as_json:
            _say(f"{name}: {found.weights}\n  SHA-256 {found.card.weights.sha256}, verified")
            _say(f"  licence of the weights: {found.card.licence}")
            if noted:
                _say(_noted(noted))
    if as_json:
        print_json(facts)


def convert(
    ctx: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A checkpoint, its publisher's zip, or hf://organisation/name: a repository "
            "whose weights are a pickle only.",
        ),
    ],
    card: Annotated[
        str | None,
        typer.Option(
            "--card",
            metavar="NAME|FOLDER",
            help="The card it is for, by name or folder; a repository needs none.",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--out", "-o", metavar="FOLDER", help="A model folder to write; else the cache."
        ),
    ] = None,
    cache_dir: CacheDir = None,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Turn a checkpoint fetched by hand into a model that loads by its card's name."""
    if target is None:
        refuse(ctx, {"overwrite"}, "means nothing without --out: in the cache, models make way.")
    done = _converted(file, card, out=target, cache_dir=cache_dir, overwrite=overwrite)
    if as_json:
        print_json(dataclasses.asdict(done) | {"folder": str(done.folder)})
        return
    _say(f"{card or file}: {done.folder}\n  checkpoint {done.checkpoint}")
    _say(f"  SHA-256 {done.checkpoint_sha256} (checkpoint), {done.file_sha256} (file)")
    if done.first:
        _say("  No earlier hash was known here; these are noted from now on.")


def _converted(file: str, card: str | None, **where: Any) -> Converted:
    from patentzoo.zoo.convert import convert
    from patentzoo.zoo.convert_repository import convert_repository

    if not file.startswith("hf://"):
        if card is None:
            raise ConfigError(f"{file} is a file: --card says which network it is for.")
        return convert(file, card, **where)
    if card is not None:
        raise ConfigError("--card is for files: a repository says itself what network it holds.")
    return convert_repository(file, offline=is_offline(), **where)


def publish(
    ctx: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="A model folder.")],
    repo: Annotated[str, typer.Argument(metavar="REPO", help="organisation/name on the hub.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Upload nothing; leave the files to look at.")
    ] = False,
    target: Annotated[
        str | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FOLDER",
            help="Where a dry run leaves them; else the repository's name with '-hub', here.",
        ),
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="Make the repository a private one.")
    ] = False,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="Of the model; else its card's."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Publish the weights of a trial (--tiny) all the same.")
    ] = False,
    overwrite: options.Overwrite = False,
) -> None:
    """Upload a model folder to a Hugging Face hub, with a model card."""
    if not dry_run:
        local = {"target", "overwrite"}
        refuse(ctx, local, "means nothing without --dry-run: an upload leaves no files here.")
    from patentzoo.zoo.publish import publish

    local_files: dict[str, Any] = {"out": target, "overwrite": overwrite}
    named: dict[str, Any] = {"name": name, "force": force}
    done = publish(folder, repo, dry_run=dry_run, private=private, **named, **local_files)
    if done.folder is not None:
        private_one = " The repository would be a private one." if private else ""
        _say(f"Nothing was uploaded.{private_one} The files: {done.folder}")
        return
    _say(f'{done.address}\nLoad it: load_model("hf://{done.repo}@{done.commit}")')
    _say(f"In a card:\n\n{done.source()}")


def doctor(cache_dir: CacheDir = None, as_json: options.Json = False) -> None:
    """Say what is installed and what is wrong with it; exit code 1 if something is."""
    from patentzoo.zoo.doctor import examine

    findings = examine(cache_dir)
    if as_json:
        print_json([dataclasses.asdict(finding) for finding in findings])
    else:
        listed = table("what", "state", "found")
        for finding in findings:
            listed.add_row(finding.subject, finding.state, finding.detail)
        print_table(listed)
    failed = [finding for finding in findings if finding.state == "failed"]
    for finding in findings:
        if finding.repair:
            errors().print(
                f"{finding.subject}: {finding.detail}\n  {finding.repair}",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )
    if failed:
        raise typer.Exit(1)


def _noted(noted: dict[str, str]) -> str:
    return (
        f"  from {noted.get('from')}, checkpoint {noted.get('checkpoint')}\n"
        f"  its publisher gives no hash; noted here: {noted.get('file_sha256')} (file)"
    )


def _say(text: str) -> None:
    out().print(text, markup=False, highlight=False, soft_wrap=True)
