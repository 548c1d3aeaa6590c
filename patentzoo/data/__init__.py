"""Drawings to learn from and to show: records of real ones, and synthetic ones."""
