"""Small encoders of each family that XTREME's users bring."""

from __future__ import annotations

from typing import Any

from transformers import (
    BertConfig,
    DebertaV2Config,
    ModernBertConfig,
    PretrainedConfig,
    XLMRobertaConfig,
)

ROWS = 60
"""Of the vocabulary."""


def configs(*, width: int, heads: int, layers: int) -> dict[str, PretrainedConfig]:
    """Return the configs of all families, made anew; DeBERTa's attention is its own.

    Every second layer of ModernBERT looks four tokens far only.
    """
    sizes: dict[str, Any] = {
        "vocab_size": ROWS,
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": 2 * width,
    }
    marks = {"bos_token_id": 2, "eos_token_id": 3, "cls_token_id": 2, "sep_token_id": 3}
    near = {"local_attention": 4, "global_attn_every_n_layers": 2}
    return {
        "bert": BertConfig(**sizes, pad_token_id=0),
        "xlm-roberta": XLMRobertaConfig(**sizes, pad_token_id=1, max_position_embeddings=40),
        "deberta": DebertaV2Config(**sizes, pad_token_id=0, relative_attention=True),
        "modernbert": ModernBertConfig(**sizes, **marks, **near, pad_token_id=59),
    }
