"""Plain values in, something to print out: tables and progress, with rich.

Names come from plugins, data and users, so they never pass through rich's markup; numbers are
never cut; nothing is said by colour alone.
"""

from __future__ import annotations

from xharness.report.audit import audit
from xharness.report.consistency import consistency
from xharness.report.differences import differences
from xharness.report.groups import by_group
from xharness.report.harm import harm_lines
from xharness.report.languages import by_language
from xharness.report.leaderboard import leaderboard
from xharness.report.leakage import leak_lines
from xharness.report.outcome import failures, subtitle
from xharness.report.progress import follow
from xharness.report.table import Column, safe, table
from xharness.report.winmap import LETTERS, verdict, win_map, win_rows

__all__ = [
    "LETTERS",
    "Column",
    "audit",
    "by_group",
    "by_language",
    "consistency",
    "differences",
    "failures",
    "follow",
    "harm_lines",
    "leaderboard",
    "leak_lines",
    "safe",
    "subtitle",
    "table",
    "verdict",
    "win_map",
    "win_rows",
]
