"""Progress: what is counted, what is said, and how little of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from xharness.errors import StudyError
from xharness.execution.diagnostics import Diagnostic
from xharness.execution.events import Failed, Finished, Kept, Progress, Skipped, Started, Waiting
from xharness.keys import key
from xharness.phases import Checkpoint, Model, Phase, Predict, Recipe, Score, Stream, Train
from xharness.planning.cost import Expected
from xharness.report.display import Bar, Lines
from xharness.report.progress import Amount, follow
from xharness.report.tally import Tally
from xharness.report.wording import duration
from xharness.store.locks import Owner

MODEL = Model(weights="w", tokenizer="t", name="m", location="l")


def train(task: str = "[b]mnli[/b]", seed: int = 0) -> Train:
    """Return a training."""
    stream = Stream(task=task, version=1, data="d", languages=("en",))
    return Train(
        start=MODEL, streams=(stream,), recipe=Recipe(learning_rate=1e-5, batch=8), seed=seed
    )


def predict(language: str) -> Predict:
    """Return a prediction after a training."""
    return Predict(
        start=Checkpoint(train=train()),
        task="xnli",
        version=1,
        data="d",
        language=language,
        split="test",
    )


def scores(count: int) -> list[Phase]:
    """Return short phases."""
    return [Score(predictions=predict(f"l{i}"), metric="accuracy@1") for i in range(count)]


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def cost(phase: Phase) -> Expected:
    """Return 100 s for a training, a guess, and 1 s for anything else, measured."""
    training = isinstance(phase, Train)
    return Expected(seconds=100.0 if training else 1.0, measured=not training)


def finished(phase: Phase, seconds: float = 1.0) -> Finished:
    """Return the event."""
    return Finished(phase=phase, key=key(phase), seconds=seconds)


def spoken(phases: Sequence[Phase]) -> tuple[Tally, Watch, StringIO, Lines]:
    """Return plain lines and what they are made of."""
    tally, watch, file = Tally(phases, cost), Watch(), StringIO()
    return tally, watch, file, Lines(tally, Console(file=file, width=80), watch)


def test_time_left_follows_what_finished_phases_took() -> None:
    """Two trainings estimated at 100 s, one took 200 s: the other is expected to take 200 s."""
    one, two = train(seed=1), train(seed=2)
    tally = Tally([one, two, *scores(3)], cost)
    tally.apply(finished(one, 200), 200)

    assert tally.seconds_left(200) == 203


def test_time_left_follows_the_speed_of_a_running_phase() -> None:
    """A quarter in 50 s leaves 150 s, whatever was estimated."""
    one = train()
    tally = Tally([one], cost)
    tally.apply(Started(phase=one, key=key(one)), 0)
    tally.apply(Progress(phase=one, fraction=0.25, tokens_per_second=10), 50)

    assert tally.seconds_left(50) == 150


def test_time_left_is_unknown_without_estimates() -> None:
    """Nothing is claimed when no phase has an estimate."""
    nothing = Expected(seconds=0.0, measured=True)

    assert Tally([train()], lambda _: nothing).seconds_left(0) is None


def test_time_left_is_not_guessed() -> None:
    """Nothing is claimed while most of it is a guess, whatever else has finished."""
    one, two = train(seed=1), train(seed=2)
    tally = Tally([one, two, *scores(3)], cost)
    tally.apply(finished(scores(1)[0]), 1)
    tally.apply(Started(phase=one, key=key(one)), 1)

    assert tally.seconds_left(1) is None

    tally.apply(Progress(phase=one, fraction=0.5, tokens_per_second=10), 11)

    assert tally.seconds_left(11) == pytest.approx(10 + 20 + 2)
    assert tally.seconds_left(9) is None


def test_predictions_are_as_much_faster_as_trainings() -> None:
    """A guess of another kind with the same encoder is scaled too, until one was measured."""
    one, predictions = train(), [predict("de"), predict("sw"), predict("th")]
    tally = Tally([one, *predictions], lambda _: Expected(seconds=100.0, measured=False))
    tally.apply(finished(one, 10), 10)

    assert tally.seconds_left(10) == 30

    tally.apply(finished(predictions[0], 5), 15)

    assert tally.seconds_left(15) == 10


def test_every_end_is_counted_once() -> None:
    """Run, kept, failed and skipped phases are told apart, and none is left running."""
    phases = scores(4)
    tally = Tally(phases, cost)
    for p in phases:
        tally.apply(Started(phase=p, key=key(p)), 0)
    a, b, c, d = phases
    tally.apply(finished(a), 1)
    tally.apply(Kept(phase=b, key=key(b)), 1)
    tally.apply(Failed(phase=c, key=key(c), cause="x"), 1)
    tally.apply(Skipped(phase=d, key=key(d), cause="x"), 1)

    assert (tally.ran, tally.kept, tally.failed, tally.skipped) == (1, 1, 1, 1)
    assert (tally.done, tally.running, tally.seconds_left(1)) == (4, {}, 0)


def test_short_phases_share_lines() -> None:
    """190 phases of one second each get one line per tenth of them; the end has its own."""
    phases = scores(190)
    tally, watch, file, lines = spoken(phases)
    for p in phases:
        watch.now += 1
        tally.apply(finished(p), watch.now)
        lines.happened(finished(p))
    printed = file.getvalue().splitlines()

    assert len(printed) == 9
    assert printed[0] == "[19/190] 10 %, about 2 min 51 s left"


def test_very_short_phases_say_nothing() -> None:
    """Phases that are all over within seconds get no lines of their own."""
    phases = scores(190)
    tally, watch, file, lines = spoken(phases)
    for p in phases:
        watch.now += 0.02
        tally.apply(finished(p, 0.02), watch.now)
        lines.happened(finished(p, 0.02))

    assert file.getvalue() == ""


def test_a_training_has_no_line_of_its_own() -> None:
    """Of twenty trainings every second one, a tenth of all, ends with a line."""
    phases = [train(seed=seed) for seed in range(20)]
    tally, watch, file, lines = spoken(phases)
    for one in phases:
        watch.now += 20
        tally.apply(finished(one, 20), watch.now)
        lines.happened(finished(one, 20))
    printed = file.getvalue().splitlines()

    assert len(printed) == 9
    assert printed[0] == "[2/20] 10 %, about 6 min 0 s left"


def test_heartbeat() -> None:
    """Half a minute of silence ends with a line on what runs; earlier there is none."""
    one = train()
    tally, watch, file, lines = spoken([one])
    tally.apply(Started(phase=one, key=key(one)), 0)
    watch.now = 29
    lines.tick()

    assert file.getvalue() == ""

    tally.apply(Progress(phase=one, fraction=0.5, tokens_per_second=16000), 29)
    watch.now = 30
    lines.tick()
    lines.tick()

    assert file.getvalue() == (
        "[0/1]  50%, 16,000 tokens/s  train [b]mnli[/b] seed 0, about 30 s left\n"
    )


def test_failure_is_told_at_once_and_waiting_after_half_a_minute() -> None:
    """What failed why has its line; who is waited for is part of the next heartbeat."""
    one, two = train(seed=1), train(seed=2)
    tally, watch, file, lines = spoken([one, two])
    for event in (
        Waiting(phase=one, owner=Owner(pid=3, host="box")),
        Failed(phase=two, key=key(two), cause="loss is not finite at step 12\x1b[31m [b]"),
    ):
        tally.apply(event, 0)
        lines.happened(event)
    watch.now = 30
    lines.tick()
    printed = file.getvalue().splitlines()

    assert len(printed) == 2
    assert (
        "seed 2 failed: loss is not finite at step 12\N{REPLACEMENT CHARACTER}[31m [b]"
        in printed[0]
    )
    assert "waiting for pid 3 on box: train [b]mnli[/b] seed 1" in printed[1]


@pytest.mark.parametrize("width", [40, 80, 160])
def test_bar_keeps_its_numbers(width: int) -> None:
    """Phases done, speed and time left are readable in a narrow terminal too."""
    from rich.live import Live

    one = train("a_task_with_a_name_longer_than_any_terminal_is_wide" * 3)
    tally, watch = Tally([one, *scores(212)], cost), Watch()
    tally.apply(Started(phase=one, key=key(one)), 0)
    tally.apply(Progress(phase=one, fraction=0.5, tokens_per_second=16000), 30)
    watch.now = 30
    file = StringIO()
    console = Console(file=file, width=width)
    console.print(Bar(tally, Live(console=console), watch).render())
    text = " ".join(file.getvalue().split())

    assert "0/213 phases" in text
    assert "50%, 16,000 tokens/s" in text
    assert "about 4 min 2 s left" in text


@pytest.mark.parametrize("terminal", [True, False])
def test_the_last_line_counts_everything(*, terminal: bool) -> None:
    """However it ends, one line says how many phases were run, kept, failed and not run."""
    phases = scores(4)
    file, watch = StringIO(), Watch()
    console = Console(file=file, width=80, force_terminal=terminal, force_interactive=terminal)

    def interrupted() -> None:
        with follow(phases, cost, console=console, amount=Amount(), clock=watch) as tell:
            tell(finished(phases[0]))
            tell(Kept(phase=phases[1], key=key(phases[1])))
            tell(Failed(phase=phases[2], key=key(phases[2]), cause="no room"))
            watch.now = 3725
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert "score xnli l2 failed: no room" in file.getvalue()
    assert file.getvalue().endswith("4 phases: 1 run, 1 kept, 1 failed, 1 not run, in 1 h 2 min\n")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.6, "1 min 0 s"),
        (3599, "59 min 59 s"),
        (7500, "2 h 5 min"),
        (273600, "3 d 4 h"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    """The two largest units that matter."""
    assert duration(seconds) == words


def warned(console: Console, amount: Amount) -> list[str]:
    """Return the warnings that are printed while four suspicious scores end."""
    kinds = {"short": "fewer rows", "collapsed": "all alike"}
    with follow(scores(4), cost, console=console, amount=amount) as listen:
        for phase, language in zip(scores(4), ("de", "sw", "de", "sw"), strict=True):
            diagnostics = tuple(
                Diagnostic(kind=kind, task="xnli", language=language, text=text, value=97.0)
                for kind, text in kinds.items()
            )
            listen(replace(finished(phase), diagnostics=diagnostics))
    assert isinstance(console.file, StringIO)
    printed = [line for line in console.file.getvalue().splitlines() if "warning: " in line]
    return [line[line.index("warning: ") :] for line in printed]


WARNINGS = [
    "warning: xnli de: has 97 % of the published rows",
    "warning: xnli de: all alike (97 %)",
    "warning: xnli sw: all alike (97 %)",
]


@pytest.mark.parametrize("terminal", [False, True])
def test_what_is_suspicious_has_no_line_while_phases_run(*, terminal: bool) -> None:
    """The result counts and groups it; neither a pipe nor a terminal is filled with it before."""
    console = Console(file=StringIO(), width=80, force_terminal=terminal)

    assert warned(console, Amount()) == []


@pytest.mark.parametrize("terminal", [False, True])
def test_verbose_tells_what_is_suspicious_once(*, terminal: bool) -> None:
    """A fault of the data is told for a task's first language, one of the predictions for each."""
    console = Console(file=StringIO(), width=80, force_terminal=terminal)

    assert warned(console, Amount(verbose=True)) == WARNINGS


def test_a_log_file_has_what_is_suspicious(tmp_path: Path) -> None:
    """Every warning once, also when the screen stays quiet."""
    log = tmp_path / "run.log"
    warned(Console(file=StringIO()), Amount(quiet=True, log_file=log))
    lines = [line[20:] for line in log.read_text("utf-8").splitlines() if "warning: " in line]

    assert lines == WARNINGS


def test_the_bar_counts_warnings() -> None:
    """A terminal sees that something is suspicious, in one word and number."""
    from rich.live import Live

    console = Console(file=StringIO(), width=80)
    bar = Bar(Tally(scores(4), cost), Live(console=console), Watch())
    bar.warn("one")
    bar.warn("two")
    console.print(bar.render())
    assert isinstance(console.file, StringIO)

    assert "0/4 phases, 2 warnings" in console.file.getvalue()


def told(amount: Amount) -> str:
    """Return what is printed without a terminal while four scores end."""
    file = StringIO()
    console = Console(file=file, width=80, force_terminal=False)
    with follow(scores(4), cost, console=console, amount=amount) as listen:
        for phase in scores(4):
            listen(finished(phase))
    return file.getvalue()


def test_quiet_shows_nothing() -> None:
    """Neither progress nor the last line."""
    assert told(Amount(quiet=True)) == ""


def test_verbose_has_a_line_for_every_phase() -> None:
    """Also for those that take hardly any time."""
    lines = told(Amount(verbose=True)).splitlines()

    assert [line.split()[0] for line in lines] == ["[1/4]", "[2/4]", "[3/4]", "[4/4]", "4"]


def test_a_log_file_gets_every_phase_with_the_time(tmp_path: Path) -> None:
    """Also when the screen stays quiet; a second run is added below the first."""
    log = tmp_path / "run.log"
    for _ in range(2):
        told(Amount(quiet=True, log_file=log))
    lines = log.read_text("utf-8").splitlines()

    assert len(lines) == 10
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[1/4\] score xnli l0 took .*", lines[0])


def test_a_log_file_that_cannot_be_written_is_told_before_anything_runs(tmp_path: Path) -> None:
    """Which file, and why."""
    with pytest.raises(StudyError, match=r"log-file: .*run\.log cannot be written"):
        told(Amount(log_file=tmp_path / "missing" / "run.log"))
