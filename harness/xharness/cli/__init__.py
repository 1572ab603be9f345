"""The command line: parses, calls the core in order, prints. No logic of its own.

Data goes to standard output; progress, notes and errors to standard error.
Exit status: 0 all done, 1 some phases failed, 2 wrong input, 3 an error of ours,
130 interrupted (the same command goes on from there).
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module

import typer
from typer.exceptions import TyperException

from xharness.cli import output
from xharness.errors import StudyError, XHarnessError

WRONG_INPUT = 2
OUR_ERROR = 3
INTERRUPTED = 130

COMMANDS: Mapping[str, str] = {
    "compare": "compare",
    "plan": "plan",
    "leaderboard": "leaderboard",
    "show": "show",
    "list": "listing",
    "init": "init",
    "doctor": "doctor",
    "data": "data",
    "cite": "cite",
    "store": "store",
    "rescore": "rescore",
    "export": "export",
    "plot": "plot",
    "schema": "schema",
    "compare-runs": "compare_runs",
}
"""Command to its module in this package, in the order of the help."""


def build(wanted: str | None = None) -> typer.Typer:
    """Return the program.

    Args:
        wanted: The command that will be run. The others are left out, because making all of them
            takes longer than most commands; anything that is no command is for all of them.
    """
    app = typer.Typer(
        name="xharness",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Settles questions of cross-lingual intermediate-task transfer.\n\n"
        "Start with: xharness compare",
    )
    app.callback()(_top)
    for name, module in COMMANDS.items():
        if wanted not in COMMANDS or name == wanted:
            import_module(f"xharness.cli.{module}").register(app)
    return app


def _command(given: Sequence[str]) -> str | None:
    """Return the command that is run, or that a shell completes; None if none is named yet."""
    # What a shell asks with; Typer reads the same two variables.
    asked = os.environ.get("_TYPER_COMPLETE_ARGS") or os.environ.get("COMP_WORDS") or ""
    words = [*given, *asked.split()[1:]]
    return words[0] if words else None


def _version(wanted: bool) -> None:
    """Print the version and leave, before a command is asked for."""
    if wanted:
        from xharness import __version__

        typer.echo(__version__)
        raise typer.Exit


def _top(
    version: bool = typer.Option(
        False,
        "-V",
        "--version",
        callback=_version,
        is_eager=True,
        help="Show the version and leave.",
    ),
) -> None:
    """Take the flags that belong to no command."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and leave with its exit status.

    Args:
        arguments: Instead of those of the command line.
    """
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit status.

    Args:
        arguments: Instead of those of the command line.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if sys.stdout is None:  # the shell has closed it: nobody wants the data
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    output.plain_letters()
    try:
        status = build(_command(given))(given, prog_name="xharness", standalone_mode=False)
        sys.stdout.flush()
    except XHarnessError as wrong:
        problems = wrong.problems if isinstance(wrong, StudyError) else (str(wrong),)
        return _failed(given, type(wrong).__name__, str(wrong), problems, WRONG_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except SystemExit as left:  # a shell got its completions, or Typer met a closed pipe
        status = 0 if isinstance(left.__context__, BrokenPipeError) else int(left.code or 0)
    except TyperException as wrong:
        # Empty where a command needs another word: Typer has printed the help.
        message = wrong.format_message().strip().replace("\t", "  ")
        return _failed(given, "usage", message, (message,), WRONG_INPUT)
    except Exception:  # noqa: BLE001 - the last guard; the trace is for the report
        traceback.print_exc()
        message = "this is an error of xharness itself; please report it"
        return _failed(given, "internal", message, (message,), OUR_ERROR)
    if status == INTERRUPTED:  # typer makes this of Ctrl-C by itself
        message = "interrupted; the same command goes on from here"
        return _failed(given, "interrupted", message, (message,), INTERRUPTED)
    return status if isinstance(status, int) else 0


def _failed(
    given: Sequence[str], kind: str, message: str, problems: Sequence[str], status: int
) -> int:
    """Print an error, with --json also as one object on standard output; return the exit status."""
    if message:
        output.complain(message)
    if "--json" in given or os.environ.get("XHARNESS_JSON", "").lower() in {"1", "true", "yes"}:
        error = {
            "kind": kind,
            "message": message,
            "problems": list(problems),
            "exit_status": status,
        }
        output.as_json({"schema": 1, "error": error})
    return status
