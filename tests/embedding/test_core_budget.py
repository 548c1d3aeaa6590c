"""CoreBudget: pages one a core, passes of the network with their cores to themselves."""

from __future__ import annotations

import threading
import time

import pytest

from patentzoo.embedding.batch_encoder import BatchEncoder, exclusive_threads
from patentzoo.embedding.batcher import Batcher
from patentzoo.embedding.core_budget import CoreBudget


class Busy:
    """How many hold a core for a page, and whether a pass is under way."""

    def __init__(self):
        self.pages, self.most, self.beside = 0, 0, 0
        self.passing, self.lock = False, threading.Lock()

    def page(self, budget):
        with budget.page():
            with self.lock:
                self.pages += 1
                self.most = max(self.most, self.pages)
                self.beside += self.passing
            time.sleep(0.001)
            with self.lock:
                self.pages -= 1

    def network(self, budget, threads):
        with budget.network(threads):
            with self.lock:
                self.passing = True
                beside = self.pages
            time.sleep(0.003)
            with self.lock:
                self.passing = False
            return beside


def run(cores, threads, workers=6, passes=5):
    budget, busy, stop = CoreBudget(cores), Busy(), threading.Event()

    def work():
        while not stop.is_set():
            busy.page(budget)

    pool = [threading.Thread(target=work) for _ in range(workers)]
    for thread in pool:
        thread.start()
    beside = [busy.network(budget, threads) for _ in range(passes)]
    stop.set()
    for thread in pool:
        thread.join()
    return busy, beside


@pytest.mark.parametrize("cores", [1, 2, 4])
def test_no_more_pages_than_cores_and_none_beside_a_pass_on_all(cores):
    busy, beside = run(cores, threads=cores)
    assert 1 <= busy.most <= cores
    assert busy.beside == 0
    assert beside == [0] * 5


def test_a_pass_on_fewer_cores_leaves_the_others():
    _, beside = run(4, threads=3)
    assert max(beside) <= 1


def test_a_pass_on_more_threads_than_there_are_cores_gets_all():
    _, beside = run(2, threads=64)
    assert beside == [0] * 5


def test_a_pass_elsewhere_waits_for_nobody():
    budget = CoreBudget(1)
    with budget.page(), budget.network(0):
        pass


def test_an_error_gives_the_cores_back():
    budget = CoreBudget(2)
    with pytest.raises(ZeroDivisionError), budget.network(2):
        raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError), budget.page():
        raise ZeroDivisionError
    with budget.network(2):
        pass


@pytest.mark.parametrize(
    ("device", "backend", "expected"),
    [("cpu", "torch", 7), ("cpu", "torch-bf16", 7), ("cpu", "openvino", 0), ("cuda:1", "torch", 0)],
)
def test_torch_on_the_cpu_has_its_cores_alone(device, backend, expected):
    class Model:
        threads = 7

    Model.device, Model.backend = device, backend
    assert exclusive_threads(Model()) == expected
    assert exclusive_threads(object()) == 0


@pytest.mark.parametrize(("cores", "told"), [(2, True), (7, False)])
def test_more_threads_of_torch_than_free_cores_are_told(model, caplog, cores, told):
    class Threads:
        device, backend, threads = "cpu", "torch", 7

    BatchEncoder(Threads(), Batcher(model, "raise", True), 4, cores)
    assert ("torch.set_num_threads(2) is faster" in caplog.text) is told
