"""The flags that several commands share; each can also be given as XHARNESS_<NAME>."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from xharness.cli import completion

COMPARED = "What to compare"
DATA = "Data and model"
TRAINING = "Training"
WHERE = "Where and how it runs"
OUTPUT = "Output"
"""The groups of flags in the help."""


def option(group: str, flag: str, shown: str | None, text: str, **more: Any) -> Any:
    """Return a flag as Typer reads it, which XHARNESS_<NAME> can also set.

    Args:
        group: Under which it stands in the help.
        flag: Its name, as in --limit-train.
        shown: What stands for its value in the help; None for a switch.
        text: What it means.
        more: Arguments of `typer.Option`.
    """
    variable = "XHARNESS_" + flag.removeprefix("--").replace("-", "_").upper()
    names = [flag, *more.pop("short", ())]
    if shown is not None:
        more["metavar"] = shown
    return typer.Option(
        *names, envvar=variable, show_envvar=False, rich_help_panel=group, help=text, **more
    )


Suite = Annotated[
    str | None,
    option(
        COMPARED,
        "--suite",
        "NAME",
        "Block of tasks.yaml that the defaults come from; `xharness list suites` shows them.",
        autocompletion=completion.one(completion.suites),
    ),
]
Strategies = Annotated[
    str | None,
    option(
        COMPARED,
        "--strategies",
        "NAME,...",
        "Strategies; NAME:PARAMETER=VALUE sets a parameter of one. none is always compared.",
        autocompletion=completion.several(completion.strategies),
    ),
]
Intermediates = Annotated[
    str | None,
    option(
        COMPARED,
        "--intermediates",
        "NAME,...",
        "Intermediate tasks: a,b compares one with the other; a+b is one training on both.",
        autocompletion=completion.several(completion.intermediates, between=",+"),
    ),
]
Targets = Annotated[
    str | None,
    option(
        COMPARED,
        "--targets",
        "NAME,...",
        "Target tasks.",
        autocompletion=completion.several(completion.targets),
    ),
]
Languages = Annotated[
    str | None,
    option(
        COMPARED,
        "--languages",
        "CODE,...",
        "Languages of the targets; otherwise all that each target has.",
        autocompletion=completion.several(completion.languages),
    ),
]
Against = Annotated[
    str | None,
    option(
        COMPARED,
        "--against",
        "NAME",
        "Strategy that the others are compared with: each arm with the one on the same tasks.",
        show_default="none",
        autocompletion=completion.one(completion.strategies),
    ),
]
Model = Annotated[
    str | None,
    option(
        DATA,
        "--model",
        "NAME",
        "Encoder: a name that `xharness list models` shows, a folder, or a hub id: org/model.",
        autocompletion=completion.one(completion.models),
    ),
]
LimitTrain = Annotated[
    int | None,
    option(
        DATA,
        "--limit-train",
        "N",
        "Train on at most so many rows of each data set.",
        min=1,
    ),
]
LimitEval = Annotated[
    int | None,
    option(
        DATA,
        "--limit-eval",
        "N",
        "Test on at most so many items of each target, the same ones in every language.",
        min=1,
    ),
]
DataRoot = Annotated[
    Path | None,
    option(
        DATA,
        "--data-root",
        "FOLDER",
        "Read data from here instead of the hub; laid out like it: org/name/...",
    ),
]
XtremeFiles = Annotated[
    Path | None,
    option(
        DATA,
        "--xtreme-files",
        "FOLDER",
        "The folder `download` of XTREME's scripts/download_data.sh, with the test files on which "
        "submissions are judged.",
    ),
]
Offline = Annotated[bool, option(DATA, "--offline", None, "Open no connection.")]
Seeds = Annotated[
    str | None,
    option(
        TRAINING,
        "--seeds",
        "N|N,...",
        "How many training seeds (3), or which ones (11,12). Two or more give intervals.",
    ),
]
Match = Annotated[
    str | None,
    option(
        TRAINING,
        "--match",
        "BUDGET",
        "How long strategies train that add rows or text: updates, as many as on the "
        "intermediate task alone; or examples, until all rows are used.",
        show_default="updates",
    ),
]
Set = Annotated[
    list[str] | None,
    option(
        TRAINING,
        "--set",
        "FIELD=VALUE",
        "Changes to the recipe: recipe=NAME, recipe.FIELD=VALUE, recipe.TASK.FIELD=VALUE, "
        "pooling.layer=N or pooling.method=mean|cls. Can be repeated.",
        autocompletion=completion.one(completion.settings),
    ),
]
Selection = Annotated[
    str | None,
    option(
        TRAINING,
        "--selection",
        "RULE,...",
        "Which kept checkpoint is tested: last, english-dev, target-dev or weight-average. The "
        "first of several is shown; `xharness leaderboard --audit` compares them.",
        show_default="the recipe's own",
    ),
]
Precision = Annotated[
    str | None,
    option(
        TRAINING,
        "--precision",
        "NAME",
        "float32, bf16 or fp16, of multiplications. It belongs to every number: other precisions "
        "are other rows.",
        show_default="float32 for small encoders, else what the hardware multiplies natively",
    ),
]
Config = Annotated[
    Path | None,
    option(
        WHERE,
        "--config",
        "FILE",
        "YAML file with the same settings, and suites and recipes of your own. Flags win over "
        "it; `xharness init` writes one.",
    ),
]
StoreFolder = Annotated[Path, option(WHERE, "--store", "FOLDER", "Where finished phases are kept.")]
Plugins = Annotated[
    list[Path] | None,
    option(
        WHERE,
        "--plugin",
        "FILE",
        "A Python file with hooks, loaded as a plugin. Can be repeated.",
    ),
]
Strict = Annotated[
    bool,
    option(
        WHERE, "--strict-plugins", None, "Stop if a plugin cannot be loaded; else it is left out."
    ),
]
Device = Annotated[
    str,
    option(WHERE, "--device", "DEVICE", "auto, cpu, cuda (every GPU there is), cuda:1 or mps."),
]
Executor = Annotated[
    str,
    option(WHERE, "--executor", "NAME", "What runs the phases: local, or what a plugin offers."),
]
Workers = Annotated[
    int | None,
    option(
        WHERE,
        "--workers",
        "N",
        "Phases that run at once, in processes that share the cores.",
        min=1,
        show_default="one per GPU; without, for small encoders one per core, at most 4; else 1",
    ),
]
Track = Annotated[
    list[str] | None,
    option(
        OUTPUT,
        "--track",
        "WHERE",
        "Show the run elsewhere too: tensorboard=FOLDER, mlflow=URI, or what a plugin offers. "
        "Can be repeated.",
    ),
]
Plan = Annotated[
    str | None,
    option(
        COMPARED,
        "--plan",
        "DIGEST",
        "A comparison in the store: its digest, the first digits of it, or latest.",
    ),
]
Output = Annotated[Path, option(OUTPUT, "--output", "FILE", "File to write.", short=("-o",))]
Json = Annotated[
    bool, option(OUTPUT, "--json", None, "Print one JSON object; `xharness schema` describes it.")
]
STORE = Path("store")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How much a command shows while it works."""

    quiet: Annotated[
        bool, option(OUTPUT, "--quiet", None, "Show no progress, only the result.", short=("-q",))
    ] = False
    verbose: Annotated[
        bool,
        option(OUTPUT, "--verbose", None, "Print a line for every phase.", short=("-v",)),
    ] = False
    log_file: Annotated[
        Path | None,
        option(OUTPUT, "--log-file", "FILE", "Also write a line with the time for every phase."),
    ] = None


SHARED: Mapping[str, Any] = {
    "suite": Suite,
    "strategies": Strategies,
    "intermediates": Intermediates,
    "targets": Targets,
    "languages": Languages,
    "against": Against,
    "model": Model,
    "limit_train": LimitTrain,
    "limit_eval": LimitEval,
    "data_root": DataRoot,
    "offline": Offline,
    "seeds": Seeds,
    "match": Match,
    "set": Set,
    "selection": Selection,
    "precision": Precision,
    "config": Config,
    "store": StoreFolder,
    "plugins": Plugins,
    "strict": Strict,
}
"""What a comparison is and where things are, in the order of the help: fields of `settings.Flags`
and of `session.Paths` to their flags."""
UNSAID: Mapping[str, Any] = {"store": STORE, "strict": False, "offline": False}
"""Flag to its default value, where that is not None."""


def meanings() -> dict[str, str]:
    """Return what each shared flag means, in a sentence."""
    return {name: str(get_args(flag)[-1].help) for name, flag in SHARED.items()}
