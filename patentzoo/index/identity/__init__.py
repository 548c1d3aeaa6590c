"""Which index a catalogue file holds, and whether other content was put over it."""
