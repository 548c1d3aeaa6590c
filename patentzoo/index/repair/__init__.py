"""A damaged index made whole again from what its catalogue says."""
