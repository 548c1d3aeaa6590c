"""What an index keeps: vectors in segments, everything else in SQLite."""
