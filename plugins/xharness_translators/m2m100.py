"""M2M-100: one model for 100 languages, without English in between.

Fan et al. 2021, arXiv:2010.11125. Of XTREME's languages it lacks Basque and Telugu. Its
tokenizer needs the package sentencepiece.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Seq2Seq, Translator, hookimpl

CITATION = """@article{fan2021m2m100,
  title = {Beyond English-Centric Multilingual Machine Translation},
  author = {Fan, Angela and Bhosale, Shruti and Schwenk, Holger and Ma, Zhiyi and
            El-Kishky, Ahmed and others},
  journal = {Journal of Machine Learning Research},
  volume = {22},
  number = {107},
  pages = {1--48},
  year = {2021}
}"""

LANGUAGES = tuple(
    """af ar az bg bn de el en es et fa fi fr gu he hi ht hu id it ja jv ka kk ko lt ml mr ms my
    nl pa pl pt ro ru sw ta th tl tr uk ur vi wo yo zh""".split()
)

M2M100 = Seq2Seq(
    name="m2m100_418M",
    location="facebook/m2m100_418M",
    style="m2m",
    codes={n: n for n in LANGUAGES},
    licence="MIT",
    citation=CITATION,
    summary="M2M-100, 418 M parameters, 47 of the fifty languages of XTREME-R",
)


@hookimpl
def xharness_translators() -> Sequence[Translator]:
    """Offer the model."""
    return [M2M100]
