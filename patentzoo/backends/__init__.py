"""What a network runs on: torch in several ways, OpenVINO, ONNX Runtime; one protocol for all."""

from patentzoo.backends.registry import AUTO, BACKENDS, Kind, check_name
from patentzoo.models.backend import Backend, Subject

__all__ = ["AUTO", "BACKENDS", "Backend", "Kind", "Subject", "check_name"]
