"""Embedding on a cluster, by Ray: each worker makes the shards that no other has begun."""

from __future__ import annotations

from patentzoo.distributed.ray_run import Cluster, embed

__all__ = ["Cluster", "embed"]
