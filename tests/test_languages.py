"""The table of languages: whole, sourced, and grouped as it says."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from pathlib import Path

import pytest

from support.program import Command
from xharness import languages
from xharness.errors import DataError
from xharness.languages import By, Language

XTREME = (
    "af ar bg bn de el en es et eu fa fi fr he hi hu id it ja jv ka kk ko ml mr ms my nl pt ru "
    "sw ta te th tl tr ur vi yo zh"
).split()
"""google-research/xtreme, README."""
ADDED = "az gu ht lt pa pl qu ro uk wo".split()
"""XTREME-R (Ruder et al. 2021)."""
XNLI = "ar bg de el en es fr hi ru sw th tr ur vi zh".split()


def test_the_languages_are_those_of_xtreme_and_xtreme_r() -> None:
    """Forty languages are XTREME's, ten more XTREME-R's."""
    found = {code: language.benchmark for code, language in languages.table().items()}

    assert found == {**dict.fromkeys(XTREME, "XTREME"), **dict.fromkeys(ADDED, "XTREME-R")}


def test_every_column_has_a_source() -> None:
    """Whatever the file or the class holds says where it comes from."""
    path = Path(languages.__file__).with_name("languages.csv")
    with path.open(encoding="utf-8", newline="") as rows:
        columns = set(csv.DictReader(rows).fieldnames or ())

    assert columns | {"resource"} == set(languages.SOURCES) | {"word_order_source"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("en", ("Indo-European", "Latn", "SVO", "high", "near")),
        ("sw", ("Niger-Congo", "Latn", "SVO", "low", "near")),
        ("de", ("Indo-European", "Latn", "no dominant order", "high", "near")),
        ("ar", ("Afro-Asiatic", "Arab", "VSO", "mid", "far")),
        ("yo", ("Niger-Congo", "Latn", "SVO", "low", "near")),
        ("lab-x", ("not in the table",) * 5),
    ],
)
def test_groups(code: str, expected: tuple[str, ...]) -> None:
    """A language belongs to one group of each sort; an unknown one to a group of its own."""
    assert tuple(languages.group(code, by) for by in By) == expected


def test_low_resource_languages_are_few() -> None:
    """Below 10 GiB of CC-100 XNLI has Swahili and Urdu, and the forty have sixteen."""
    low = [code for code in XTREME if languages.group(code, By.RESOURCE) == "low"]

    assert set(XNLI) & set(low) == {"sw", "ur"}
    assert len(low) == 16


def test_values_have_the_form_they_should() -> None:
    """Codes are unique; scripts are ISO 15924; a size is there exactly when a count is."""
    rows = languages.table().values()

    assert max(Counter(row.iso639_3 for row in rows).values()) == 1
    for row in rows:
        assert len(row.iso639_3) == 3
        assert row.script.istitle()
        assert len(row.script) == 4
        assert row.joshi in range(6)
        assert (row.cc100_gib is None) == (row.cc100_mtokens is None)
        assert set(row.word_order.split("/")) <= {"SVO", "SOV", "VSO"}


@pytest.mark.parametrize(
    ("code", "source", "expected"),
    [
        ("fr", "en", "near"),
        ("de", "en", "near"),
        ("sw", "en", "near"),
        ("hi", "en", "between"),
        ("zh", "en", "between"),
        ("ja", "en", "far"),
        ("hu", "de", "between"),
        ("ja", "lab-x", languages.ELSEWHERE),
    ],
)
def test_distance_counts_what_is_shared(code: str, source: str, expected: str) -> None:
    """Two of family, script and order make near, none far; two undecided orders share nothing."""
    assert languages.group(code, By.DISTANCE, source=source) == expected


def test_what_a_plugin_says_is_grouped() -> None:
    """A described language has its level as resource, and what its row leaves out is not said."""
    known = {"x": Language(code="x", name="X", script="Latn", level="mid")}

    assert [languages.group("x", by, known) for by in (By.FAMILY, By.SCRIPT, By.RESOURCE)] == [
        languages.UNSAID, "Latn", "mid",
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", [{"level": "rich"}, {"script": "latin"}])
def test_what_cannot_be_grouped_is_refused(wrong: dict[str, str]) -> None:
    """A level that is none, or a script that is no ISO 15924 code, is refused where it is made."""
    with pytest.raises(ValueError, match=r"x: (level|script)"):
        Language(code="x", name="X", **wrong)


def test_without_lang2vec_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Distances need an optional package, and the error names the command that installs it."""
    monkeypatch.setattr(languages, "find_spec", lambda _: None)

    with pytest.raises(DataError, match=r"pip install 'xharness\[typology\]'"):
        languages.distances(["de"])


def test_distances(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distance is one minus the cosine of two feature vectors, by hand 1 - 1/sqrt(2)."""
    import numpy as np

    package = tmp_path / "lang2vec"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").write_text("", "utf-8")
    values = np.array([[1, 0, 1, 1], [1, 1, 1, 1]], dtype=np.float32)[:, :, None]
    np.savez(
        package / "data" / "feature_predictions.npz",
        langs=np.array(["eng", "deu"]),
        feats=np.array(["S_A", "S_B", "P_A", "INV_A"]),
        data=values,
        sources=np.array(["predicted"]),
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "lang2vec", raising=False)
    found = languages.distances(["de", "en"])

    assert found["de"] == pytest.approx({"syntax": 1 - 0.5**0.5, "phonology": 0, "inventory": 0})
    assert found["en"] == pytest.approx({"syntax": 0, "phonology": 0, "inventory": 0})
    with pytest.raises(DataError, match="no features of sw"):
        languages.distances(["sw"])


def test_list_languages(xharness: Command) -> None:
    """The list has fifty rows and the sources of its columns, for people and for programs."""
    text, found = xharness("list", "languages"), xharness("list", "languages", "--json").json

    assert "sw    Swahili" in text.out
    assert "GiB: Conneau et al. 2020" in text.out
    assert len(found["languages"]) == 50
    assert found["languages"][0]["resource"] == "low"
    assert found["sources"] == dict(languages.SOURCES)


def test_list_shows_what_plugins_describe(xharness: Command) -> None:
    """The lab's languages stand below the fifty, with the plugin that describes them."""
    text = xharness("list", "languages", XHARNESS_DISABLE="")
    found = xharness("list", "languages", "--json", XHARNESS_DISABLE="").json["languages"]

    assert "Described by the plugin lab: qaa, qab" in text.out
    assert {row["plugin"] for row in found[:50]} == {None}
    assert {row["plugin"] for row in found[50:]} == {"lab"}
    assert [row["resource"] for row in found[50:53]] == ["high"] * 3


def test_list_distances_without_lang2vec(
    xharness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking for distances without the optional package is wrong input, with the remedy."""
    monkeypatch.setattr(languages, "find_spec", lambda _: None)
    ran = xharness("list", "languages", "--distances")

    assert ran.status == 2
    assert "pip install 'xharness[typology]'" in ran.said
