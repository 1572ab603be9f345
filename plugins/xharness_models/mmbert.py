"""mmBERT: ModernBERT's blocks, trained on 3T tokens in more than 1,800 languages.

Marone et al. 2025, arXiv:2509.06888. The main branches of its repositories have weights in
PyTorch's own format only, which can run code and is not read here: save them once as
safetensors, and name that folder with --model.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import ModelSource, hookimpl

CITATION = """@misc{marone2025mmbert,
  title = {{mmBERT}: A Modern Multilingual Encoder with Annealed Language Learning},
  author = {Marone, Marc and Weller, Orion and Fleshman, William and Yang, Eugene and
            Lawrie, Dawn and Van Durme, Benjamin},
  eprint = {2509.06888},
  archivePrefix = {arXiv},
  year = {2025}
}"""

BASE = ModelSource(
    name="mmbert-base",
    path="jhu-clsp/mmBERT-base",
    width=768,
    depth=22,
    licence="MIT",
    citation=CITATION,
    summary="mmBERT base, 307 M parameters; main has no safetensors, use a converted folder",
)

SMALL = ModelSource(
    name="mmbert-small",
    path="jhu-clsp/mmBERT-small",
    width=384,
    depth=22,
    licence="MIT",
    citation=CITATION,
    summary="mmBERT small, 140 M parameters; main has no safetensors, use a converted folder",
)


@hookimpl
def xharness_models() -> Sequence[ModelSource]:
    """Offer both sizes."""
    return [BASE, SMALL]
