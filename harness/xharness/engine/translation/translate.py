"""Translates training rows: reads them, has every sentence translated once, puts them together.

rows.jsonl holds the rows to train on, memory.jsonl every sentence with its translation,
counts.json how many rows were translated and how good the translator is where that can be measured.
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
from xharness.data.reading import NamedExample, Rows
from xharness.data.sources import Origin
from xharness.data.translations import read_translations
from xharness.engine.encoder import loading, profile
from xharness.engine.encoder.weights import Inputs
from xharness.engine.translation import quality, segments, sentences, seq2seq, translated_rows
from xharness.engine.translation.memory import Memory, memory_folder, open_memory
from xharness.engine.translation.references import reference_pairs
from xharness.engine.translation.segments import Passage, TranslatedSentence, Untranslated
from xharness.engine.translation.seq2seq import LoadedTranslator
from xharness.errors import DataError
from xharness.examples import Example
from xharness.keys import key
from xharness.phases import Pretrain, Seq2SeqModel, Texts, Translate
from xharness.plugin.hooks import PhaseRun
from xharness.store.locks import Owner
from xharness.tasks import find_task

_QUOTED = 3
"""Missing translations that a message quotes; a file lists all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """Everything to translate: rows and references, as sentences."""

    rows: list[tuple[NamedExample, list[Passage]]]
    lost: Counter[str]
    """Rows that are lost before translation, by the reason."""
    references: list[tuple[Passage, str]]
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
    rows = _rows(phase, run)
    pairs = reference_pairs(phase, run)
    if isinstance(phase.translator, Texts):
        table = read_translations(Path(phase.translator.location))
        work = _cut(phase, rows.named, pairs, table)
        translations = _looked_up(phase, work, table, run)
        profile.write_plain(run.out)
    else:
        work = _cut(phase, rows.named, pairs, {})
        translations = _translated(phase, phase.translator, work, inputs, run)
    translated, lost = _rebuilt(phase, work, translations)
    if not translated:
        raise DataError(
            f"{phase.task} {phase.into}: no row is left of {len(rows.named)}: "
            + ", ".join(f"{why} ({count})" for why, count in lost.most_common())
        )
    translated_rows.write(run.out / translated_rows.ROWS, translated)
    _write_memory(run.out / "memory.jsonl", translations)
    counts = {
        "rows": rows.read,
        "left_out": rows.left_out,
        "asked": len(rows.named),
        "translated": len(translated),
        "lost": dict(sorted(lost.items())),
        "yield": round(100 * len(translated) / len(rows.named), 3),
        "sentences": len(work.sentences),
        "quality": _quality(phase, work, translations),
    }
    (run.out / "counts.json").write_text(
        json.dumps(counts, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )


def _rows(phase: Translate, run: PhaseRun) -> Rows:
    """Return the part of the task's rows that is translated."""
    task = find_task(run.tasks, phase.task, phase.version)
    origin = Origin(data_root=run.data_root, offline=run.offline, digest=phase.data)
    sample = (phase.limit, phase.sample_seed)
    rows = reading.load(task, (phase.language,), phase.split, sample, origin)
    return translated_rows.part(rows, phase.part, phase.sample_seed)


def _cut(
    phase: Translate,
    named: Sequence[NamedExample],
    pairs: Sequence[tuple[str, str]],
    table: Mapping[str, str],
) -> _Work:
    """Return rows and references as sentences; as whole texts where these are in the table."""
    rows: list[tuple[NamedExample, list[Passage]]] = []
    lost: Counter[str] = Counter()
    for one in named:
        parts = _passages(one.example, phase.into, table)
        if isinstance(parts, Untranslated):
            lost[parts.why] += 1
        else:
            rows.append((one, parts))
    references = [(_reference(text, phase.into, table), right) for text, right in pairs]
    everything = [p for _, parts in rows for p in parts] + [p for p, _ in references]
    return _Work(
        rows=rows,
        lost=lost,
        references=references,
        sentences=list(dict.fromkeys(s for p in everything for s in p.sentences)),
    )


def _passages(
    example: Example, into: str, table: Mapping[str, str]
) -> list[Passage] | Untranslated:
    """Return an example's texts, each whole if the table has it so, else as sentences."""
    cut = segments.passages(example, into, sentences.spans)
    if not table:
        return cut
    uncut = segments.passages(example, into, segments.uncut)
    if isinstance(uncut, Untranslated) or isinstance(cut, Untranslated):
        return uncut if isinstance(cut, Untranslated) else cut
    both = zip(uncut, cut, strict=True)
    return [one if all(s in table for s in one.sentences) else parts for one, parts in both]


def _reference(text: str, into: str, table: Mapping[str, str]) -> Passage:
    """Return a text of the references, as a row's text."""
    return segments.passage(text, into, segments.uncut if text in table else sentences.spans)


def _rebuilt(
    phase: Translate, work: _Work, translations: Mapping[str, TranslatedSentence]
) -> tuple[list[NamedExample], Counter[str]]:
    """Return the rows that are translated, and how many are lost for which reason."""
    translated: list[NamedExample] = []
    lost = Counter(work.lost)
    for one, parts in work.rows:
        example = segments.rebuilt(one.example, parts, translations)
        if isinstance(example, Untranslated):
            lost[example.why] += 1
        else:
            translated.append(replace(one, example=example, language=phase.into))
    return translated, lost


def _looked_up(
    phase: Translate, work: _Work, table: Mapping[str, str], run: PhaseRun
) -> dict[str, TranslatedSentence]:
    """Return the sentences with the translations that were made before.

    Raises:
        DataError: If one is missing; a file to be filled in has all of them.
    """
    needed = dict.fromkeys(s for _, parts in work.rows for p in parts for s in p.sentences)
    missing = [s for s in needed if s not in table]
    if missing:
        path = run.scratch / f"missing.{phase.language}-{phase.into}.jsonl"
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for s in missing:
                row = {"source": s, "translation": ""}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        location = getattr(phase.translator, "location", "")
        quoted = "; ".join(repr(s) for s in missing[:_QUOTED])
        raise DataError(
            f"{location}: lacks {len(missing)} of {len(needed)} sentences of {phase.task}, such as "
            f"{quoted}; all of them are in {path}, to be translated and added"
        )
    # References may lack a translation: quality is measured on those that have one.
    return {s: TranslatedSentence(text=table[s]) for s in work.sentences if s in table}


def _translated(
    phase: Translate, model: Seq2SeqModel, work: _Work, inputs: Inputs, run: PhaseRun
) -> dict[str, TranslatedSentence]:
    """Return the sentences with the model's translations, those in the memory taken from there."""
    hardware = profile.choose(run, phase.precision)
    if isinstance(model.start, Pretrain):
        folder = inputs[key(model.start)].folder("model")
    else:
        folder = loading.open_location(model.start.location, offline=run.offline)
    translator = seq2seq.load(phase, model, folder, hardware)
    profile.write(run.out, hardware, phase.batch, translator.model)
    numerics = json.loads((run.out / "profile.json").read_text("utf-8"))
    # The profile too: on other hardware the model may choose another word, and phases with equal
    # keys and equal profiles must have equal bytes.
    deciding = (key(model), phase.max_length, phase.beams, phase.code, numerics)
    place = memory_folder(run.memory or run.scratch, *deciding)
    with _open(place, phase, run) as memory:
        _translate(translator, [s for s in work.sentences if s not in memory.known], memory, run)
        return {s: memory.known[s] for s in work.sentences}


@contextmanager
def _open(place: Path, phase: Translate, run: PhaseRun) -> Iterator[Memory]:
    """Open the memory, and give up waiting for it when the user asks to stop."""

    def waiting(owner: Owner) -> None:
        if run.should_stop():
            raise KeyboardInterrupt

    with open_memory(place, key(phase), waiting) as memory:
        yield memory


def _translate(
    translator: LoadedTranslator, wanted: Sequence[str], memory: Memory, run: PhaseRun
) -> None:
    """Have sentences translated, and remember each batch at once."""
    began, done, tokens = monotonic(), 0, 0
    for batch in translator.translate(wanted):
        memory.add(batch)
        done += len(batch)
        tokens += sum(len(translated.text.split()) for _, translated in batch)
        run.report(done / len(wanted), tokens / max(monotonic() - began, 1e-9))
        if run.should_stop():
            raise KeyboardInterrupt


def _quality(
    phase: Translate, work: _Work, translations: Mapping[str, TranslatedSentence]
) -> dict[str, Any] | str:
    """Return how good the translations of the references are, or that it is not known."""
    if phase.references is None:
        return "not measured: no reference pairs"
    pairs = [
        (passage, right)
        for passage, right in work.references
        if all(s in translations for s in passage.sentences)
    ]
    if not pairs:
        return "not measured: no reference pair is translated"
    translated = [
        "".join(g + translations[s].text for g, s in zip(p.gaps, p.sentences, strict=True))
        for p, _ in pairs
    ]
    measures = quality.measured(translated, [right for _, right in pairs], phase.into)
    return {"task": phase.references.task, "split": phase.references.split, **measures}


def _write_memory(path: Path, translations: Mapping[str, TranslatedSentence]) -> None:
    """Write every sentence with its translation or the reason for having none, sorted."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for sentence, translated in sorted(translations.items()):
            row = {"source": sentence, "translation": translated.text}
            row |= {"lost": translated.lost} if translated.lost else {}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
