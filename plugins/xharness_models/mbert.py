"""mBERT: BERT trained on the Wikipedias of 104 languages.

Devlin et al. 2019, N19-1423.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import ModelSource, hookimpl

CITATION = """@inproceedings{devlin2019bert,
  title = {{BERT}: Pre-training of Deep Bidirectional Transformers for Language Understanding},
  author = {Devlin, Jacob and Chang, Ming-Wei and Lee, Kenton and Toutanova, Kristina},
  booktitle = {Proceedings of NAACL-HLT},
  pages = {4171--4186},
  year = {2019}
}"""

MODEL = ModelSource(
    name="mbert",
    path="google-bert/bert-base-multilingual-cased",
    revision="3f076fdb1ab68d5b2880cb87a0886f315b8146f8",
    width=768,
    depth=12,
    licence="Apache-2.0",
    citation=CITATION,
    summary="multilingual BERT, cased, 104 languages, 178 M parameters",
)


@hookimpl
def xharness_models() -> Sequence[ModelSource]:
    """Offer the cased model."""
    return [MODEL]
