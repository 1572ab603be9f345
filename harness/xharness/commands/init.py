"""A config file to start from: every setting of a suite, explained and commented out."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from xharness.errors import StudyError
from xharness.phases import BUDGETS
from xharness.planning import settings
from xharness.planning.settings import Flags, Settings
from xharness.planning.tasks_yaml import Config

WIDTH = 90
"""Columns of the file."""
HEAD = """# Settings of a comparison, for: xharness compare --config FILE
# Flags win over what stands here. A setting that is left out is as the suite has it."""


def write(out: Path, suite: str | None, meanings: Mapping[str, str]) -> None:
    """Write the config file.

    Args:
        out: Its name; the file must not exist yet.
        suite: The suite whose settings are written; None for the default suite.
        meanings: Setting to a sentence about it.

    Raises:
        StudyError: If there is no such suite, or the file is there already or cannot be written.
    """
    content = text(settings.load(Flags(suite=suite)), meanings)
    try:
        with out.open("x", encoding="utf-8", newline="\n") as file:
            file.write(content)
    except FileExistsError:
        problem = f"-o: {out} is there already; name another file, or remove it"
        raise StudyError("init", [problem]) from None
    except OSError as wrong:
        problem = f"-o: {out} cannot be written ({wrong.strerror})"
        raise StudyError("init", [problem]) from None


def text(begun: Settings, meanings: Mapping[str, str]) -> str:
    """Return the file; everything but the suite is a comment, so that the suite's values count."""
    blocks = [HEAD]
    for name, value in _values(begun).items():
        about = textwrap.fill(meanings[name], WIDTH, initial_indent="# ", subsequent_indent="# ")
        one = yaml.safe_dump(value, default_flow_style=True, width=WIDTH).removesuffix("...\n")
        said = f"{name}: {one}"
        if name != "suite":
            said = textwrap.indent(said, "# ")
        blocks.append(f"{about}\n{said.rstrip()}")
    return "\n\n".join(blocks) + "\n"


def _values(begun: Settings) -> dict[str, Any]:
    """Return every setting that a file may have, with the suite's value or an example."""
    values = {
        "suite": begun.suite,
        "model": begun.model,
        "strategies": list(begun.strategies),
        "intermediates": ["+".join(arm) for arm in begun.intermediates],
        "targets": list(begun.targets),
        "languages": None if begun.languages is None else list(begun.languages),
        "against": begun.against or "none",
        "seeds": len(begun.seeds),
        "limit_train": begun.limit_train,
        "limit_eval": begun.limit_eval,
        "match": BUDGETS[0],
        "precision": begun.precision,
        "selection": [begun.recipes.selection],
        "set": {"recipe": begun.recipes.name},
    }
    return {name: values[name] for name in Config.model_fields if name in values}
