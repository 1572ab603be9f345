"""The fictional languages as data, and their words, made up by seeded rules.

Codes are from the range that ISO 639-3 keeps for private use (qaa to qtz), so none can be
taken for a real language. A new language is one more entry of LANGUAGES.
"""

from __future__ import annotations

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
    Language(code="qaa", name="Arvish", onsets="bdfgklmnprstvz", vowels="aeiou", codas="lnrsk"),
    Language(
        code="qab",
        name="Belmic",
        onsets="bcdfghjlmnprtvwx",
        vowels="aeiouy",
        codas="mndtx",
        cognates=0.3,
        corpus=0.3,
    ),
    Language(
        code="qac",
        name="Cendari",
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
        order="VSOPT",
        adjective_first=False,
        cases=("object",),
        script="Armn",
        onsets="բգդզթլխկհմնպջռսվտրքֆ",
        vowels="աեիոու",
        codas="լմնրս",
        corpus=0.1,
    ),
    Language(
        code="qae",
        name="Evrolic",
        script="Cyrl",
        onsets="бвгджзклмнпрстфхцчш",
        vowels="аеиоуы",
        codas="лмнрст",
        corpus=0.1,
    ),
    Language(
        code="qaf",
        name="Fandrel",
        order="SVOTP",
        adjective_first=False,
        onsets="bcdfgjlmnpqrstvz",
        vowels="aeiou",
        codas="lnrsz",
        cognates=0.4,
        corpus=0.1,
    ),
    Language(
        code="qag",
        name="Gorvaan",
        order="STPOV",
        adjective_first=False,
        preposition=False,
        question_first=False,
        cases=("object",),
        onsets="bdghjkmnprstvyz",
        vowels="aeiou",
        codas="kmnrt",
        cognates=0.2,
        corpus=0.1,
    ),
    Language(
        code="qah",
        name="Hulmic",
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
        order="PSVOT",
        preposition=False,
        cases=("subject", "object"),
        script="Copt",
        onsets="ⲃⲅⲇⲍⲑⲕⲗⲙⲛⲡⲣⲥⲧⲫⲭⲯ",
        vowels="ⲁⲉⲏⲓⲟⲩⲱ",
        codas="ⲗⲛⲣⲥ",
        corpus=0.03,
    ),
    Language(
        code="qaj",
        name="Jovendi",
        order="TPSOV",
        preposition=False,
        question_first=False,
        script="Tfng",
        onsets="ⴱⴳⴷⴼⵀⵃⵇⵊⵍⵎⵏⵔⵕⵙⵚⵛⵜⵟⵡⵢⵣⵥ",
        vowels="ⴰⴻⵉⵓ",
        codas="ⵍⵎⵏⵔⵙ",
        corpus=0.03,
    ),
    Language(
        code="qak",
        name="Kelmarat",
        onsets="bdfghklmnprstvw",
        vowels="aeiou",
        codas="dlnrt",
        cognates=0.3,
        corpus=0.0,
    ),
)

SOURCE = LANGUAGES[0]
"""The language of the training rows; it plays the part of English."""
BY_CODE: Mapping[str, Language] = MappingProxyType({x.code: x for x in LANGUAGES})
LOANS = half(WORLD, 0)
"""The part of the world that languages may share words for."""
INHERITED = half(WORLD, 1)
"""The rest: no two languages share a word for it, so spelling gives nothing away."""

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
