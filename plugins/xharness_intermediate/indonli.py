"""IndoNLI: natural language inference written in Indonesian, MNLI's counterpart.

Mahendra et al. 2021, 2021.emnlp-main.821; training and development rows were written by lay people.
Rows are read as those of MNLI, and their integers mean the same labels.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Accuracy, Kind, Role, Source, Task, hookimpl
from xharness_intermediate.mnli import LABELS, premises, read

CITATION = """@inproceedings{mahendra2021indonli,
  title = {{I}ndo{NLI}: A Natural Language Inference Dataset for {I}ndonesian},
  author = {Mahendra, Rahmad and Aji, Alham Fikri and Louvan, Samuel and Rahman, Fahrurrozi and
            Vania, Clara},
  booktitle = {Proceedings of EMNLP},
  pages = {10511--10527},
  year = {2021}
}"""

TASK = Task(
    name="indonli",
    role=Role.INTERMEDIATE,
    kind=Kind.CLASSIFICATION,
    version=1,
    sources=(
        Source(
            path="afaji/indonli",
            config="indonli",
            columns=("premise", "hypothesis", "label"),
            licence="CC BY-SA 4.0",
            citation=CITATION,
            expected={"train": 10_330, "dev": 2_197},
        ),
    ),
    languages=("id",),
    source_language="id",
    splits={"train": "train", "dev": "validation"},
    labels=LABELS,
    read=read,
    cluster=premises,
    metric=Accuracy(),
    trains_on="indonli",
    counterpart_of="mnli",
    summary="Indonesian natural language inference from three genres, three labels",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer IndoNLI."""
    return [TASK]
