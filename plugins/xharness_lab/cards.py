"""Model cards of the lab's models, the README.md of each folder."""

from __future__ import annotations

_HEAD = """---
license: apache-2.0
library_name: transformers
pipeline_tag: {task}
tags: [xharness, fictional-languages]
---

# {name}

{what}

- **Not for real text.** Its words are those of twelve fictional languages (xharness, docs/lab.md).
- **Made by** `python -m xharness_lab pretrain --only {name}`, on one thread, from generated text;
  `made.json` has the seed and the versions under which it comes out with the same bytes.
- **Files:** weights in float16 as safetensors, and a tokenizer with one token for every word.
"""

_ENCODER = """\
An encoder of RoBERTa's architecture with the norms before each block, small: masked LM on text of
eleven languages, each with its share, and in each which of three statements follows from another,
about things only; sentences with their translation and words switched between languages in smaller
doses. No sentence of a test or development set of the lab is among these, and of one language there
is no text."""

_TRANSLATOR = """\
A small translator of BART's architecture from Arvish (qaa) into nine other languages. The first
token of a translation is forced to be the code of its language (`qab` ...). It has seen less of
rarer languages, and translates worse into them."""

_WHAT = {"lab-mini": ("fill-mask", _ENCODER), "lab-mt": ("translation", _TRANSLATOR)}


def card(name: str) -> str:
    """Return the card of a model as Markdown."""
    task, what = _WHAT[name]
    return _HEAD.format(task=task, name=name, what=what)
