"""The tables of docs/search-measured.md and of degraded queries: views, calibration, re-ranking."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import engine_tables
from measured import RESULTS, interval, load, missing, read, short, source


def views_table() -> str:
    """Several views as one query."""
    found = read(RESULTS, "search/views.json")
    if found is None:
        return missing("-m docs.tools measure-search")
    views, fusions = found["views"], ("max", "mean", "rrf")
    rows = ["| views | " + " | ".join(f"{name}: MRR | rank-1 | hit@10" for name in fusions) + " |"]
    rows.append("| ---: |" + " ---: |" * (3 * len(fusions)))
    for count in views["max"]:
        cells = []
        for fusion in fusions:
            each = views[fusion][count]
            low, high = each["interval"]
            cells += [f"{each['patents']:.3f} [{low:.3f}, {high:.3f}]"]
            cells += [f"{each['rank-1']:.3f}", f"{each['hit@10']:.3f}"]
        rows.append(f"| {count} | " + " | ".join(cells) + " |")
    made = source(found, "search/views.json")
    counts = f"{views['answers']} answers of {views['patents']} patents, model `{found['model']}`"
    return "\n".join([*rows, "", f"{made}; {counts}."])


def rerank_table() -> str:
    """What each kind of re-ranking gains, and what it takes."""
    found = read(RESULTS, "search/rerank.json")
    if found is None:
        return missing("-m docs.tools measure-search")
    protocols = found["rerank"]
    heads = " | ".join(f"{name}: mAP | rank-1 | ms" for name in protocols)
    rows = [f"| search | {heads} |", "| --- |" + " ---: |" * (3 * len(protocols))]
    for way in next(iter(protocols.values())):
        cells = []
        for protocol in protocols.values():
            each = protocol[way]
            value, low, high = each["mAP"]
            cells += [f"{value:.3f} [{low:.3f}, {high:.3f}]", f"{each['rank-1']:.3f}"]
            cells += [f"{each['milliseconds']:.1f}"]
        rows.append(f"| {_named(way)} | " + " | ".join(cells) + " |")
    counts = [f"{name}: {each['cosine']['queries']} queries" for name, each in protocols.items()]
    made = source(found, "search/rerank.json")
    return "\n".join([*rows, "", f"{made}; {', '.join(counts)}, model `{found['model']}`."])


def _named(way: str) -> str:
    """A way to re-rank by the names of its options: "expand 2" is ``query_expansion=2``."""
    way = re.sub(r"expand (\d)", r"`query_expansion=\1`", way)
    return re.sub(r"augment (\d)", r"`database_augmentation=\1`", way)


def calibration_table() -> str:
    """How often each word is said where the query's patent is absent, and where it is present."""
    found = read(RESULTS, "search/calibration.json")
    if found is None:
        return missing("-m docs.tools measure-calibration")
    words = ("same", "very like", "alike", "nothing close")
    rows = [f"| model | asked of the index | {' | '.join(words)} |"]
    rows.append("| --- | --- |" + " ---: |" * len(words))
    kinds = {
        "absent": "first hit, its patent absent",
        "present": "first hit, its patent present",
        "own": "best figure of its own patent",
    }
    for name, model in found["models"].items():
        for kind, said in kinds.items():
            cells = " | ".join(f"{model[kind][word]:.3f}" for word in words)
            rows.append(f"| {name} | {said} | {cells} |")
    made = source(found, "search/calibration.json")
    scores = ", ".join(
        f"{model['scores']['alike']:.2f} and {model['scores']['very like']:.2f} ({name})"
        for name, model in found["models"].items()
    )
    told = f"*alike* and *very like* begin at {scores}, on average over {found['draws']} draws"
    return "\n".join([*rows, "", f"{made}; {told}."])


def classes_table() -> str:
    """How often the class of a drawing's neighbours is its own."""
    found = read(RESULTS, "search/classes.json")
    if found is None:
        return missing("-m docs.tools measure-classes")
    rows = ["| model | neighbours | right first | right among three |"]
    rows.append("| --- | ---: | ---: | ---: |")
    for name, model in found["models"].items():
        for count, shares in model["neighbours"].items():
            cells = [f"{one:.3f} [{low:.3f}, {high:.3f}]" for one, low, high in shares.values()]
            rows.append(f"| `{name}` | {count} | {' | '.join([*cells, '–'][:2])} |")
    model = next(iter(found["models"].values()))
    rows.append(f"| always the largest class | – | {model['majority']:.3f} | – |")
    counts = f"{model['drawings']} figures of {model['classes']} classes, 95 % intervals"
    return "\n".join([*rows, "", f"{source(found, 'search/classes.json')}; {counts}."])


def models_table() -> str:
    """How long each network takes for a picture, as multiples of the default model's time."""
    found = read(RESULTS, "speed/models.json")
    if found is None:
        return missing("-m docs.tools measure-models")
    rows = ["| model | time | lowest and highest turn |", "| --- | ---: | ---: |"]
    for name, each in sorted(found["models"].items(), key=lambda pair: pair[1]["times"]):
        low, high = each["from_to"]
        rows.append(f"| `{name}` | × {each['times']:g} | {low:g} to {high:g} |")
    counts = f"{found['rounds']} turns, as multiples of `{found['unit']}` in the same turn"
    return "\n".join([*rows, "", f"{source(found, 'speed/models.json')}; {counts}."])


def degraded_table() -> str:
    """Each way of degrading a query, as given and with four turns tried."""
    (found,) = load("degraded.json")["results"]
    rows = ["| query | mAP | rank-1 | of clean | in four turns | of clean |"]
    rows.append("| --- | ---: | ---: | ---: | ---: | ---: |")
    whole = found["metrics"]["mAP"]["value"]
    variants = {"clean": found, **found["variants"]}
    for name, each in variants.items():
        if name.endswith(" any"):
            continue
        turned = variants[f"{name} any"]["metrics"]["mAP"]["value"]
        of = each["metrics"]
        cells = [interval(of["mAP"]), short(of["rank-1"]["value"])]
        cells += [f"{of['mAP']['value'] / whole:.0%}", short(turned), f"{turned / whole:.0%}"]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    asked = found["counts"]
    counts = f"{asked['queries']} queries of {asked['query_patents']} patents, `{found['model']}`"
    return "\n".join([*rows, "", f"{source(found, 'degraded.json')}; {counts}."])


def writers() -> Mapping[str, Callable[[], str]]:
    """What stands between the markers of the page."""
    return {
        "table:views": views_table,
        "table:rerank": rerank_table,
        "table:calibration": calibration_table,
        "table:classes": classes_table,
        "table:model-times": models_table,
        "table:degraded": degraded_table,
        **engine_tables.writers(),
    }
