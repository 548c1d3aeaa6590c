"""An option stands once: its default, its type, its description; functions take it from there."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import logging

import numpy as np
import pytest
from test_architecture import FILES, PACKAGE, parsed

import patentzoo as pz
from patentzoo.cli.app import COMMANDS
from patentzoo.embedding import embed_batches
from patentzoo.errors import ConfigError
from patentzoo.evaluate import evaluate
from patentzoo.index import repair_index
from patentzoo.index.query.search_options import SearchChanges, SearchOptions
from patentzoo.options import EmbedChanges, EmbedOptions, ReadOptions, RepairChanges, RunChanges
from patentzoo.system.keywords import descriptions

BY_LIMITS = {"max_bytes", "max_members", "max_ratio", "max_nesting"}
"""Given as ``limits=``."""
INNER = {"label", "note_untold", "without_numerals"}
"""Made of other options, and no keyword of a function; queries lose numerals by ``photos``."""

OWN = {
    pz.embed: ("model images", EmbedChanges, EmbedOptions),
    embed_batches: ("model images skip unique_ids", EmbedChanges, EmbedOptions),
    pz.build_index: (
        "model images_or_embeddings path engine storage overwrite uri",
        EmbedChanges,
        EmbedOptions,
    ),
    pz.Index.add: ("self images_or_embeddings", EmbedChanges, EmbedOptions),
    repair_index: ("path model images prune", RepairChanges, EmbedOptions),
    evaluate: (
        "model protocol data command hardest_queries rerank overwrite",
        RunChanges,
        EmbedOptions,
    ),
    pz.search: ("index query views", SearchChanges, SearchOptions),
}
"""What a function has of its own, the keywords it takes, and where their defaults stand."""

FUNCTIONS = pytest.mark.parametrize("function", OWN, ids=lambda each: each.__qualname__)


def fields(options: type) -> set[str]:
    return set(inspect.signature(options).parameters)


def test_the_keywords_are_the_fields():
    embedding = set(EmbedChanges.__annotations__)
    assert embedding == fields(EmbedOptions) - BY_LIMITS - INNER
    assert set(SearchChanges.__annotations__) == fields(SearchOptions)
    assert set(RunChanges.__annotations__) < set(RepairChanges.__annotations__) < embedding


@pytest.mark.parametrize(
    ("changes", "options"), [(EmbedChanges, EmbedOptions), (SearchChanges, SearchOptions)]
)
def test_the_keywords_have_the_types_of_the_fields(changes, options):
    parameters = inspect.signature(options).parameters
    for name, each in changes.__annotations__.items():
        written = each.__forward_arg__
        if changes is EmbedChanges and name in {"figures", "photos"}:
            written = written.removesuffix(" | None")  # None: as it was
        field = parameters[name].annotation
        field = getattr(field, "type", field)
        assert written in {field, str(field).removeprefix("InitVar[").removesuffix("]")}, name


@pytest.mark.parametrize("options", [EmbedOptions, SearchOptions])
def test_every_option_is_described_once(options):
    entries = descriptions(options)
    assert set(entries) == fields(options)
    written = [
        name
        for kind in options.__mro__[:-1]
        for name in descriptions(type("Alone", (), {"__doc__": kind.__doc__}))
    ]
    assert len(written) == len(set(written))


@FUNCTIONS
def test_a_function_shows_each_option_with_its_default_and_description(function):
    own, changes, options = OWN[function]
    parameters = inspect.signature(function).parameters
    assert set(parameters) == {*own.split(), "options", *changes.__annotations__}
    entries = descriptions(options)
    text = inspect.getdoc(function)
    asks_the_index = function is pz.Index.add
    for name in changes.__annotations__:
        default = inspect.signature(options).parameters[name].default
        if name in {"figures", "photos"} and asks_the_index:
            default = None
        if function is embed_batches and name == "photos":
            default = ReadOptions.photos
        assert parameters[name].default == default, name
        assert entries[name] in text, name
    assert "**changes" not in text


@FUNCTIONS
def test_a_misspelt_option_is_told_of_before_anything_is_done(function):
    parameters = [name for name in inspect.signature(function).parameters if name != "self"]
    given = [None] * (len(OWN[function][0].split()) + 1)
    option = next(iter(OWN[function][1].__annotations__))
    with pytest.raises(TypeError) as error:
        function(*given[:2], **{f"{option}y": 1})
    assert f"{function.__qualname__}() got an unexpected keyword argument '{option}y'." in str(
        error.value
    )
    hint = str(error.value).partition(". ")[2]
    assert "Did you mean" in hint or all(name in hint for name in parameters)
    assert option in hint


def test_options_go_together_and_by_name(model, folder):
    plain = pz.embed(model, folder, batch_size=1, on_error="skip")
    together = EmbedOptions(batch_size=1, on_error="skip")
    assert np.array_equal(pz.embed(model, folder, options=together).vectors, plain.vectors)
    with pytest.raises(ConfigError, match="batch_size = 0"):
        pz.embed(model, folder, options=together, batch_size=0)
    index = pz.build_index(model, folder, options=EmbedOptions(photos="lines", figures="whole"))
    assert (index.photos, index.figures) == ("lines", "whole")
    few = SearchOptions(k=2)
    assert [len(each) for each in pz.search(index, plain, options=few)] == [2] * len(plain)
    assert [len(each) for each in pz.search(index, plain, options=few, k=3)] == [3] * len(plain)


@pytest.mark.parametrize("function", [pz.embed, pz.build_index, pz.search])
def test_something_else_for_options_is_refused(function, model, folder):
    first = pz.build_index(model, folder) if function is pz.search else model
    with pytest.raises(ConfigError, match=r"options = 3 .*should be of the type"):
        function(first, folder / "LD000001-D00001.png", options=3)


def test_add_reads_as_the_index_was_built_unless_told(model, folder, caplog):
    caplog.set_level(logging.INFO)
    index = pz.build_index(model, folder, photos="lines")
    index.add(folder / "LD000001-D00001.png", photos=None, figures=None)
    assert "was built with" not in caplog.text
    index.add(folder / "LD000001-D00001.png", photos="grey")
    assert "was built with photos='lines', and this is added with photos='grey'" in caplog.text


def test_limits_are_fields_of_their_own():
    options = EmbedOptions(limits={"max_ratio": 5, "max_pixels": 7}, max_pixels=3)
    assert (options.max_ratio, options.max_pixels) == (5, 7)
    assert options.moved_limits() == {"max_ratio": 5}
    assert dataclasses.replace(options, max_ratio=6).max_ratio == 6
    assert dataclasses.replace(options, limits={"max_ratio": 8}).max_ratio == 8
    with pytest.raises(ConfigError, match=r"unknown key 'max_ratios'. Did you mean 'max_ratio'"):
        EmbedOptions(limits={"max_ratios": 5})


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_function_has_at_most_eight_parameters(file):
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            each = node.args
            names = [one.arg for one in [*each.posonlyargs, *each.args, *each.kwonlyargs]]
            if file.parent.name == "cli" and node.name in COMMANDS:
                continue
            own = [name for name in names if name not in {"self", "cls"}]
            assert len(own) <= 8, f"{node.name} has {len(own)}: {', '.join(own)}"


def test_the_commands_are_found():
    assert {"embed", "index", "search", "evaluate", "train"} <= set(COMMANDS)
