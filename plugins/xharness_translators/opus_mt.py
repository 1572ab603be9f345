"""OPUS-MT: a small Marian model for each pair of languages; here those from English.

Tiedemann and Thottingal 2020 (EAMT). Models with several targets want a token before the text.
Their tokenizers need the package sentencepiece; where the hub has no safetensors of a pair,
convert it into a folder and write translator=opus-mt@FOLDER, which may hold "{into}".
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Seq2Seq, Translator, hookimpl

CITATION = """@inproceedings{tiedemann2020opusmt,
  title = {{OPUS-MT} -- Building open translation services for the World},
  author = {Tiedemann, J{\\"o}rg and Thottingal, Santhosh},
  booktitle = {Proceedings of EAMT},
  pages = {479--480},
  year = {2020}
}"""

LANGUAGES = ("af", "ar", "de", "en", "es", "et", "fi", "fr", "hu", "id", "nl", "ru", "vi", "zh")

OPUS_MT = Seq2Seq(
    name="opus-mt",
    location="Helsinki-NLP/opus-mt-{source}-{into}",
    style="marian",
    codes={n: n for n in LANGUAGES},
    tokens={"ar": ">>ara<<", "vi": ">>vie<<", "zh": ">>cmn_Hans<<"},
    sources=("en",),
    licence="Apache-2.0 or CC BY 4.0, by pair",
    citation=CITATION,
    summary="OPUS-MT, one Marian model of 75 M parameters per language, from English",
)


@hookimpl
def xharness_translators() -> Sequence[Translator]:
    """Offer the models."""
    return [OPUS_MT]
