"""Embeds sentences and retrieves: the nearest target of each source, or pairs with margins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import save_file

from xharness.data.reading import NamedExample, Rows
from xharness.engine.encoder.forward import TokenBudget, run_batches
from xharness.engine.encoder.network import Network
from xharness.engine.encoder.profile import Hardware
from xharness.engine.encoder.rows_cache import CachedRows
from xharness.engine.kinds import retrieval
from xharness.engine.prediction import neighbours
from xharness.engine.prediction.answers import Answers
from xharness.errors import ModelError
from xharness.examples import Pair
from xharness.phases import Pooling, Predict
from xharness.plugin.hooks import PhaseRun

Vectors = Mapping[str, npt.NDArray[np.float32]]
"""Texts to their vectors, (H,)."""


def answer(
    phase: Predict,
    cached: CachedRows,
    network: Network,
    hardware: Hardware,
    budget: TokenBudget,
    run: PhaseRun,
) -> Answers:
    """Return the sentence that is retrieved for each example's source.

    For a task with a threshold pairs are mined, with margins; for another it is the nearest
    target. The vectors of all sources and targets are written to embeddings.safetensors.

    Raises:
        ModelError: If the phase does not say how to pool, or the model cannot do so.
    """
    task, rows = cached.task, cached.rows
    pooling = phase.pooling
    if pooling is None:
        raise ModelError(f"{task.name}: retrieval needs a pooling, layer and method")
    sources = [e.source for e in rows.examples if e.source is not None]
    targets = [e.target for e in rows.examples if e.target is not None]
    texts = list(dict.fromkeys([*sources, *targets]))
    tokenization = network.tokenization((), phase.max_length, phase.stride or 0)
    windows = cached.computed_once(
        network, (phase.max_length, phase.stride), lambda: retrieval.encode(texts, tokenization)
    )
    pooled = run_batches(
        windows,
        lambda batch: pooled_in_float32(network.hidden(batch), batch.mask, pooling),
        network,
        hardware,
        budget,
        run,
    )
    vectors = dict(zip(texts, pooled, strict=True))
    saved = {"source": _stacked(vectors, sources), "target": _stacked(vectors, targets)}
    save_file(saved, run.out / "embeddings.safetensors")
    notes = {"texts": len(texts), "truncated": windows.truncated}
    retrieve = _nearest if task.tuned_on is None else _mined
    return retrieve(rows, vectors, notes, run.threads)


def pooled_in_float32(
    layers: Sequence[torch.Tensor], mask: torch.Tensor, pooling: Pooling
) -> torch.Tensor:
    """Return one vector per text, (B, H), in float32 whatever the encoder computes in.

    With the 8 significant bits of bf16 near neighbours are tied, and the earlier one wins.

    Args:
        layers: The embeddings' output and that of every block, each (B, T, H).
        mask: (B, T): 0 for padding.
        pooling: Which layer, and mean or first token.
    """
    with torch.autocast(mask.device.type, enabled=False):
        return retrieval.pool(layers, mask, pooling)


def _stacked(vectors: Vectors, texts: Iterable[str]) -> npt.NDArray[np.float32]:
    """Return the vectors of texts, (n, H)."""
    wanted = [vectors[t] for t in texts]
    width = len(next(iter(vectors.values())))
    return np.stack(wanted) if wanted else np.empty((0, width), dtype=np.float32)


def _nearest(rows: Rows, vectors: Vectors, notes: Mapping[str, int], threads: int) -> Answers:
    """Return the item whose target is nearest to each example's source."""
    source, target = (
        _stacked(vectors, texts)
        for texts in ([e.source for e in rows.examples], [e.target for e in rows.examples])
    )
    nearest = neighbours.nearest(target, source, threads=threads)
    return Answers(
        named=rows.named,
        predictions=[rows.named[i].item for i in nearest],
        golds=[n.item for n in rows.named],
        notes=notes,
    )


def _mined(rows: Rows, vectors: Vectors, notes: Mapping[str, int], threads: int) -> Answers:
    """Return the name of the target that each example's source is paired with, and margins.

    Equal texts are mined as one. A mined pair is the prediction of the example with this source
    and target; if there is none, of the first example with this source. A text that has several
    names in the data is paired with nothing (Hu et al. 2020, utils_retrieve.py, read_sent2id).
    """
    pairs: list[tuple[NamedExample, Pair]] = list(zip(rows.named, rows.examples, strict=True))
    asking = [(named, pair) for named, pair in pairs if pair.source is not None]
    sources = _names((p.source, p.source_name or n.item, p.source_name) for n, p in pairs)
    targets = _names((p.target, p.target_name or n.item, p.target_name) for n, p in pairs)
    place: dict[tuple[str | None, str | None], int] = {}
    for index, (_, pair) in enumerate(asking):
        place.setdefault((pair.source, pair.target), index)
        place.setdefault((pair.source, None), index)
    predictions: list[str | None] = [None] * len(asking)
    margins: list[float | None] = [None] * len(asking)
    ambiguous = 0
    one_side, other_side = list(sources), list(targets)
    for margin, s, t in neighbours.candidates(
        _stacked(vectors, one_side), _stacked(vectors, other_side), threads=threads
    ):
        source, target = one_side[s], other_side[t]
        if len(sources[source]) > 1 or len(targets[target]) > 1:
            ambiguous += 1
            continue
        index = place.get((source, target), place[source, None])
        predictions[index], margins[index] = targets[target][0], margin
    return Answers(
        named=[named for named, _ in asking],
        predictions=predictions,
        golds=[
            None if pair.target is None else pair.target_name or targets[pair.target][0]
            for _, pair in asking
        ],
        margins=margins,
        notes={**notes, "ambiguous": ambiguous},
    )


def _names(sentences: Iterable[tuple[str | None, str, str | None]]) -> dict[str, list[str]]:
    """Return each text's different names.

    Args:
        sentences: Triples of a text (None for no sentence), its name, and its name in the data
            (None if they have none). Equal texts that the data do not name have one name, the
            first.
    """
    names_of: dict[str, list[str]] = {}
    for text, name, given in sentences:
        if text is not None:
            names = names_of.setdefault(text, [name])
            if given is not None and name not in names:
                names.append(name)
    return names_of
