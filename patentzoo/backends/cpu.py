"""What the processor is and which short numbers it multiplies; asked without torch."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import sys
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
HALF_FLAGS = ("avx512_bf16", "amx_bf16", "avx_ne_convert", "bf16", "svebf16")
"""Linux's words for instructions that multiply bfloat16 (x86 and ARM)."""
ISA_VARIABLES = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
"""What keeps oneDNN, in torch and in OpenVINO, from newer instructions than the one it names."""
NO_HALVES = frozenset(
    ("SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX512_CORE", "AVX512_CORE_VNNI", "AVX512_MIC")
)
"""Its values that leave out bfloat16."""
NO_FLOAT16 = NO_HALVES | {"AVX512_CORE_BF16"}
"""Those that leave out float16."""
FLOAT16_FLAGS = ("avx512_fp16", "amx_fp16", "asimdhp")
"""Those that multiply float16, which has three more binary digits than bfloat16."""
GPU_FILES = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
"""Device files of NVIDIA's and AMD's drivers, and of Windows' subsystem for Linux."""


@functools.cache
def cpu_facts() -> tuple[str, frozenset[str]]:
    """The processor's name and its flags; the flags are empty where Linux does not tell them."""
    name, flags = platform.processor() or platform.machine(), frozenset[str]()
    try:
        lines = CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return name, flags
    for line in lines:
        key, _, value = (part.strip() for part in line.partition(":"))
        if key == "model name":
            name = value
        if key in ("flags", "Features"):
            return name, frozenset(value.split())
    return name, flags


def has_bf16() -> bool:
    """Whether instructions for bfloat16 may be used; without them it is slower, or impossible."""
    return not cpu_facts()[1].isdisjoint(HALF_FLAGS) and _newest_isa() not in NO_HALVES


def _newest_isa() -> str:
    """The instructions to which the environment keeps oneDNN, in capitals; empty: all."""
    stated = (os.environ.get(variable) for variable in ISA_VARIABLES)
    return next((value for value in stated if value), "").upper()


def has_float16() -> bool:
    """Whether instructions for float16 may be used; without them it would be slower."""
    return not cpu_facts()[1].isdisjoint(FLOAT16_FLAGS) and _newest_isa() not in NO_FLOAT16


def chip() -> str:
    """Name and flags of the processor in 12 hex digits: another chip, another verdict."""
    name, flags = cpu_facts()
    text = f"{platform.machine()} {name} {' '.join(sorted(flags))}{_newest_isa()}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def may_have_gpu() -> bool:
    """Whether it is worth importing torch to ask for a GPU."""
    if sys.platform == "linux":
        return any(Path(file).exists() for file in GPU_FILES)
    return True
