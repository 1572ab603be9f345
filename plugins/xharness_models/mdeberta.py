"""mDeBERTa v3: replaced-token detection on the data of XLM-R.

He et al. 2023, arXiv:2111.09543. The main branch of its repository has no safetensors weights;
the revision here is that of the hub's own conversion (pull request 5), which is not merged.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import ModelSource, hookimpl

CITATION = """@inproceedings{he2023debertav3,
  title = {{DeBERTaV3}: Improving {DeBERTa} using {ELECTRA}-Style Pre-Training with
           Gradient-Disentangled Embedding Sharing},
  author = {He, Pengcheng and Gao, Jianfeng and Chen, Weizhu},
  booktitle = {Proceedings of ICLR},
  year = {2023}
}"""

MODEL = ModelSource(
    name="mdeberta-v3-base",
    path="microsoft/mdeberta-v3-base",
    revision="faf660b811036d7b6dfc53aacfe5281447d4e2c6",
    width=768,
    depth=12,
    licence="MIT",
    citation=CITATION,
    summary="mDeBERTa v3 base, 100 languages, 276 M parameters; safetensors by the hub's bot",
)


@hookimpl
def xharness_models() -> Sequence[ModelSource]:
    """Offer the base model, the only size there is."""
    return [MODEL]
