"""The drawings of an index against one another."""
