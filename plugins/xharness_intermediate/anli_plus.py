"""ANLI+: Adversarial NLI, MNLI and SNLI as one English task with one head.

Phang et al. 2020, arXiv:2005.13013, section 2.1, train on all five sets together: 1,104,934
rows, which is 162,865 of ANLI's three rounds, 392,702 of MNLI and the 549,367 of SNLI that
have a label. Nie et al. 2020, arXiv:1910.14599; Williams et al. 2018, N18-1101; Bowman et al.
2015, D15-1075. The hub's revisions are those that public training scripts pin.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Accuracy, Classification, Kind, Role, Row, Slice, Source, Task, hookimpl
from xharness_intermediate.mnli import premises

LABELS = ("entailment", "neutral", "contradiction")
"""In the order of the integers of all three data sets."""

UNLABELLED = -1
"""How the hub marks the 785 training rows of SNLI on which its annotators did not agree."""

COLUMNS = ("premise", "hypothesis", "label")

ANLI_CITATION = """@inproceedings{nie2020anli,
  title = {Adversarial {NLI}: A New Benchmark for Natural Language Understanding},
  author = {Nie, Yixin and Williams, Adina and Dinan, Emily and Bansal, Mohit and
            Weston, Jason and Kiela, Douwe},
  booktitle = {Proceedings of ACL},
  pages = {4885--4901},
  year = {2020}
}"""

MNLI_CITATION = """@inproceedings{williams2018mnli,
  title = {A Broad-Coverage Challenge Corpus for Sentence Understanding through Inference},
  author = {Williams, Adina and Nangia, Nikita and Bowman, Samuel},
  booktitle = {Proceedings of NAACL-HLT},
  pages = {1112--1122},
  year = {2018}
}"""

SNLI_CITATION = """@inproceedings{bowman2015snli,
  title = {A large annotated corpus for learning natural language inference},
  author = {Bowman, Samuel R. and Angeli, Gabor and Potts, Christopher and
            Manning, Christopher D.},
  booktitle = {Proceedings of EMNLP},
  pages = {632--642},
  year = {2015}
}"""


def _anli(train: int, dev: int) -> Source:
    """Return the source of one round of ANLI; rounds differ in their published numbers of rows."""
    return Source(
        path="facebook/anli",
        config="plain_text",
        revision="8e4813d81f46d313dac7892e1c28076917cfcdf9",
        columns=COLUMNS,
        licence="CC BY-NC 4.0",
        citation=ANLI_CITATION,
        expected={"train": train, "dev": dev},
    )


MNLI = Source(
    path="nyu-mll/glue",
    config="mnli",
    revision="bcdcba79d07bc864c1c254ccfcedcce55bcc9a8c",
    columns=COLUMNS,
    licence="OANC and others, see section 3 of the paper",
    citation=MNLI_CITATION,
    expected={"train": 392_702, "dev": 9_815},
)

SNLI = Source(
    path="stanfordnlp/snli",
    config="plain_text",
    revision="cdb5c3d5eed6ead6e5a341c8e56e669bb666725b",
    columns=COLUMNS,
    licence="CC BY-SA 4.0",
    citation=SNLI_CITATION,
    expected={"train": 550_152, "dev": 10_000},
)

SPLITS = (
    {"train": "train_r1", "dev": "dev_r1"},
    {"train": "train_r2", "dev": "dev_r2"},
    {"train": "train_r3", "dev": "dev_r3"},
    {"train": "train", "dev": "validation_matched"},
    {"train": "train", "dev": "validation"},
)
"""What each source, in the task's order, calls a split."""


def rows(task: Task, source: Source, language: str, split: str) -> Slice:
    """Return a split of one source: ANLI has three rounds, MNLI two development sets."""
    return Slice(config=source.config, split=SPLITS[task.sources.index(source)][split])


def read(row: Row, language: str) -> Classification | None:
    """Return one row as an example, None for one that its data set gives no label."""
    number = row["label"]
    if number == UNLABELLED:
        return None
    if number not in range(len(LABELS)):
        raise ValueError(
            f"anli_plus: label {number!r} is not known; 0, 1, 2 or {UNLABELLED} would be"
        )
    return Classification(text=row["premise"], pair=row["hypothesis"], label=LABELS[number])


TASK = Task(
    name="anli_plus",
    role=Role.INTERMEDIATE,
    kind=Kind.CLASSIFICATION,
    version=1,
    sources=(_anli(16_946, 1_000), _anli(45_460, 1_000), _anli(100_459, 1_200), MNLI, SNLI),
    languages=("en",),
    splits={"train": "train", "dev": "dev"},
    labels=LABELS,
    read=read,
    rows=rows,
    cluster=premises,
    metric=Accuracy(),
    trains_on="anli_plus",
    references="xnli",
    summary="English natural language inference: ANLI, MNLI and SNLI together, three labels",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer ANLI+."""
    return [TASK]
