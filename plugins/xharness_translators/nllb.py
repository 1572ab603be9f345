"""NLLB-200: one model for 200 languages; here the fifty of XTREME and XTREME-R.

NLLB Team 2022, arXiv:2207.04672. Non-commercial licence. Codes are those of FLORES-200: a
language of ISO 639-3 and its script. The hub's main branch has no safetensors; the revision is
the conversion that was offered there as pull request 45 (ToluClassics/mlx-transformers, issue 26).
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Seq2Seq, Translator, hookimpl

CITATION = """@article{nllb2022,
  title = {No Language Left Behind: Scaling Human-Centered Machine Translation},
  author = {{NLLB Team}},
  journal = {arXiv preprint arXiv:2207.04672},
  year = {2022}
}"""

_CODES = """
    af afr_Latn ar arb_Arab az azj_Latn bg bul_Cyrl bn ben_Beng de deu_Latn el ell_Grek
    en eng_Latn es spa_Latn et est_Latn eu eus_Latn fa pes_Arab fi fin_Latn fr fra_Latn
    gu guj_Gujr he heb_Hebr hi hin_Deva ht hat_Latn hu hun_Latn id ind_Latn it ita_Latn
    ja jpn_Jpan jv jav_Latn ka kat_Geor kk kaz_Cyrl ko kor_Hang lt lit_Latn ml mal_Mlym
    mr mar_Deva ms zsm_Latn my mya_Mymr nl nld_Latn pa pan_Guru pl pol_Latn pt por_Latn
    qu quy_Latn ro ron_Latn ru rus_Cyrl sw swh_Latn ta tam_Taml te tel_Telu th tha_Thai
    tl tgl_Latn tr tur_Latn uk ukr_Cyrl ur urd_Arab vi vie_Latn wo wol_Latn yo yor_Latn
    zh zho_Hans
""".split()
CODES = dict(zip(_CODES[::2], _CODES[1::2], strict=True))

NLLB = Seq2Seq(
    name="nllb-200-distilled-600M",
    location="facebook/nllb-200-distilled-600M@refs/pr/45",
    style="nllb",
    codes=CODES,
    licence="CC BY-NC 4.0 (non-commercial)",
    citation=CITATION,
    summary="NLLB-200 distilled, 600 M parameters, the fifty languages of XTREME-R",
)


@hookimpl
def xharness_translators() -> Sequence[Translator]:
    """Offer the model."""
    return [NLLB]
