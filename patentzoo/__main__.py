"""``python -m patentzoo``."""

from __future__ import annotations

from patentzoo.cli import main

if __name__ == "__main__":
    main()
