"""Forked children: what goes on with one thread, and what is refused."""

from __future__ import annotations

import os

import numpy as np
import pytest
import torch

from patentzoo.backends.onnx_backend import OnnxBackend
from patentzoo.errors import ModelError
from patentzoo.system import forked


def test_a_session_that_was_opened_before_a_fork_is_refused():
    backend = OnnxBackend.__new__(OnnxBackend)
    backend._pid = os.getpid() + 1
    with pytest.raises(ModelError, match=r"forked after .*'spawn'"):
        backend(np.zeros((1, 1, 8, 8), np.float32))


def test_torchs_threads_stay_as_they_are_in_a_process_that_was_not_forked():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    forked.spare_torch(torch)
    kept = torch.get_num_threads()
    torch.set_num_threads(before)
    assert kept == 3
