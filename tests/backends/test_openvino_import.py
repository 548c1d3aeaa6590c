"""Nothing is told to OpenVINO's maker: not at the import, not at an export, not in 8 bits."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from patentzoo.backends import openvino_import

CODE = """
import sys
def refuse(event, args):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        raise RuntimeError(f"a connection was tried: {event} {args}")
sys.addaudithook(refuse)
import numpy as np, patentzoo as pz
model = pz.load_model(device="cpu", backend="BACKEND", cache_dir=sys.argv[1])
page = np.full((90, 90), 255, np.uint8); page[40:50, 10:80] = 0
print(pz.embed(model, [page]).vectors.shape)
assert "openvino" in sys.modules
assert "openvino_telemetry" not in sys.modules, "it was imported"
import openvino_telemetry  # others may still have it
"""


@pytest.mark.parametrize("name", ["openvino", "openvino-int8"])
def test_no_event_is_sent(name, graphs, tmp_path):
    pytest.importorskip("openvino_telemetry")
    pytest.importorskip("nncf")
    # Its sender holds its tongue in what looks like CI; its id would lie in the home folder.
    kept = {key: value for key, value in os.environ.items() if key not in {"CI", "TF_BUILD"}}
    code = CODE.replace("BACKEND", name)
    done = subprocess.run(
        [sys.executable, "-c", code, str(graphs)],
        env=kept | {"HOME": str(tmp_path), "PATENTZOO_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["(1,", "256)"]
    assert [each.name for each in tmp_path.rglob("*ga_cid*")] == []


def test_a_package_that_is_in_use_is_left_alone(monkeypatch):
    mine = object()
    monkeypatch.setitem(sys.modules, openvino_import.TELEMETRY, mine)
    with openvino_import.silent():
        assert sys.modules[openvino_import.TELEMETRY] is mine
    assert sys.modules[openvino_import.TELEMETRY] is mine


def test_it_is_hidden_while_it_matters_and_then_no_more(monkeypatch):
    monkeypatch.delitem(sys.modules, openvino_import.TELEMETRY, raising=False)
    with openvino_import.silent(), pytest.raises(ImportError):
        __import__(openvino_import.TELEMETRY)
    assert openvino_import.TELEMETRY not in sys.modules


def test_a_signal_after_a_model_went_in_another_thread_is_survived():
    """On processors with AMX the process ended here; elsewhere it always passed."""
    code = (
        "import gc, os, signal, threading, time\n"
        "import numpy as np, patentzoo as pz\n"
        "held = [pz.load_model(device='cpu', backend='openvino')]\n"
        "side = held[0].preprocess.size_px\n"
        "held[0].encode(np.zeros((1, 1, side, side), np.float32))\n"
        "dropped = threading.Thread(target=lambda: (held.clear(), gc.collect()))\n"
        "dropped.start(), dropped.join()\n"
        "signal.signal(signal.SIGCHLD, lambda *_: None)\n"
        "child = os.posix_spawn('/bin/true', ['true'], {})\n"
        "time.sleep(0.5), os.waitpid(child, 0)\n"
        "print('alive')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr
