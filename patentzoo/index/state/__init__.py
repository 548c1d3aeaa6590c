"""One state of an index: its vectors, the rows that live, its engine."""
