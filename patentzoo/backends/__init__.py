"""What a network runs on: torch in several ways, OpenVINO, ONNX Runtime; one protocol for all."""

from patentzoo.backends.registry import AUTO, BACKENDS, BackendSpec, check_name
from patentzoo.models.backend import Backend, ModelSource

__all__ = ["AUTO", "BACKENDS", "Backend", "BackendSpec", "ModelSource", "check_name"]
