"""Every foreign card at full size: a repository of its architecture, made by its own library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import patentzoo as pz
from patentzoo.zoo.registry import find_card

ARCHITECTURES = {
    "dinov2-vits14": "vit_small_patch14_dinov2.lvd142m",
    "dinov2-vitb14": "vit_base_patch14_dinov2.lvd142m",
    "siglip2-vitb16": "vit_base_patch16_siglip_224.v2_webli",
    "clip-vitb32": "ViT-B-32",
    "patentclip-vitb32": "ViT-B-32",
    "patentclip-rn50": "RN50",
    "patentclip-rn101": "RN101",
    "patentclip-vitl14": "ViT-L-14",
}


def shaken(model: torch.nn.Module) -> torch.nn.Module:
    """Biases and scales other than at their first values, at which they would do nothing."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                noise = torch.rand(parameter.shape, generator=generator)
                parameter.add_(noise * 0.1 - 0.05)
    return model.eval()


def of_timm(architecture: str, folder: Path):
    import timm
    from timm.data import create_transform, resolve_data_config
    from timm.models._hub import save_for_hf

    model = shaken(timm.create_model(architecture, num_classes=0))
    save_for_hf(model, folder, safe_serialization=True)
    transform = create_transform(**resolve_data_config({}, pretrained_cfg=model.pretrained_cfg))
    return model, transform, model.pretrained_cfg["std"]


def of_open_clip(architecture: str, folder: Path, quick: bool):
    import open_clip
    from open_clip.push_to_hf_hub import save_for_hf

    class NoTokenizer:
        def save_pretrained(self, folder: Path) -> None:
            """The usual one comes with open_clip."""

    model, _, transform = open_clip.create_model_and_transforms(
        architecture, force_quick_gelu=quick
    )
    config = open_clip.get_model_config(architecture) | ({"quick_gelu": True} if quick else {})
    save_for_hf(shaken(model), NoTokenizer(), config, folder, safe_serialization=True)
    return model, transform, model.visual.image_std


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_card_at_full_size_gives_its_librarys_vectors(
    hub, tmp_path, shared, name, record_property, monkeypatch
):
    """Half a minute each, and three times the weights' size in memory."""
    # Hundreds of megabytes over loopback take longer than ten seconds on a busy machine.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DOWNLOAD_TIMEOUT", 600)
    card, folder = find_card(name), tmp_path / "original"
    folder.mkdir()
    timm_made = card.weights.layout == "timm"
    if timm_made:
        model, transform, std = of_timm(ARCHITECTURES[name], folder)
    else:
        pytest.importorskip("open_clip")
        model, transform, std = of_open_clip(ARCHITECTURES[name], folder, name == "clip-vitb32")
    files = {each.name: each.read_bytes() for each in folder.iterdir()}
    hub.put(card.sources[0].repo, files)
    ours = pz.load_model(name, device="cpu", backend="torch", cache_dir=tmp_path / "cache")
    assert ours.dim == card.dim
    assert ours.preprocess == card.preprocess  # what the card says is what the repository says
    assert plain(ours.card.network) == plain(card.network)
    assert ours.card.size_mb == pytest.approx(card.size_mb, rel=0.01)
    sheets = sorted((shared / "data" / "uspto-sample").rglob("*.TIF"))[::150]
    greys = [np.asarray(Image.open(file).convert("L")) for file in sheets]
    batch = torch.stack([transform(Image.fromarray(grey).convert("RGB")) for grey in greys])
    prepared = np.stack([ours.preprocess(grey) for grey in greys])
    with torch.inference_mode():
        seen = ours.network.folded(torch.from_numpy(prepared))
        rows = model(seen) if timm_made else model.encode_image(seen)
        expected = (rows / rows.norm(dim=1, keepdim=True)).numpy()
    scale = torch.tensor(std).view(1, -1, 1, 1)
    pixels = float(((seen - batch) * scale).abs().max())
    vectors = float(np.abs(ours.encode(prepared) - expected).max())
    words = 0.0
    if not timm_made:
        words = text_apart(ours, model, ARCHITECTURES[name])
    record_property("apart", (pixels, vectors, words))
    assert pixels <= 1 / 255 + 1e-6
    assert max(vectors, words) <= 1e-5
    assert expected.std(axis=0).max() > 1e-4


def plain(network) -> dict:
    """A card's network; how it pools is said by its repository alone, and is as by default."""
    arguments = {k: v for k, v in network["backbone_args"].items() if k != "global_pool"}
    return dict(network) | {"backbone_args": arguments}


def text_apart(ours: pz.RetrievalModel, model: torch.nn.Module, architecture: str) -> float:
    import open_clip

    texts = ["a kettle with a wooden handle", "chair", "a drawing of a sports shoe, side view"]
    with torch.inference_mode():
        tokens = open_clip.get_tokenizer(architecture)(texts)
        expected = model.encode_text(tokens, normalize=True).numpy()
    return float(np.abs(ours.encode_text(texts) - expected).max())
