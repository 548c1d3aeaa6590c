"""Nearest neighbours: exact, on a GPU, by a graph, by cells and short codes."""
