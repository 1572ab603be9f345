"""The streams of a translated training: which languages, which rows of each, from which translator.

Every language, the source among them, gets an equal part of the rows that training in the source
language alone would use, and no row is in two parts, so translation is not simply more data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xharness.errors import StudyError, unknown
from xharness.phases import Pretrain, References, Seq2SeqModel, Stream, Texts, Translate
from xharness.planning.definitions import definition
from xharness.planning.precision import PRECISIONS
from xharness.planning.request import Request
from xharness.planning.resolver_protocol import Resolving
from xharness.strategies import Translation
from xharness.tasks import TRANSLATABLE, Kind, Task
from xharness.translators import Translator, at

REFERENCES = 200
"""Items that a translator's quality is measured on."""
_WHERE = "strategies: translation"


def streams(
    request: Request,
    tasks: Mapping[str, Task],
    resolver: Resolving,
    arm: Sequence[Task],
    how: Translation,
) -> tuple[Stream, ...]:
    """Return the streams of a training on tasks in several languages.

    Args:
        request: Gives the languages of its targets, the limit of rows and the suite's translator.
        tasks: Every loaded task, for references.
        resolver: Turns rows and translators into digests.
        arm: The tasks.
        how: What the strategy wants.

    Raises:
        StudyError: If a task cannot be translated, or no translator knows the languages.
        DataError: If rows are missing.
    """
    return tuple(stream for task in arm for stream in _of_task(request, tasks, resolver, task, how))


def _of_task(
    request: Request, tasks: Mapping[str, Task], resolver: Resolving, task: Task, how: Translation
) -> list[Stream]:
    """Return one task's streams: its own rows first, if they are wanted, then by language."""
    if task.kind not in TRANSLATABLE:
        raise StudyError(
            _WHERE,
            [
                (
                    f"{task.name}: a {task.kind.value} task cannot be translated, as its labels "
                    "belong to words; leave it out of --intermediates"
                )
            ],
        )
    if how.beams < 1:
        raise StudyError(_WHERE, [f"beams: {how.beams} makes no search; 1 or more would"])
    source = task.source_language
    offered = _translator(request, how.translator)
    languages = _languages(request, resolver, task, offered, how)
    data = resolver.data(task, (source,), "train")
    parts = len(languages) + how.source
    by_language = []
    if how.source:
        by_language.append(_stream(request, task, data, source, (0, parts)))
    for number, into in enumerate(languages, start=int(how.source)):
        part = (number, parts)
        translator = resolver.translator(offered, source, into)
        phase = Translate(
            task=task.name,
            version=task.version,
            data=data,
            language=source,
            into=into,
            translator=translator,
            limit=request.limit_train,
            sample_seed=request.sample_seed,
            part=part,
            beams=how.beams,
            definition=definition(task),
            precision=_precision(request, resolver, translator),
            references=_references(tasks, resolver, task, into),
        )
        by_language.append(_stream(request, task, data, into, part, phase))
    return by_language


def _precision(request: Request, resolver: Resolving, translator: Seq2SeqModel | Texts) -> str:
    """Return the precision of a translator; those that plugins make themselves are small."""
    if isinstance(translator, Texts):
        return PRECISIONS[0]
    return resolver.precision(request.precision, small=isinstance(translator.start, Pretrain))


def _stream(
    request: Request,
    task: Task,
    data: str,
    language: str,
    part: tuple[int, int],
    translated: Translate | None = None,
) -> Stream:
    """Return the stream of one part of a task's rows."""
    return Stream(
        task=task.name,
        version=task.version,
        data=data,
        languages=(language,),
        limit=request.limit_train,
        sample_seed=request.sample_seed,
        part=part,
        translated=translated,
    )


def _translator(request: Request, wanted: str) -> Translator:
    """Return the translator of a strategy: "name", "name@folder", or the suite's own.

    Raises:
        StudyError: If there is none of the name, or none is named at all.
    """
    name, _, place = (wanted or request.translator).partition("@")
    if not name:
        offered = ", ".join(request.translators) or "none"
        raise StudyError(
            _WHERE,
            [
                (
                    f"translator: the suite {request.suite} names none; write "
                    f"translate:translator=NAME, one of {offered}"
                )
            ],
        )
    if name not in request.translators:
        raise StudyError(_WHERE, [unknown("translator", "translator", name, request.translators)])
    offer = request.translators[name]
    return at(offer, place) if place else offer


def _languages(
    request: Request, resolver: Resolving, task: Task, offered: Translator, how: Translation
) -> tuple[str, ...]:
    """Return the languages to translate into: those wanted, or all of the request's targets.

    Raises:
        StudyError: If the translator does not know one that is wanted, or none of the targets'.
    """
    source = task.source_language
    targets = {n for languages in request.languages.values() for n in languages} - {source}
    there = resolver.languages(offered, source, how.languages or targets)
    if how.languages:
        problems = [
            f"languages: {offered.name} does not translate {task.name} from {source} into {n!r}; "
            f"it knows {', '.join(there) or 'no language'}"
            for n in how.languages
            if n not in there
        ]
        if problems:
            raise StudyError(_WHERE, problems)
        return tuple(sorted(set(how.languages)))
    languages = tuple(n for n in there if n in targets)
    if not languages:
        raise StudyError(
            _WHERE,
            [
                (
                    f"languages: {offered.name} translates {task.name} from {source} into "
                    f"{', '.join(there) or 'no language'}, and no target has one of these"
                )
            ],
        )
    return languages


def _references(
    tasks: Mapping[str, Task], resolver: Resolving, task: Task, into: str
) -> References | None:
    """Return what a translator into a language is measured on; None where there are no pairs."""
    other = tasks.get(task.references or "")
    if other is None or into not in other.languages:
        return None
    # A pair of sentences has both languages in one row; other items have a row in each.
    own = into if other.kind is Kind.RETRIEVAL else task.source_language
    split = "dev" if "dev" in other.splits else "test"
    if own not in other.languages or split not in other.splits:
        return None
    # A data root may lack the references; the quality is then not measured.
    if any(resolver.lacking(other, n, split) is not None for n in (own, into)):
        return None
    return References(
        task=other.name,
        version=other.version,
        data=resolver.data(other, (own,), split),
        data_into=resolver.data(other, (into,), split),
        split=split,
        limit=REFERENCES,
    )
