"""Translating models with random weights: small, quick, and as sure of themselves as big ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

WORDS = ("dog", "cat", "man", "sees", "red", "old", "hund", "katze", "mann", "sieht", "rot", "alt")
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
_END = 2


def make_tokenizer(folder: Path, *languages: str) -> int:
    """Write a tokenizer of whole words whose languages are special tokens; return its size."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = (*_SPECIAL, *languages, *WORDS)
    made = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", _END)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token="<s>",
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        additional_special_tokens=list(languages),
    ).save_pretrained(folder)
    return len(words)


def make_nllb_tokenizer(folder: Path) -> int:
    """Write a tokenizer of NLLB's own class, of single letters and three languages."""
    from transformers import NllbTokenizer

    pieces = (*_SPECIAL, "▁", *"abcdefghijklmnopqrstuvwxyz")
    made = NllbTokenizer(
        vocab={p: i for i, p in enumerate(pieces)},
        merges=[],
        extra_special_tokens=["eng_Latn", "deu_Latn", "fra_Latn"],
    )
    made.save_pretrained(folder)
    return len(made)


def make_pieces(folder: Path, *more: str) -> dict[str, Path]:
    """Write a sentencepiece model and its vocabulary; return both by name."""
    import json

    import sentencepiece

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "made.spm").open("wb") as made:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter([" ".join(WORDS)] * 20),
            model_writer=made,
            vocab_size=40,
            model_type="bpe",
            minloglevel=2,
        )
    model = sentencepiece.SentencePieceProcessor(model_file=str(folder / "made.spm"))
    pieces = [p for i in range(40) if (p := model.id_to_piece(i)) not in _SPECIAL]
    words = {w: i for i, w in enumerate((*_SPECIAL, *pieces, *more))}
    (folder / "vocab.json").write_text(json.dumps(words), "utf-8")
    return {"spm": folder / "made.spm", "vocabulary": folder / "vocab.json"}


def make_m2m_tokenizer(folder: Path) -> int:
    """Write a tokenizer of M2M-100's own class, with its hundred languages; return its size."""
    from transformers import M2M100Tokenizer

    files = make_pieces(folder / "made")
    made = M2M100Tokenizer(str(files["vocabulary"]), str(files["spm"]))
    made.save_pretrained(folder)
    return 1 + max(int(made.get_lang_id(n)) for n in ("en", "de", "zu"))


def make_marian_tokenizer(folder: Path, token: str) -> int:
    """Write a tokenizer of Marian's own class that knows a target's token; return its size."""
    from transformers import MarianTokenizer

    files = make_pieces(folder / "made", token)
    made = MarianTokenizer(str(files["spm"]), str(files["spm"]), str(files["vocabulary"]))
    made.save_pretrained(folder)
    return len(made)


_SIZES: dict[str, Any] = {
    "d_model": 16,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
    "max_position_embeddings": 64,
    "init_std": 0.8,
}
"""Weights large enough for every sentence to be translated otherwise."""


def make_m2m(folder: Path, vocabulary: int) -> None:
    """Write a small M2M-100."""
    import torch
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    torch.manual_seed(0)  # with it, most sentences of a few words end
    config = M2M100Config(vocab_size=vocabulary, decoder_start_token_id=_END, **_SIZES)
    M2M100ForConditionalGeneration(config).save_pretrained(folder)


def make_marian(folder: Path, vocabulary: int) -> None:
    """Write a small Marian model."""
    import torch
    from transformers import MarianConfig, MarianMTModel

    torch.manual_seed(1)
    config = MarianConfig(
        vocab_size=vocabulary,
        decoder_vocab_size=vocabulary,
        pad_token_id=1,
        eos_token_id=_END,
        decoder_start_token_id=1,
        **_SIZES,
    )
    MarianMTModel(config).save_pretrained(folder)
