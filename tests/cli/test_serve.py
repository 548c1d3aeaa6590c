"""The command ``serve``: its token, its address, what it says."""

from __future__ import annotations

import socket

import pytest

import patentzoo as pz
from patentzoo.errors import OutputError
from patentzoo.server import command


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, folder, model):
    """Indexes that would have been served, with options and address; none listens."""
    seen = []
    monkeypatch.setattr("patentzoo.load_model", lambda *_, **__: model)

    def serve(index, options, host, port, say):
        seen.append((len(index), options, host, port))
        say(f"http://{host}:{port}/")

    monkeypatch.setattr(command, "serve", serve)
    pz.build_index(model, folder, path=folder.parent / "x.index")
    return seen


def test_by_default_only_this_machine_asks_and_nobody_changes(run, started, folder):
    code, printed, told = run("serve", folder.parent / "x.index")
    assert (code, told) == (0, "")
    assert "http://127.0.0.1:8000/" in printed
    ((count, options, host, port),) = started
    assert (count, options.token, host, port) == (6, None, "127.0.0.1", 8000)


def test_a_token_comes_from_a_file_or_the_environment(run, started, folder, monkeypatch):
    file = folder.parent / "token"
    file.write_text("a-token-in-a-file-1\n")
    monkeypatch.setenv("PATENTZOO_TOKEN", "a-token-from-outside")
    index = folder.parent / "x.index"
    run("serve", index)
    run("serve", index, "--token-file", file, "--uploads", folder.parent / "kept")
    assert [each[1].token for each in started] == ["a-token-from-outside", "a-token-in-a-file-1"]
    file.write_text("short")
    code, _, told = run("serve", index, "--token-file", file)
    assert (code, "cannot be guessed" in told) == (1, True)
    code, _, told = run("serve", index, "--token-file", folder.parent / "none")
    assert (code, "the token cannot be read" in told) == (1, True)


def test_another_address_is_told_to_be_open_to_all(run, started, folder):
    _, _, told = run("serve", folder.parent / "x.index", "--host", "0.0.0.0", "--port", 0)
    assert "Everybody who reaches this address can search" in told


def test_no_index(run, tmp_path):
    code, _, told = run("serve", tmp_path)
    assert (code, "holds no index" in told) == (1, True)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70000), ("no.such.name.invalid", 0)])
def test_an_address_that_is_none_is_said(host, port):
    with pytest.raises(OutputError, match=f"{host}:{port}: nothing can listen there"):
        command._listen(host, port)


def test_small_answers_leave_at_once():
    """asyncio turns Nagle's algorithm off only for sockets that name TCP: 40 ms an answer."""
    with command._listen("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP
