"""Translated rows without a translator: XNLI's development rows and their translations by people.

    python benchmarks/xnli_translations.py DATA_ROOT OUT
    XHARNESS_TRANSLATIONS=OUT/right xharness compare --plugin benchmarks/xnli_translations.py \
        --suite xtreme --data-root DATA_ROOT --targets xnli --languages en,de,sw \
        --intermediates xnli_dev --strategies english,translate:translator=files --model MODEL

writes files of translations for every language of XNLI, OUT/right as they are and OUT/wrong each
moved on by ten premises, and compares training on English rows with training on translated ones.
As a --plugin file it offers the intermediate task `xnli_dev`. What BLEU makes of both files is in
the artifact: `xharness store ls`, then `xharness show KEY` of a translation.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from xharness import Role, Task, hookimpl
from xharness_targets import xnli

MOVED = 30
"""Rows that a wrong file is moved by: three to a premise."""

TASK = replace(
    xnli.TASK,
    name="xnli_dev",
    role=Role.INTERMEDIATE,
    splits={"train": "validation"},
    trains_on="xnli_dev",
    references="xnli",
    summary="XNLI's development rows as training rows, for they have translations by people",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer the development rows."""
    return [TASK]


def main(root: Path, out: Path) -> None:
    """Write the files of translations."""
    import pyarrow.parquet as pq

    file = root / "google" / "xtreme" / "XNLI" / "validation-00000-of-00001.parquet"
    rows = pq.read_table(file).to_pylist()
    texts = {
        n: [(r["sentence1"], r["sentence2"]) for r in rows if r["language"] == n]
        for n in TASK.languages
    }
    for language in TASK.languages:
        if language == "en":
            continue
        turned = texts[language][MOVED:] + texts[language][:MOVED]
        for name, theirs in (("right", texts[language]), ("wrong", turned)):
            found: dict[str, str] = {}
            for ours, said in zip(texts["en"], theirs, strict=True):
                for source, translation in zip(ours, said, strict=True):
                    found.setdefault(source.strip(), translation.strip())
            path = out / name / f"en-{language}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = [{"source": s, "translation": t} for s, t in found.items()]
            text = "".join(json.dumps(x, ensure_ascii=False) + "\n" for x in lines)
            path.write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
