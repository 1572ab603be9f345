"""`python -m xharness` is `xharness`."""

from __future__ import annotations

from xharness.cli import main

if __name__ == "__main__":
    main()
