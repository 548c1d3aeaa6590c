"""Precision, accumulation, clipping, checkpointing, compilation; errors that say what to do."""

from __future__ import annotations

import logging
import math

import numpy as np
import pytest
import torch

from patentzoo.errors import ConfigError, TrainingError
from patentzoo.system.progress import StageProgress
from patentzoo.train import checkpoint
from patentzoo.train.loop import Run
from patentzoo.train.runtime import Engine, out_of_memory
from patentzoo.train.schedule import make_optimizer
from patentzoo.train.settings import LoopConfig


def losses_of(run, monkeypatch):
    found = []
    step = Run._one_step

    def one_step(self, stage, pieces):
        values = step(self, stage, pieces)
        found.append(values["loss"])
        return values

    with monkeypatch.context() as patch:
        patch.setattr(Run, "_one_step", one_step)
        run.train()
    return found


def test_bf16_and_fp32_differ_a_little(recipe, tmp_path, monkeypatch):
    plain = losses_of(Run(recipe(), tmp_path / "a"), monkeypatch)
    half = losses_of(Run(recipe(loop__precision="bf16"), tmp_path / "b"), monkeypatch)
    assert plain != half
    assert half[0] == pytest.approx(plain[0], rel=0.05)


def test_fp16_scales_its_loss_and_says_that_it_is_slow_here(recipe, tmp_path, monkeypatch, caplog):
    if torch.cuda.is_available():
        pytest.skip("a GPU's own test")
    plain = losses_of(Run(recipe(), tmp_path / "a"), monkeypatch)
    with caplog.at_level(logging.WARNING, "patentzoo"):
        run = Run(recipe(loop__precision="fp16"), tmp_path / "b")
    assert "slow without a GPU" in caplog.text
    half = losses_of(run, monkeypatch)
    assert half != plain
    assert half[0] == pytest.approx(plain[0], rel=0.01)
    assert run.engine.scale()["scale"] > 1
    assert checkpoint.load(tmp_path / "b")["scale"] == run.engine.scale()


def test_fp16_steps_as_fp32_does_until_a_gradient_overflows(recipe, tmp_path):
    """The scale is taken off before clipping; a step whose gradients overflow is left out."""
    run = Run(recipe(loop__precision="fp16", loop__device="cpu", loop__clip_norm=1e-3), tmp_path)
    run._prepare(run.recipe.stages[0])
    before = [p.detach().clone() for p in run.network.parameters()]
    assert run.engine.scale()["scale"] == 65536
    run.engine.load_scale({**run.engine.scale(), "scale": 8.0})
    run._one_step(run.recipe.stages[0], [run.data.batch(0)])
    norm = math.sqrt(sum(float(p.grad.norm()) ** 2 for p in run.network.parameters()))
    assert norm == pytest.approx(1e-3, rel=1e-2)
    moved = [p.detach().clone() for p in run.network.parameters()]
    assert any(not torch.equal(a, b) for a, b in zip(before, moved, strict=True))
    run.engine.load_scale({**run.engine.scale(), "scale": 2.0**120})
    run._one_step(run.recipe.stages[0], [run.data.batch(1)])
    assert run.engine.accelerator.scaler.get_scale() == 2.0**119
    for mine, kept in zip(run.network.parameters(), moved, strict=True):
        assert torch.equal(mine, kept)


def test_recomputed_activations_change_no_loss(recipe, tmp_path, monkeypatch):
    """Without dropout: recomputing must not draw again what was drawn."""
    args = {"network__backbone": "test_vit", "network__head": "linear"}
    args |= {"network__pooling": "backbone", "network__backbone_args": {"img_size": 32}}
    args |= {"stage.1.size_px".replace(".", "__"): 32}
    plain = losses_of(Run(recipe(**args), tmp_path / "a"), monkeypatch)
    run = Run(recipe(**args, loop__checkpointing=True), tmp_path / "b")
    assert run.network.backbone.grad_checkpointing
    assert losses_of(run, monkeypatch) == pytest.approx(plain, rel=1e-5)


def test_a_backbone_that_cannot_recompute_says_so(recipe, tmp_path, monkeypatch):
    import timm

    made = timm.create_model("test_resnet", in_chans=1, num_classes=0)

    def refuse(enable=True):
        raise AssertionError("not supported")

    monkeypatch.setattr(type(made), "set_grad_checkpointing", lambda self, enable=True: refuse())
    with pytest.raises(ConfigError, match=r"loop\.checkpointing.*cannot recompute"):
        Run(recipe(loop__checkpointing=True), tmp_path)


def test_accumulation_sums_the_gradients_of_its_batches(recipe, tmp_path):
    """Against a naive mean of the two batches' gradients."""
    args = {"network__backbone": "test_vit", "network__head": "linear"}
    args |= {"network__pooling": "backbone", "network__backbone_args": {"img_size": 32}}
    args |= {"loop__accumulate": 2, "loop__clip_norm": 0.0}
    run = Run(recipe(**args), tmp_path)
    run.bar = StageProgress(False)
    run._prepare(run.recipe.stages[0])
    pieces = [run.data.batch(0), run.data.batch(1)]
    grads = []
    for images, labels in pieces:
        run.network.zero_grad()
        run.loss(run.network(images), labels)["loss"].backward()
        grads.append([p.grad.clone() for p in run.network.parameters() if p.grad is not None])
    run.network.zero_grad()
    run.loss.zero_grad()
    run.optimizer.step = lambda: None
    run._one_step(run.recipe.stages[0], pieces)
    found = [p.grad for p in run.network.parameters() if p.grad is not None]
    for mine, one, two in zip(found, *grads, strict=True):
        assert torch.allclose(mine, (one + two) / 2, atol=1e-6)


def test_gradients_are_clipped(recipe, tmp_path):
    run = Run(recipe(loop__clip_norm=1e-3), tmp_path)
    run._prepare(run.recipe.stages[0])
    run.optimizer.step = lambda: None
    run._one_step(run.recipe.stages[0], [run.data.batch(0)])
    norm = math.sqrt(sum(float(p.grad.norm()) ** 2 for p in run.network.parameters()))
    assert norm == pytest.approx(1e-3, rel=1e-2)


def test_compiling_is_asked_for_where_the_recipe_says(monkeypatch):
    asked = []
    monkeypatch.setattr(torch, "compile", lambda network: asked.append(network) or network)
    network = torch.nn.Linear(2, 2)
    assert Engine(LoopConfig(compile=True, device="cpu")).network(network) is network
    assert asked == [network]
    Engine(LoopConfig(device="cpu")).network(network)
    assert asked == [network]


def test_without_a_compiler_compiling_says_what_to_install(recipe, tmp_path, monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(ConfigError, match=r"no no-such-compiler.*apt install g\+\+ python3-dev"):
        Run(recipe(loop__compile=True, loop__device="cpu"), tmp_path)


def test_a_compiler_that_fails_is_named_with_its_remedy(recipe, tmp_path, monkeypatch):
    class InductorError(RuntimeError):
        __module__ = "torch._inductor.exc"

    def broken(self, *args):
        raise InductorError("Python.h: No such file or directory\nmore")

    monkeypatch.setattr(Run, "_one_step", broken)
    with pytest.raises(
        ConfigError, match=r"\(Python\.h: No such file.*python3-dev.*compile = false"
    ):
        Run(recipe(), tmp_path).train()


@pytest.mark.slow
def test_a_compiled_network_learns_what_the_plain_one_does(recipe, tmp_path, monkeypatch):
    """Two input sizes, with recomputed activations left out; the weights can be taken back."""
    plain = losses_of(Run(recipe(network__head="linear"), tmp_path / "a"), monkeypatch)
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "inductor"))
    run = Run(recipe(network__head="linear", loop__compile=True), tmp_path / "b")
    compiled = losses_of(run, monkeypatch)
    assert type(run.called).__name__ == "OptimizedModule"
    assert compiled == pytest.approx(plain, rel=1e-3)
    assert not any(key.startswith("_orig_mod") for key in run.network.state_dict())


def test_shared_batch_norm_is_said_to_need_gpus(monkeypatch, caplog):
    engine = Engine(LoopConfig(device="cpu", precision="fp32"))
    engine.processes = 2
    monkeypatch.setattr(engine.accelerator, "prepare_model", lambda network: network)
    plain, normed = torch.nn.Linear(2, 2), torch.nn.Sequential(torch.nn.BatchNorm2d(2))
    with caplog.at_level(logging.WARNING, "patentzoo"):
        assert engine.network(plain) is plain
        assert not caplog.records
        assert engine.network(normed) is normed
    assert "sync_batchnorm needs GPUs: here each of 2 processes" in caplog.text


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes"),
        MemoryError(),
    ],
)
def test_running_out_of_memory_keeps_the_checkpoint(recipe, tmp_path, monkeypatch, error):
    step, taken = Run._one_step, []

    def one_step(self, *args):
        taken.append(1)
        if len(taken) == 4:
            raise error
        return step(self, *args)

    monkeypatch.setattr(Run, "_one_step", one_step)
    with pytest.raises(TrainingError, match=r"Memory ran out on a batch of 6 pictures of 32 px"):
        Run(recipe(), tmp_path).train()
    assert checkpoint.load(tmp_path)["step"] == 2
    assert not out_of_memory(RuntimeError("something else"))


def test_other_errors_pass_as_they_are(recipe, tmp_path, monkeypatch):
    def broken(self, *args):
        raise RuntimeError("shapes")

    monkeypatch.setattr(Run, "_one_step", broken)
    with pytest.raises(RuntimeError, match="shapes"):
        Run(recipe(), tmp_path).train()


def test_a_full_disk_keeps_the_checkpoint_before(recipe, tmp_path, monkeypatch):
    save, calls = torch.save, []

    def full(state, path):
        calls.append(path)
        if len(calls) == 2:
            path.write_bytes(b"half")
            raise OSError(28, "No space left on device")
        save(state, path)

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(TrainingError, match=r"No space left on device.*one before is intact"):
        Run(recipe(), tmp_path).train()
    assert checkpoint.load(tmp_path)["step"] == 2


def test_random_states_come_back():
    before = checkpoint.random_states()
    drawn = torch.rand(3), np.random.rand(3), __import__("random").random()  # noqa: NPY002
    checkpoint.restore_random_states(before)
    again = torch.rand(3), np.random.rand(3), __import__("random").random()  # noqa: NPY002
    assert torch.equal(drawn[0], again[0])
    assert np.array_equal(drawn[1], again[1])
    assert drawn[2] == again[2]


def test_one_adam_with_two_rates_equals_the_notebooks_two():
    torch.manual_seed(0)
    make = [torch.nn.Linear(4, 3) for _ in range(2)], [torch.nn.Linear(3, 2) for _ in range(2)]
    for pair in make:
        pair[1].load_state_dict(pair[0].state_dict())
    (net, net2), (loss, loss2) = make
    loop = LoopConfig(optimizer="adam", weight_decay=0.5, loss_lr_factor=50.0)
    one = make_optimizer(loop, net, loss)
    for group in one.param_groups:
        group["lr"] = 1e-4 * group["factor"]
    two = torch.optim.Adam(net2.parameters(), lr=1e-4), torch.optim.Adam(loss2.parameters(), 5e-3)
    for _ in range(5):
        x = torch.randn(6, 4)
        for network, head, optimizers in ((net, loss, (one,)), (net2, loss2, two)):
            for each in optimizers:
                each.zero_grad()
            head(network(x)).pow(2).mean().backward()
            for each in optimizers:
                each.step()
    for mine, theirs in ((net, net2), (loss, loss2)):
        assert torch.allclose(mine.weight, theirs.weight, atol=1e-7)
