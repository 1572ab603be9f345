"""The program as tests run it, and where its reference data and fakes are."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SUPPORT = Path(__file__).parent
"""The folder of plugins in one file, for --plugin."""

FAKES = SUPPORT / "fakes_plugin.py"
"""A plugin of one file: a model, three targets, two intermediate tasks, and what runs them."""

CHECKOUT = SUPPORT.parents[1]

_ROOT = os.environ.get("XHARNESS_DATA_ROOT")

SHARED = Path(_ROOT).parent if _ROOT else CHECKOUT.parent / "shared"
"""The folder of reference data: above the data root, or beside the checkout."""

MIRROR = Path(_ROOT) if _ROOT else SHARED / "mirror"
"""A folder laid out like the hub; tests that need it are skipped where there is none."""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What became of a command."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)

    @property
    def said(self) -> str:
        """What it told the user, on one line."""
        return " ".join(self.err.split())


Command = Callable[..., Ran]


def on_fakes() -> tuple[str, ...]:
    """Return the arguments of a small comparison that needs no model and no data."""
    return (
        *("--plugin", str(FAKES), "--suite", "xtreme", "--model", "fake-model"),
        *("--targets", "colours,match", "--intermediates", "first", "--strategies", "english"),
    )
