"""The fifty languages of XTREME and XTREME-R, and the groups that results are split by.

The table is languages.csv beside this module; `SOURCES` says where each column comes from.
Distances between languages are computed from the optional package lang2vec where it is
installed; nothing of it is copied here (its licence is CC-BY-SA-4.0).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from xharness.errors import DataError

LOW_GIB = 10.0
"""A language with less CC-100 text is "low"; see `Language.resource`."""
HIGH_GIB = 50.0
"""A language with this much CC-100 text or more is "high"."""
ELSEWHERE = "not in the table"
"""Name of the group of languages that neither the table nor a plugin describes."""
UNSAID = "not said"
"""Name of the group of languages whose row leaves the field empty."""
FEWEST = 2
"""Languages that a group needs at least; a mean of one language is no mean."""
LEVELS = ("low", "mid", "high")
"""What `Language.resource` can be."""
UNDECIDED = "no dominant order"

SOURCES: Mapping[str, str] = {
    "code": "ISO 639-1, as in XTREME's evaluate.py (google-research/xtreme at 838c13b)",
    "iso639_3": "ISO 639-3; of a macrolanguage the member that lang2vec describes",
    "name": "usual English name",
    "family": "WALS 2020.4 (cldf-datasets/wals, CC-BY-4.0)",
    "genus": "WALS 2020.4 (cldf-datasets/wals, CC-BY-4.0)",
    "script": "ISO 15924 code, Unicode CLDR likelySubtags",
    "word_order": "the column word_order_source says which: WALS chapter 81A (through URIEL, as "
    "lang2vec 1.1.2 holds it; for some under the code of the macrolanguage), else SSWL or "
    "Ethnologue; two orders are WALS's no dominant order",
    "cc100_gib": "Conneau et al. 2020 (XLM-R), appendix, GiB of CC-100, through "
    "mayhewsw/multilingual-data-stats; Chinese is simplified and traditional together, a second "
    "Burmese encoding and romanised Hindi are not counted; empty: not in CC-100",
    "cc100_mtokens": "the same, millions of tokens",
    "joshi": "class 0 to 5 of Joshi et al. 2020, through MaLA-LM/LangResourceAtlas",
    "resource": "ours, computed: low is less than 10 GiB of CC-100 or none, high 50 GiB or more, "
    "mid between; no published threshold",
    "benchmark": "XTREME (Hu et al. 2020), or added by XTREME-R (Ruder et al. 2021)",
}
"""Where each column comes from."""

_KNN = {"syntax": "S_", "phonology": "P_", "inventory": "INV_"}
"""lang2vec's feature groups, and how the names of their features begin."""


class By(Enum):
    """The property by which languages are grouped."""

    FAMILY = "family"
    SCRIPT = "script"
    ORDER = "order"
    RESOURCE = "resource"
    DISTANCE = "distance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One row of the table, or what a plugin says of a language; empty is not known.

    Attributes:
        code: As tasks name it.
        name: Usual English name.
        iso639_3: ISO 639-3.
        family: Such as "Indo-European".
        genus: Such as "Germanic".
        script: ISO 15924.
        word_order: "SVO"; two orders, as in "SVO/SOV", where none dominates.
        word_order_source: Where the word order is from.
        cc100_gib: None when not in CC-100, so XLM-R has hardly seen it.
        cc100_mtokens: Millions of tokens in CC-100; None for none.
        joshi: 0 (left behind) to 5 (winners).
        benchmark: "XTREME" or "XTREME-R"; empty for neither.
        level: What `resource` is; empty where CC-100 tells it.
    """

    code: str
    name: str
    iso639_3: str = ""
    family: str = ""
    genus: str = ""
    script: str = ""
    word_order: str = ""
    word_order_source: str = ""
    cc100_gib: float | None = None
    cc100_mtokens: int | None = None
    joshi: int | None = None
    benchmark: str = ""
    level: str = ""

    def __post_init__(self) -> None:
        """Refuse a script or a level that languages cannot be grouped by.

        Raises:
            ValueError: If the script is no ISO 15924 code, or the level is unknown.
        """
        if self.level not in {"", *LEVELS}:
            raise ValueError(f"{self.code}: level {self.level!r}; {', '.join(LEVELS)} would be")
        if self.script and not re.fullmatch("[A-Z][a-z]{3}", self.script):
            raise ValueError(
                f"{self.code}: script {self.script!r}; as in ISO 15924, Latn, would be"
            )

    @property
    def resource(self) -> str:
        """Return "low", "mid" or "high": `level` if given, else by the amount of CC-100 text.

        CC-100 is what XLM-R was pretrained on. The thresholds, `LOW_GIB` and `HIGH_GIB`, are ours.
        """
        if self.level:
            return self.level
        if self.cc100_gib is None or self.cc100_gib < LOW_GIB:
            return "low"
        return "high" if self.cc100_gib >= HIGH_GIB else "mid"


@cache
def table() -> Mapping[str, Language]:
    """Return every language of the table by its code, in the order of the codes."""
    with Path(__file__).with_name("languages.csv").open(encoding="utf-8", newline="") as rows:
        return {row["code"]: _language(row) for row in csv.DictReader(rows)}


def _language(row: Mapping[str, str]) -> Language:
    """Return one row of languages.csv as a language."""
    text = {n: v for n, v in row.items() if n not in {"cc100_gib", "cc100_mtokens", "joshi"}}
    return Language(
        cc100_gib=float(row["cc100_gib"]) if row["cc100_gib"] else None,
        cc100_mtokens=int(row["cc100_mtokens"]) if row["cc100_mtokens"] else None,
        joshi=int(row["joshi"]),
        **text,
    )


def group(
    code: str, by: By, known: Mapping[str, Language] | None = None, *, source: str = "en"
) -> str:
    """Return the group that a language belongs to, such as "Latn" or "low".

    Args:
        code: Code of the language.
        by: The property by which languages are grouped.
        known: Every described language; None for those of the table.
        source: The source language, from which distance is measured.

    Returns:
        The group; `ELSEWHERE` when nobody describes the language, `UNSAID` when its row leaves
        the field empty. Distance counts how many of family, script and word order the language
        shares with the source language: two or three are "near", one is "between", none is "far".
    """
    described = table() if known is None else known
    language, origin = described.get(code), described.get(source)
    if language is None or (by is By.DISTANCE and origin is None):
        return ELSEWHERE
    if by is By.RESOURCE:
        return language.resource
    if by is not By.DISTANCE or origin is None:
        return _facts(language)[by] or UNSAID
    ours, theirs = _facts(language), _facts(origin)
    shared = sum(
        fact not in {"", UNDECIDED} and fact == theirs[what] for what, fact in ours.items()
    )
    return ("far", "between")[shared] if shared < 2 else "near"


def _facts(language: Language) -> Mapping[By, str]:
    """Return a language's family, script and word order, by which distance is measured."""
    order = UNDECIDED if "/" in language.word_order else language.word_order
    return {By.FAMILY: language.family, By.SCRIPT: language.script, By.ORDER: order}


def distances(codes: Iterable[str], *, to: str = "en") -> Mapping[str, Mapping[str, float]]:
    """Return typological distances: code to {"syntax", "phonology", "inventory"}, 0 to 1.

    Args:
        codes: Codes of languages in the table.
        to: The language from which distances are measured.

    Raises:
        DataError: If lang2vec is not installed, or lacks one of the languages.

    Source:
        Littell et al. 2017 (URIEL and lang2vec): one minus the cosine of two languages' vectors
        of features, gaps filled from their nearest neighbours (lang2vec's "knn" sets).
    """
    import numpy as np

    with np.load(_features()) as stored:
        names, features = stored["langs"].tolist(), stored["feats"].tolist()
        values = stored["data"][:, :, 0]
    places = {name: place for place, name in enumerate(names)}
    wanted = [*codes]
    if lacking := [c for c in (*wanted, to) if table()[c].iso639_3 not in places]:
        raise DataError(f"lang2vec: has no features of {', '.join(lacking)}")
    measured: dict[str, dict[str, float]] = {code: {} for code in wanted}
    for kind, prefix in _KNN.items():
        columns = [i for i, name in enumerate(features) if name.startswith(prefix)]
        vectors = values[:, columns].astype(np.float64)
        origin = vectors[places[table()[to].iso639_3]]
        for code in wanted:
            vector = vectors[places[table()[code].iso639_3]]
            norm = np.linalg.norm(origin) * np.linalg.norm(vector)
            measured[code][kind] = max(0.0, 1.0 - float(origin @ vector) / float(norm))
    return measured


def _features() -> Path:
    """Return the path of lang2vec's file of features.

    The package is not imported: it asks for pkg_resources, which setuptools no longer has.

    Raises:
        DataError: If lang2vec is not installed.
    """
    spec = find_spec("lang2vec")
    if spec is None or spec.origin is None:
        raise DataError(
            "typological distances: lang2vec is not installed; "
            "install it with: pip install 'xharness[typology]'"
        )
    return Path(spec.origin).parent / "data" / "feature_predictions.npz"
