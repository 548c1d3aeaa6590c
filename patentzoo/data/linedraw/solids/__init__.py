"""Procedural solids: families of product-like objects, each drawn from one seed."""

from __future__ import annotations

from patentzoo.data.linedraw.solids.catalogue import FAMILIES, family_solid, near_twin, random_solid

__all__ = ["FAMILIES", "family_solid", "near_twin", "random_solid"]
