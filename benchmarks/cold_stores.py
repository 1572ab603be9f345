"""Runs one comparison in two cold stores and compares every byte that must be equal.

python benchmarks/cold_stores.py [compare's flags]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from crash import predictions, whole


def main() -> None:
    """Run and print."""
    flags = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder, "first"), Path(folder, "second")
        same = whole(first, flags) == whole(second, flags)
        files = predictions(first)
        print(f"--json without seconds and phases equal: {same}")
        print(f"{len(files)} predictions files, byte-identical: {files == predictions(second)}")


if __name__ == "__main__":
    main()
