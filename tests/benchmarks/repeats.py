"""How often a benchmark repeats, and what it hides from the processes that it starts."""

from __future__ import annotations

import statistics
from typing import Any

OLD_CHIP = {
    **{"ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"},
    **{"MKL_ENABLE_INSTRUCTIONS": "AVX2", "OPENCV_CPU_DISABLE": "AVX512F,AVX512_SKX"},
    "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX",
}
"""What hides newer instructions than AVX2 from oneDNN (in torch and OpenVINO), torch, MKL, OpenCV
and numpy. A few of OpenVINO's own kernels, libtiff and ONNX Runtime have no such switch."""
CLOSE = 0.03
"""Half of the 95 % interval of our mean rate that needs no further round."""


def spread(rounds: list[dict[str, dict[str, Any]]], label: str) -> float:
    """Half of the 95 % interval of a row's mean rate, as a share of it; 1 of a single round."""
    rates = [float(each[label].get("images_per_s", 0.0)) for each in rounds]
    if len(rates) < 2 or not min(rates):
        return 1.0
    return 1.96 * statistics.stdev(rates) / len(rates) ** 0.5 / statistics.mean(rates)
