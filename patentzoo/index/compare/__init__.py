"""The drawings of an index: looked up, and against one another."""
