"""Synthetic design-patent drawings: solids, camera, hidden lines, strokes, sheets."""
