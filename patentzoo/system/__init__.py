"""The machine and its files: cores, locks, files that appear whole, progress bars."""
