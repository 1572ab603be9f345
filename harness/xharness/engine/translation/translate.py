"""Translates training rows: reads them, has every sentence translated once, puts them together.

rows.jsonl holds the rows to train on, memory.jsonl every sentence with its translation,
counts.json what became of the rows and how good the translator is where that can be measured.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any

from xharness.data import reading
from xharness.data.reading import Named
from xharness.data.sources import Origin
from xharness.engine.encoder import loading, profile
from xharness.engine.encoder.weights import Inputs
from xharness.engine.translation import memory as translation_memory
from xharness.engine.translation import quality, segments, sentences, seq2seq
from xharness.engine.translation import references as parallel_references
from xharness.engine.translation import rows as translated_rows
from xharness.engine.translation.memory import Memory
from xharness.engine.translation.segments import Lost, Outcome, Passage
from xharness.errors import DataError
from xharness.examples import Example
from xharness.keys import key
from xharness.phases import Pretrain, Seq2SeqModel, Texts, Translate
from xharness.plugin.hooks import PhaseRun
from xharness.store.locks import Owner
from xharness.tasks import find_task

_NAMED = 3
"""Missing translations that are quoted; all are written into a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What is translated: rows and references, as sentences."""

    rows: list[tuple[Named, list[Passage]]]
    lost: Counter[str]
    """Rows that are lost before translation, by the reason."""
    pairs: list[tuple[Passage, str]]
    """Texts of the references, and their translations by people."""
    sentences: list[str]
    """Of all of these, each once."""


def run(phase: Translate, inputs: Inputs, run: PhaseRun) -> None:
    """Translate as a phase says and write its artifact into `run.out`.

    Raises:
        DataError: If rows are not what their task declares, a translation made before is
            missing, or no row is left.
        ModelError: If the translator cannot be used.
        KeyboardInterrupt: If the user asked to stop; what is translated is kept.
    """
    task = find_task(run.tasks, phase.task, phase.version)
    origin = Origin(data_root=run.data_root, offline=run.offline, digest=phase.data)
    rows = reading.load(
        task, (phase.language,), phase.split, (phase.limit, phase.sample_seed), origin
    )
    rows = translated_rows.part(rows, phase.part, phase.sample_seed)
    pairs = parallel_references.pairs(phase, run)
    if isinstance(phase.translator, Texts):
        table = parallel_references.table(Path(phase.translator.location))
        work = _cut(phase, rows.named, pairs, table)
        said = _looked_up(phase, work, table, run)
        profile.write_plain(run.out)
    else:
        work = _cut(phase, rows.named, pairs, {})
        said = _translated(phase, phase.translator, work, inputs, run)
    lost = Counter(work.lost)
    made: list[Named] = []
    for one, parts in work.rows:
        example = segments.rebuilt(one.example, parts, said)
        if isinstance(example, Lost):
            lost[example.why] += 1
        else:
            made.append(replace(one, example=example, language=phase.into))
    if not made:
        raise DataError(
            f"{phase.task} {phase.into}: no row is left of {len(rows.named)}: "
            + ", ".join(f"{why} ({count})" for why, count in lost.most_common())
        )
    translated_rows.write(run.out / translated_rows.ROWS, made)
    _write_memory(run.out / "memory.jsonl", said)
    counts = {
        "rows": rows.read,
        "left_out": rows.left_out,
        "asked": len(rows.named),
        "translated": len(made),
        "lost": dict(sorted(lost.items())),
        "yield": round(100 * len(made) / len(rows.named), 3),
        "sentences": len(work.sentences),
        "quality": _quality(phase, work, said),
    }
    (run.out / "counts.json").write_text(
        json.dumps(counts, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )


def _cut(
    phase: Translate,
    rows: Sequence[Named],
    pairs: Sequence[tuple[str, str]],
    table: Mapping[str, str],
) -> _Work:
    """Return rows and references as sentences; as whole texts where these are in the table."""
    found: list[tuple[Named, list[Passage]]] = []
    lost: Counter[str] = Counter()
    for one in rows:
        parts = _passages(one.example, phase.into, table)
        if isinstance(parts, Lost):
            lost[parts.why] += 1
        else:
            found.append((one, parts))
    references = [(_reference(text, phase.into, table), right) for text, right in pairs]
    everything = [p for _, parts in found for p in parts] + [p for p, _ in references]
    return _Work(
        rows=found,
        lost=lost,
        pairs=references,
        sentences=list(dict.fromkeys(s for p in everything for s in p.sentences)),
    )


def _passages(example: Example, into: str, table: Mapping[str, str]) -> list[Passage] | Lost:
    """Return an example's texts, each whole if the table has it so, else as sentences."""
    cut = segments.passages(example, into, sentences.spans)
    if not table:
        return cut
    whole = segments.passages(example, into, segments.whole)
    if isinstance(whole, Lost) or isinstance(cut, Lost):
        return whole if isinstance(cut, Lost) else cut
    both = zip(whole, cut, strict=True)
    return [one if all(s in table for s in one.sentences) else parts for one, parts in both]


def _reference(text: str, into: str, table: Mapping[str, str]) -> Passage:
    """Return a text of the references, as a row's text."""
    spans = segments.whole(text) if text in table else sentences.spans(text)
    return Passage(
        sentences=tuple(text[a:b] for a, b in spans),
        gaps=tuple(sentences.gaps(text, spans, into)),
    )


def _looked_up(
    phase: Translate, work: _Work, table: Mapping[str, str], run: PhaseRun
) -> dict[str, Outcome]:
    """Return the sentences with the translations that were made before.

    Raises:
        DataError: If one is missing; a file to be filled in has all of them.
    """
    needed = dict.fromkeys(s for _, parts in work.rows for p in parts for s in p.sentences)
    missing = [s for s in needed if s not in table]
    if missing:
        pattern = f"missing.{phase.language}-{phase.into}.jsonl"
        path = run.scratch / pattern
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for s in missing:
                row = {"source": s, "translation": ""}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        location = getattr(phase.translator, "location", "")
        quoted = "; ".join(repr(s) for s in missing[:_NAMED])
        raise DataError(
            f"{location}: lacks {len(missing)} of {len(needed)} sentences of {phase.task}, such as "
            f"{quoted}; all of them are in {path}, to be translated and added"
        )
    # References need not be translated: they are measured as far as they are.
    return {s: Outcome(text=table[s]) for s in work.sentences if s in table}


def _translated(
    phase: Translate, told: Seq2SeqModel, work: _Work, inputs: Inputs, run: PhaseRun
) -> dict[str, Outcome]:
    """Return what the model, or the memory of what it said before, makes of the sentences."""
    hardware = profile.choose(run)
    if isinstance(told.start, Pretrain):
        folder = inputs[key(told.start)].folder("model")
    else:
        folder = loading.open_location(told.start.location, offline=run.offline)
    machine = seq2seq.load(phase, told, folder, hardware)
    profile.write(run.out, hardware, phase.batch, machine.model)
    numerics = json.loads((run.out / "profile.json").read_text("utf-8"))
    same = (key(told), phase.max_length, phase.beams, phase.code, numerics)
    place = translation_memory.folder_of(run.memory or run.scratch, *same)
    with _open(place, phase, run) as memory:
        _ask(machine, [s for s in work.sentences if s not in memory.known], memory, run)
        return {s: memory.known[s] for s in work.sentences}


@contextmanager
def _open(place: Path, phase: Translate, run: PhaseRun) -> Iterator[Memory]:
    """Open the memory, and give up waiting for it when the user asks to stop."""

    def waiting(owner: Owner) -> None:
        if run.should_stop():
            raise KeyboardInterrupt

    with translation_memory.opened(place, key(phase), waiting) as memory:
        yield memory


def _ask(machine: seq2seq.Machine, wanted: Sequence[str], memory: Memory, run: PhaseRun) -> None:
    """Have sentences translated, and remember each batch at once."""
    began, done, tokens = monotonic(), 0, 0
    for batch in machine.translate(wanted):
        memory.add(batch)
        done += len(batch)
        tokens += sum(len(o.text.split()) for _, o in batch)
        run.report(done / len(wanted), tokens / max(monotonic() - began, 1e-9))
        if run.should_stop():
            raise KeyboardInterrupt


def _quality(phase: Translate, work: _Work, said: Mapping[str, Outcome]) -> Any:
    """Return how good the translations of the references are, or that it is not known."""
    if phase.references is None:
        return "not measured: no reference pairs"
    there = [(p, right) for p, right in work.pairs if all(s in said for s in p.sentences)]
    if not there:
        return "not measured: no reference pair is translated"
    made = [
        "".join(g + said[s].text for g, s in zip(p.gaps, p.sentences, strict=True))
        for p, _ in there
    ]
    found = quality.measured(made, [right for _, right in there], phase.into)
    return {"task": phase.references.task, "split": phase.references.split, **found}


def _write_memory(path: Path, said: Mapping[str, Outcome]) -> None:
    """Write every sentence with what became of it, sorted."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for sentence, outcome in sorted(said.items()):
            row = {"source": sentence, "translation": outcome.text}
            row |= {"lost": outcome.lost} if outcome.lost else {}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
