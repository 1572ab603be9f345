"""The flags that several commands share; each can also be given as XHARNESS_<NAME>."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from xharness.commands.session import SharedFlags, shared_flags

_WHAT = "What to compare"
_WHERE = "Where things are"

Suite = Annotated[
    str | None,
    typer.Option(
        "--suite",
        envvar="XHARNESS_SUITE",
        rich_help_panel=_WHAT,
        help="Block of tasks.yaml that the defaults come from; see `list suites`.",
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        envvar="XHARNESS_MODEL",
        rich_help_panel=_WHAT,
        help="A name from `list models`, a folder, or a hub id such as org/model.",
    ),
]
Strategies = Annotated[
    str | None,
    typer.Option(
        "--strategies",
        envvar="XHARNESS_STRATEGIES",
        rich_help_panel=_WHAT,
        help="Comma-separated; name:parameter=value sets a parameter. none is always included.",
    ),
]
Intermediates = Annotated[
    str | None,
    typer.Option(
        "--intermediates",
        envvar="XHARNESS_INTERMEDIATES",
        rich_help_panel=_WHAT,
        help="a,b is two arms, each compared; a+b is one arm of both tasks.",
    ),
]
Targets = Annotated[
    str | None,
    typer.Option(
        "--targets",
        envvar="XHARNESS_TARGETS",
        rich_help_panel=_WHAT,
        help="Comma-separated target tasks.",
    ),
]
Languages = Annotated[
    str | None,
    typer.Option(
        "--languages",
        envvar="XHARNESS_LANGUAGES",
        rich_help_panel=_WHAT,
        help="Comma-separated codes; otherwise all languages of each target.",
    ),
]
Seeds = Annotated[
    str | None,
    typer.Option(
        "--seeds",
        envvar="XHARNESS_SEEDS",
        rich_help_panel=_WHAT,
        help="How many training seeds (3), or which (11,12). Two or more give intervals.",
    ),
]
LimitTrain = Annotated[
    int | None,
    typer.Option(
        "--limit-train",
        envvar="XHARNESS_LIMIT_TRAIN",
        min=1,
        rich_help_panel=_WHAT,
        help="Training rows per stream.",
    ),
]
LimitEval = Annotated[
    int | None,
    typer.Option(
        "--limit-eval",
        envvar="XHARNESS_LIMIT_EVAL",
        min=1,
        rich_help_panel=_WHAT,
        help="Test items per target and language, the same items in every language.",
    ),
]
Match = Annotated[
    str | None,
    typer.Option(
        "--match",
        envvar="XHARNESS_MATCH",
        rich_help_panel=_WHAT,
        show_default="updates",
        help="What strategies that add rows or text are held to: updates, as many in all as the "
        "intermediate task alone; or examples, all that there are.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        envvar="XHARNESS_SET",
        rich_help_panel=_WHAT,
        help="recipe=NAME, recipe.FIELD=VALUE, recipe.TASK.FIELD=VALUE, pooling.layer=N, "
        "pooling.method=mean|cls. Repeatable.",
    ),
]
Selection = Annotated[
    str | None,
    typer.Option(
        "--selection",
        envvar="XHARNESS_SELECTION",
        rich_help_panel=_WHAT,
        show_default="the recipe's own",
        help="Which kept checkpoint is tested: last, english-dev, target-dev or weight-average. "
        "Several, comma-separated: the first is shown, `leaderboard --audit` compares them.",
    ),
]
Against = Annotated[
    str | None,
    typer.Option(
        "--against",
        envvar="XHARNESS_AGAINST",
        rich_help_panel=_WHAT,
        show_default="none",
        help="Strategy that the others are compared with, each with the arm of the same name.",
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="XHARNESS_CONFIG",
        rich_help_panel=_WHAT,
        help="YAML file with the same settings, and own recipes and suites; flags win over it.",
    ),
]
StoreFolder = Annotated[
    Path,
    typer.Option(
        "--store",
        envvar="XHARNESS_STORE",
        rich_help_panel=_WHERE,
        help="Folder of finished phases.",
    ),
]
DataRoot = Annotated[
    Path | None,
    typer.Option(
        "--data-root",
        envvar="XHARNESS_DATA_ROOT",
        rich_help_panel=_WHERE,
        help="Folder laid out like the hub (org/name/...), read instead of it.",
    ),
]
Plugins = Annotated[
    list[Path] | None,
    typer.Option(
        "--plugin",
        envvar="XHARNESS_PLUGIN",
        rich_help_panel=_WHERE,
        help="A Python file with hooks, loaded as a plugin. Repeatable.",
    ),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict-plugins",
        envvar="XHARNESS_STRICT_PLUGINS",
        rich_help_panel=_WHERE,
        help="Stop if any plugin cannot be loaded, instead of leaving it out.",
    ),
]
Offline = Annotated[
    bool,
    typer.Option(
        "--offline",
        envvar="XHARNESS_OFFLINE",
        rich_help_panel=_WHERE,
        help="Open no connection.",
    ),
]
Device = Annotated[
    str,
    typer.Option(
        "--device",
        envvar="XHARNESS_DEVICE",
        rich_help_panel=_WHERE,
        help="auto, cpu, cuda, cuda:1 or mps.",
    ),
]
Executor = Annotated[
    str,
    typer.Option(
        "--executor",
        envvar="XHARNESS_EXECUTOR",
        rich_help_panel=_WHERE,
        help="How phases are run: local, or what a plugin offers.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        envvar="XHARNESS_WORKERS",
        rich_help_panel=_WHERE,
        show_default="one per core, up to 4, for small encoders; 1 for others",
        help="Phases at once, in processes that share the cores.",
    ),
]
Track = Annotated[
    list[str] | None,
    typer.Option(
        "--track",
        envvar="XHARNESS_TRACK",
        rich_help_panel=_WHERE,
        help="Also show the run elsewhere: tensorboard=FOLDER, mlflow=URI, or what a plugin "
        "offers. Repeatable.",
    ),
]
Plan = Annotated[
    str | None,
    typer.Option("--plan", help="Digest of a plan in the store, its beginning, or latest."),
]
Json = Annotated[
    bool,
    typer.Option("--json", envvar="XHARNESS_JSON", help="One JSON object on standard output."),
]
STORE = Path("store")

SHARED: Mapping[str, Any] = {
    "suite": Suite,
    "model": Model,
    "strategies": Strategies,
    "intermediates": Intermediates,
    "targets": Targets,
    "languages": Languages,
    "seeds": Seeds,
    "limit_train": LimitTrain,
    "limit_eval": LimitEval,
    "match": Match,
    "set": Set,
    "selection": Selection,
    "against": Against,
    "config": Config,
    "store": StoreFolder,
    "data_root": DataRoot,
    "plugins": Plugins,
    "strict": Strict,
    "offline": Offline,
}
"""What a comparison is and where things are, in the order of the help: fields of `settings.Flags`
and of `session.Paths` to their flags."""
_UNSAID: Mapping[str, Any] = {"store": STORE, "strict": False, "offline": False}
"""What a flag is when it is not given, where that is not None."""

Command = Callable[..., None]


def shared(*only: str, but: Collection[str] = ()) -> Callable[[Command], Command]:
    """Return a decorator that gives a command the shared flags, before its own.

    The command takes what they say as its argument of type `SharedFlags`.

    Args:
        only: Names in `SHARED`; none stands for all.
        but: Names that are left out.
    """
    names = [name for name in SHARED if name not in but and (not only or name in only)]
    flags = [_flag(name, SHARED[name], _UNSAID.get(name)) for name in names]
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
