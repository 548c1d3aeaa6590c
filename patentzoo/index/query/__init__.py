"""A question to an index and its answer."""
