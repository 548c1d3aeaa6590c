"""The tables of docs/backends.md say what their JSON says."""

from __future__ import annotations

import json

import backend_tables


def test_the_fastest_comes_first_with_its_agreement(tmp_path):
    document = {
        "command": "python x.py",
        "machine": "a chip",
        "agreement": {
            "sheets": "drawn",
            "count": 3,
            "rows": [
                {"backend": "torch", "min_cosine": 1.0, "mean_cosine": 1.0, "mAP": 0.5},
                {"backend": "onnx", "min_cosine": 0.9995, "mean_cosine": 0.9999},
            ],
        },
        "speed": {
            "rows": [
                {"backend": "torch", "images_per_s": 10.0, "over_torch": 1.0},
                {"backend": "onnx", "images_per_s": 25.4, "over_torch": 2.54},
                {"backend": "openvino", "images_per_s": 5.0, "over_torch": 0.5},
            ]
        },
        "large": {
            "rows": [
                {"backend": "torch", "images_per_s": 0.5, "over_torch": 1.0, "min_cosine": 1.0},
                {"backend": "onnx", "images_per_s": 1.0, "over_torch": 2.0, "min_cosine": 0.9999},
            ],
        },
    }
    (tmp_path / "backends.json").write_text(json.dumps(document))
    table = backend_tables.bundled_table(tmp_path).splitlines()
    assert table[2] == "| `onnx` | 25 | 2.54 × | 0.999500 | 0.999900 | – |"
    assert table[3] == "| `torch` | 10 | 1.00 × | 1.000000 | 1.000000 | 0.5000 |"
    assert table[4] == "| `openvino` | 5 | 0.50 × | – | – | – |"
    assert "3 sheets (drawn)" in table[6]
    large = backend_tables.large_table(tmp_path).splitlines()
    assert large[2] == "| `onnx` | 1.00 | 2.0 × | 0.99990 |"
    assert large[-1] == "`python x.py` → [backends.json](results/speed/backends.json)"


def test_what_is_not_measured_prints_its_command(tmp_path):
    assert "bench_backends.py --out" in backend_tables.bundled_table(tmp_path)
    assert "bench_backends.py --out" in backend_tables.large_table(tmp_path)
    assert "bench_startup.py --out" in backend_tables.start_table(tmp_path)
    assert "bench_int8.py --out" in backend_tables.taught_table(tmp_path)


def test_what_8_bits_cost_is_told_with_its_sign(tmp_path):
    rows = [
        {"backend": "torch", "min_cosine": 1.0, "mean_cosine": 1.0, "mAP": 0.25},
        {"backend": "openvino-int8", "min_cosine": 0.98, "mean_cosine": 0.99, "mAP": 0.24876},
    ]
    document = {"command": "python x.py", "machine": "a chip", "rows": rows}
    (tmp_path / "int8.json").write_text(json.dumps(document))
    table = backend_tables.taught_table(tmp_path).splitlines()
    assert table[2] == "| `torch` | 1.000000 | 1.000000 | 0.2500 | – |"
    assert table[3] == "| `openvino-int8` | 0.980000 | 0.990000 | 0.2488 | -0.0012 |"
    assert table[-1] == "a chip. `python x.py` → [int8.json](results/speed/int8.json)"
