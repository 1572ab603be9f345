"""XLM-R: the encoder of XTREME's and Phang et al.'s experiments, base and large.

Conneau et al. 2020, arXiv:1911.02116; 100 languages, CC-100.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import ModelSource, hookimpl

CITATION = """@inproceedings{conneau2020xlmr,
  title = {Unsupervised Cross-lingual Representation Learning at Scale},
  author = {Conneau, Alexis and Khandelwal, Kartikay and Goyal, Naman and Chaudhary, Vishrav and
            Wenzek, Guillaume and Guzm{\\'a}n, Francisco and Grave, Edouard and Ott, Myle and
            Zettlemoyer, Luke and Stoyanov, Veselin},
  booktitle = {Proceedings of ACL},
  pages = {8440--8451},
  year = {2020}
}"""

BASE = ModelSource(
    name="xlm-roberta-base",
    path="FacebookAI/xlm-roberta-base",
    revision="e73636d4f797dec63c3081bb6ed5c7b0bb3f2089",
    width=768,
    depth=12,
    licence="MIT",
    citation=CITATION,
    summary="XLM-R base, 100 languages, 278 M parameters",
)

LARGE = ModelSource(
    name="xlm-roberta-large",
    path="FacebookAI/xlm-roberta-large",
    revision="c23d21b0620b635a76227c604d44e43a9f0ee389",
    width=1024,
    depth=24,
    licence="MIT",
    citation=CITATION,
    summary="XLM-R large, 100 languages, 560 M parameters; the encoder of Phang et al. 2020",
)


@hookimpl
def xharness_models() -> Sequence[ModelSource]:
    """Offer both sizes."""
    return [BASE, LARGE]
