"""Commands that read rows after a comparison read those that it predicted, or stop."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.data_root import DISABLED, PAIRS, PLUGIN, put_pairs
from support.program import Command, Ran


class Compared:
    """A comparison of sentence pairs in a data root, and the program with its plugin."""

    def __init__(self, program: Command, folder: Path) -> None:
        self.program = program
        self.plugin = folder / "pairs.py"
        self.plugin.write_text(PLUGIN, "utf-8")
        self.root, self.other = folder / "root", folder / "other"
        put_pairs(self.root)
        put_pairs(self.other, PAIRS[::-1])
        ran = self(
            *("compare", "--suite", "xtreme", "--model", "fake-model", "--targets", "tatoeba"),
            *("--intermediates", "first", "--strategies", "english", "--data-root", self.root),
        )
        assert ran.status == 0, ran.err

    def __call__(self, *arguments: str | Path) -> Ran:
        """Run a command."""
        return self.program(*arguments, "--plugin", self.plugin, **DISABLED)

    def export(self, out: str, *arguments: str | Path) -> Ran:
        """Write the files of the baseline, with the right answers beside."""
        chosen = ("-o", out, "--labels", f"{out}-labels", "--strategy", "none")
        return self("export", "xtreme", *chosen, *arguments)


@pytest.fixture
def compared(xharness: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compared:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    return Compared(xharness, tmp_path)


def test_a_number_says_whose_rows_it_is_of(compared: Compared) -> None:
    """Below the table, and in every row of the summary: these are not the hub's own."""
    details = compared("leaderboard", "--details")
    summary = compared("leaderboard", "--json").json["summary"]

    assert "tatoeba@data root: retrieval-accuracy@1, " in " ".join(details.out.split())
    assert {row["rows"] for row in summary} == {"data root"}


def test_the_data_root_of_the_comparison_is_used_unasked(
    compared: Compared, tmp_path: Path
) -> None:
    """Without --data-root the files are those that the same folder gives with it."""
    without, given = compared.export("a"), compared.export("b", "--data-root", compared.root)
    one, other = (sorted(tmp_path.glob(f"{n}/*/*")) for n in ("a", "b"))

    assert (without.status, given.status) == (0, 0)
    assert len(one) == 2
    assert [p.read_text("utf-8") for p in one] == [p.read_text("utf-8") for p in other]
    assert compared("show", "tatoeba", "--json").json["examples"]["de"][0]["target"] == "three"
    assert compared("data", "check", "tatoeba").status == 0


@pytest.mark.parametrize(
    "command",
    [
        ("export", "xtreme", "-o", "a", "--strategy", "none"),
        ("export", "xtreme", "-o", "a", "--labels", "b", "--strategy", "none"),
        ("show", "tatoeba"),
        ("data", "check", "tatoeba"),
    ],
    ids=" ".join,
)
def test_other_rows_than_those_predicted_are_refused(
    compared: Compared, command: tuple[str, ...], tmp_path: Path
) -> None:
    """The same rows in another order end in exit 2 with both digests; nothing is written."""
    ran = compared(*command, "--data-root", compared.other)

    assert ran.status == 2
    assert ran.said.count("sha256:") == 2
    assert f"tatoeba de test: 1 problem rows: the ones in {compared.other} are" in ran.said
    assert "give the --data-root of the comparison" in ran.said
    assert not (tmp_path / "a").exists()


def test_rows_that_changed_in_their_place_are_refused(compared: Compared) -> None:
    """A file that was written anew since the comparison is other rows."""
    put_pairs(compared.root, PAIRS[::-1])

    assert compared.export("a").status == 2


def test_another_store_looks_at_other_rows(compared: Compared) -> None:
    """What a store has not predicted is not compared with it."""
    ran = compared("show", "tatoeba", "--data-root", compared.other, "--store", "new", "--json")

    assert (ran.status, ran.json["examples"]["de"][0]["target"]) == (0, "two")


def test_fewer_rows_than_published_are_said_and_written_beside(
    compared: Compared, tmp_path: Path
) -> None:
    """Three of four rows per language: a note for people, in the JSON, and in both folders."""
    put_pairs(compared.root, PAIRS[:3])
    compared(
        *("compare", "--suite", "xtreme", "--model", "fake-model", "--targets", "tatoeba"),
        *("--intermediates", "first", "--strategies", "english", "--data-root", compared.root),
    )
    ran = compared.export("a", "--json")
    line = "tatoeba: fewer rows than published: 3 of 4 (de, sw)"

    assert ran.status == 0
    assert line in ran.said
    assert line in ran.json["notes"]
    for folder in ("a", "a-labels"):
        assert line in (tmp_path / folder / "INCOMPLETE.txt").read_text("utf-8").splitlines()


def test_data_check_finds_bytes_that_changed_unseen(compared: Compared) -> None:
    """At the same size, time and inode a file is taken for the one of before; not by this."""
    file = compared.root / "org" / "pairs" / "de" / "test.parquet"
    about, content = file.stat(), bytearray(file.read_bytes())
    content[content.index(b"three")] ^= 1
    with file.open("r+b") as opened:
        opened.write(content)
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))
    ran = compared("data", "check", "tatoeba", "--json")

    assert ran.status == 1
    assert f"{file}: has other bytes than it had (SHA-256 " in ran.json["differences"][0]["found"]
