"""Gives commands their flags: those that all share, and the fields of a dataclass."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from dataclasses import fields
from functools import wraps
from typing import Any, get_type_hints

import typer

from xharness.cli import options, stdout
from xharness.commands.session import SharedFlags, shared_flags

Command = Callable[..., None]


def add(app: typer.Typer, name: str, command: Command, *examples: str) -> None:
    """Add a command to a program, with its docstring as help.

    Args:
        app: The program, or a group of commands.
        name: What users write.
        command: Its parameters are its flags.
        examples: Commands that work as they stand, shown below the flags.
    """
    app.command(name, help=unwrapped(command), epilog=epilog(*examples))(_with_stdout(command))


def _with_stdout(command: Command) -> Command:
    """Return a command that has standard output for itself."""

    @wraps(command)
    def called(*given: Any, **named: Any) -> None:
        with stdout.ours():
            command(*given, **named)

    return called


def unwrapped(command: Command) -> str:
    """Return the docstring of a command with each paragraph on one line."""
    paragraphs = (inspect.getdoc(command) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def epilog(*examples: str) -> str:
    """Return the last lines of a command's help: its examples."""
    word = "Example" if len(examples) == 1 else "Examples"
    return "\n\n".join([f"{word}:", *(f"  {line}" for line in examples)])


def shared(*only: str, but: Collection[str] = ()) -> Callable[[Command], Command]:
    """Return a decorator that gives a command the shared flags, before its own.

    The command takes what they say as its argument of type `SharedFlags`.

    Args:
        only: Names in `options.SHARED`; none stands for all.
        but: Names that are left out.
    """
    names = [name for name in options.SHARED if name not in but and (not only or name in only)]
    flags = [_flag(name, options.SHARED[name], options.UNSAID.get(name)) for name in names]
    return lambda command: _taking(command, SharedFlags, flags, shared_flags)


def grouped(kind: type[Any]) -> Callable[[Command], Command]:
    """Return a decorator that gives a command the fields of a dataclass as flags, before its own.

    The command takes an instance as its argument of this type.

    Args:
        kind: Its fields have defaults, and `typer.Option` in their annotations.
    """
    hints = get_type_hints(kind, include_extras=True)
    flags = [_flag(f.name, hints[f.name], f.default) for f in fields(kind)]
    return lambda command: _taking(command, kind, flags, lambda given: kind(**given))


def _flag(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    """Return a flag as Typer reads it."""
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def _taking(
    command: Command,
    kind: type[Any],
    flags: Sequence[inspect.Parameter],
    value_of: Callable[[dict[str, Any]], Any],
) -> Command:
    """Return a command with flags in place of its argument of type `kind`."""
    own = dict(inspect.signature(command, eval_str=True).parameters)
    name = next(n for n, p in own.items() if p.annotation is kind)
    del own[name]

    def called(**given: Any) -> None:
        command(**{name: value_of({f.name: given.pop(f.name) for f in flags})}, **given)

    others = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own.values()]
    # What Typer reads; the decorated function itself takes anything.
    called.__dict__["__signature__"] = inspect.Signature([*flags, *others])
    called.__doc__ = command.__doc__
    return called
