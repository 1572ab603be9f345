"""The fictional languages as data, and their words, made up by seeded rules.

Codes are from the range that ISO 639-3 keeps for private use (qaa to qtz), so none can be
taken for a real language. A new language is one more entry of LANGUAGES.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from types import MappingProxyType

from xharness_lab.world import CONTENT, FUNCTION, NAMES, WORLD, concepts, half


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One fictional language: how it orders words, what its words look like, how rare it is."""

    code: str
    name: str
    family: str
    """What it descends from; the languages of a family were made alike in nothing else."""
    order: str = "SVOPT"
    """Order of subject, verb, object, place and time in a clause."""
    adjective_first: bool = True
    """Adjective (and number) before the noun, or after it."""
    preposition: bool = True
    """Markers of place, time and case before their noun, or after it."""
    question_first: bool = True
    """The question word opens the question, or stands where the answer would."""
    cases: tuple[str, ...] = ()
    """Parts of the clause with a particle: "subject", "object"."""
    script: str = "Latn"
    """ISO 15924 code of its letters' script; languages of one script spell names alike."""
    onsets: str
    """Consonants that a syllable can begin with."""
    vowels: str
    codas: str
    """Consonants that a syllable can end with."""
    cognates: float = 0.0
    """Share of content words that are spelt as in the source language."""
    corpus: float = 1.0
    """Size of its text for pretraining, as a share of the source language's; may be 0."""

    @property
    def verb(self) -> str:
        """Return the order of subject, object and verb, such as "SOV"."""
        return "".join(letter for letter in self.order if letter in "SVO")


LANGUAGES: tuple[Language, ...] = (
    Language(
        code="qaa",
        name="Arvish",
        family="Arvic",
        onsets="bdfgklmnprstvz",
        vowels="aeiou",
        codas="lnrsk",
    ),
    Language(
        code="qab",
        name="Belmic",
        family="Arvic",
        onsets="bcdfghjlmnprtvwx",
        vowels="aeiouy",
        codas="mndtx",
        cognates=0.3,
        corpus=0.3,
    ),
    Language(
        code="qac",
        name="Cendari",
        family="Cendaric",
        order="TSPOV",
        preposition=False,
        question_first=False,
        cases=("subject", "object"),
        script="Geor",
        onsets="ბგდზთკლმნპრსტფქშჩცძჯ",
        vowels="აეიოუ",
        codas="ლმნრს",
        corpus=0.3,
    ),
    Language(
        code="qad",
        name="Doruun",
        family="Doric",
        order="VSOPT",
        adjective_first=False,
        cases=("object",),
        onsets="bdghkmnpqrtwxz",
        vowels="aeou",
        codas="mnrtw",
        corpus=0.3,
    ),
    Language(
        code="qae",
        name="Evrolic",
        family="Evric",
        script="Cyrl",
        onsets="бвгджзклмнпрстфхцчш",
        vowels="аеиоуы",
        codas="лмнрст",
        corpus=0.1,
    ),
    Language(
        code="qaf",
        name="Fandrel",
        family="Fandric",
        order="VSOTP",
        adjective_first=False,
        onsets="bcdfgjlmnpqrstvz",
        vowels="aeiou",
        codas="lnrsz",
        cognates=0.3,
        corpus=0.1,
    ),
    Language(
        code="qag",
        name="Gorvaan",
        family="Cendaric",
        order="STPOV",
        adjective_first=False,
        preposition=False,
        question_first=False,
        cases=("object",),
        onsets="bdghjkmnprstvyz",
        vowels="aeiou",
        codas="kmnrt",
        corpus=0.1,
    ),
    Language(
        code="qah",
        name="Hulmic",
        family="Doric",
        order="VSOPT",
        script="Grek",
        onsets="βγδζθκλμνξπρστφχψ",
        vowels="αεηιουω",
        codas="λνρς",
        corpus=0.03,
    ),
    Language(
        code="qai",
        name="Istrane",
        family="Evric",
        order="PSVOT",
        preposition=False,
        cases=("subject", "object"),
        onsets="bcfghlmnpstvx",
        vowels="aeiouy",
        codas="lnst",
        corpus=0.03,
    ),
    Language(
        code="qaj",
        name="Jovendi",
        family="Jovendic",
        order="TPSOV",
        preposition=False,
        question_first=False,
        onsets="bdfgjklmnprsvwz",
        vowels="aeiou",
        codas="dgnrs",
        cognates=0.3,
        corpus=0.03,
    ),
    Language(
        code="qak",
        name="Kelmarat",
        family="Arvic",
        onsets="bdfghklmnprstvw",
        vowels="aeiou",
        codas="dlnrt",
        cognates=0.3,
        corpus=0.0,
    ),
    Language(
        code="qal",
        name="Larquen",
        family="Larquic",
        order="TSPOV",
        preposition=False,
        question_first=False,
        cases=("subject", "object"),
        script="Armn",
        onsets="բգդզթլխկհմնպջռսվտրքֆ",
        vowels="աեիոու",
        codas="լմնրս",
        corpus=1.0,
    ),
)

SOURCE = LANGUAGES[0]
"""The language of the training rows; it plays the part of English."""
ASKED = LANGUAGES[:-1]
"""The languages of the targets; Larquen, the last, is another source with as much text."""
SOURCES = ("qac", "qad", "qae", "qal")
"""Other languages that intermediate tasks are asked in: verb-final, verb-initial, with the source's
order but without cognates, and verb-final with as much text as the source."""
BY_CODE: Mapping[str, Language] = MappingProxyType({x.code: x for x in LANGUAGES})
LOANS = half(WORLD, 0)
"""The part of the world that languages may share words for."""
INHERITED = half(WORLD, 1)
"""The rest: no two languages share a word for it, so spelling gives nothing away."""

UNSEEN = 0.01
"""Taken as the share of text of a language that has none, where its logarithm is needed."""


def distance(language: Language) -> float:
    """Return how far a language is from the source, as planted before anything was measured.

    Two for each tenfold less text, one for another order of subject, object and verb, and one half
    if it has no cognates.
    """
    text = 2 * math.log10(1 / max(language.corpus, UNSEEN))
    apart = language.verb != SOURCE.verb
    return text + apart + (0.5 if language.cognates == 0 and language is not SOURCE else 0.0)


_ENGLISH_ARTICLES = frozenset({"a", "an", "the"})
"""Never words: SQuAD's normalisation would delete them from answers."""


@lru_cache(maxsize=64)
def lexicon(code: str) -> Mapping[str, str]:
    """Return a language's words by concept; no two concepts share a word.

    Two languages share a word only if both have it from the source language, or for a name, which
    all languages of a script spell alike.
    """
    language = BY_CODE[code]
    rng = Random(f"words of {code}")  # noqa: S311 - not for secrets
    older = LANGUAGES[: LANGUAGES.index(language)]
    taken = {*_ENGLISH_ARTICLES, *(w for x in older for w in lexicon(x.code).values())}
    words: dict[str, str] = {}
    if older:
        source = lexicon(SOURCE.code)
        loans = sorted(concepts(LOANS))
        shared = rng.sample(loans, round(language.cognates * len(CONTENT)))
        words = {c: source[c] for c in shared}
    akin = next((lexicon(x.code) for x in older if x.script == language.script), None)
    if akin is not None:
        words |= {name: akin[name] for name in NAMES}
    for concept in (*FUNCTION, *CONTENT, *NAMES):
        if concept not in words:
            words[concept] = _coin(rng, language, 1 if concept in FUNCTION else 2, taken)
    return MappingProxyType(words)


def _coin(rng: Random, language: Language, syllables: int, taken: set[str]) -> str:
    """Return a new word of at least so many syllables, and add it to `taken`."""
    while True:
        count = syllables + (rng.random() < 0.3)
        word = "".join(
            rng.choice(language.onsets) + rng.choice(language.vowels) for _ in range(count)
        )
        if rng.random() < 0.5:
            word += rng.choice(language.codas)
        if word not in taken:
            taken.add(word)
            return word
