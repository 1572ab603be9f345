"""Transitional: what other command modules still import from here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xharness.cli.output import as_json, complain, notes, output, show
from xharness.commands import session as commands_session
from xharness.commands.session import Paths as Place
from xharness.commands.session import Planned
from xharness.commands.session import SharedFlags as Said
from xharness.commands.session import shared_flags as said

if TYPE_CHECKING:
    from xharness.plugin.registry import Registry

__all__ = ["Place", "Planned", "Said", "as_json", "complain", "notes", "output", "said", "show"]


def loaded(plugins: Sequence[Path] = (), *, strict: bool = False) -> Registry:
    """Return the registry."""
    return commands_session.loaded(plugins, complain, strict=strict)


def planned(flags: Said) -> Planned:
    """Return the plan."""
    return commands_session.planned(flags, complain)
