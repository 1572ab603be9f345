"""Nearest neighbours and mining: the plain definition, and XTREME's own evaluator."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from xharness.engine.prediction.embed import pooled_in_float32
from xharness.engine.prediction.neighbours import candidates, mine, nearest
from xharness.errors import DataError
from xharness.phases import Pooling

Vectors = npt.NDArray[np.float32]


def vectors(rng: np.random.Generator, n: int, size: int = 8) -> Vectors:
    return rng.standard_normal((n, size)).astype(np.float32)


def plain(source: Vectors, target: Vectors, k: int = 4) -> list[tuple[float, int, int]]:
    """Return the pairs of the definition, sentence by sentence, in float64."""
    cosine = np.array(
        [
            [s @ t / np.linalg.norm(s) / np.linalg.norm(t) for t in target]
            for s in source.astype("d")
        ]
    )
    ahead = [
        sorted(range(len(target)), key=lambda j: -cosine[i, j])[:k] for i in range(len(source))
    ]
    back = [sorted(range(len(source)), key=lambda i: -cosine[i, j])[:k] for j in range(len(target))]
    usual_s = [np.mean([cosine[i, j] for j in near]) for i, near in enumerate(ahead)]
    usual_t = [np.mean([cosine[i, j] for i in near]) for j, near in enumerate(back)]

    def margin(i: int, j: int) -> float:
        return float(cosine[i, j] / ((usual_s[i] + usual_t[j]) / 2))

    proposed = [max((margin(i, j), i, j) for j in near) for i, near in enumerate(ahead)]
    proposed += [max((margin(i, j), i, j) for i in near) for j, near in enumerate(back)]
    found: list[tuple[float, int, int]] = []
    for one, i, j in sorted(proposed, reverse=True):
        if one > 0 and all(i != a and j != b for _, a, b in found):
            found.append((one, i, j))
    return found


@pytest.mark.parametrize(("n", "m"), [(40, 60), (3, 2), (1, 5)])
def test_pairs_are_those_of_the_plain_definition(n: int, m: int) -> None:
    """Vectorised mining finds the same pairs with the same margins as the definition."""
    rng = np.random.default_rng(3)
    source, target = vectors(rng, n), vectors(rng, m)
    found, wanted = candidates(source, target), plain(source, target)

    assert [c[1:] for c in found] == [c[1:] for c in wanted]
    assert [c.margin for c in found] == pytest.approx([c[0] for c in wanted])


def test_nothing_is_mined_from_nothing() -> None:
    """Without sentences on one side there are no pairs, and every gold pair is missed."""
    some, none = np.ones((2, 4), dtype=np.float32), np.empty((0, 4), dtype=np.float32)

    assert candidates(some, none) == []
    assert candidates(none, some) == []
    assert mine(some, none, []) == {"f1": 0.0, "precision": 0.0, "recall": 0.0, "threshold": 0.0}


def test_a_given_threshold_is_applied() -> None:
    """A threshold above every margin finds nothing; the tuned one finds the planted pairs."""
    rng = np.random.default_rng(5)
    source = vectors(rng, 30)
    target = source + 0.1 * vectors(rng, 30)
    gold = [(i, i) for i in range(30)]

    assert mine(source, target, gold, threshold=1e6)["recall"] == 0.0
    assert mine(source, target, gold)["f1"] == 100.0
    assert mine(source, target, np.array(gold))["f1"] == 100.0


def test_gold_outside_is_refused() -> None:
    """A gold pair of sentences that are not there would lower recall in silence."""
    some = np.ones((2, 4), dtype=np.float32)
    with pytest.raises(DataError, match=r"gold pair \(2, 0\): there are 2 sources and 2 targets"):
        mine(some, some, [(0, 0), (2, 0)])


def test_nearest_source_of_each_target() -> None:
    """As XTREME does for Tatoeba: one source per target, the lowest of equal ones."""
    source = np.array([[0, 2], [1, 0], [1, 0]], dtype=np.float32)
    target = np.array([[3, 1], [0, 1], [1, 1.5], [2, 0]], dtype=np.float32)

    assert nearest(source, target).tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize("number", range(3))
def test_mining_agrees_with_xtreme(shared: Path, number: int) -> None:
    """Threshold, F1, precision, recall and the best pairs are the official ones to 1e-6."""
    case = json.loads((shared / "parity" / "retrieval.json").read_text("utf-8"))[number]
    data = np.load(shared / "parity" / case["file"])
    official = {name.lower(): value for name, value in case["bucc"].items()}
    gold = zip(data["gold_source"], data["gold_target"], strict=True)
    found = mine(data["source"], data["target"], gold)
    pairs = candidates(data["source"], data["target"])

    assert found.pop("threshold") == pytest.approx(official.pop("best-threshold"), abs=1e-6)
    assert found == pytest.approx(official, abs=1e-6)
    assert len(pairs) == case["n_candidates"]
    for pair, (margin, source, target) in zip(pairs, case["top_candidates"], strict=False):
        assert pair.margin == pytest.approx(margin, abs=1e-6)
        assert pair[1:] == (source, target)


def test_nearest_agrees_with_xtreme(shared: Path) -> None:
    """On the reference case Tatoeba's accuracy is the official one to 1e-6."""
    case = json.loads((shared / "parity" / "retrieval.json").read_text("utf-8"))[0]
    data = np.load(shared / "parity" / case["file"])
    source, target = data["source"][data["gold_source"]], data["target"][data["gold_target"]]
    found = nearest(source, target)

    assert 100 * np.mean(found == np.arange(len(found))) == pytest.approx(
        case["tatoeba"]["accuracy"], abs=1e-6
    )


def test_vectors_are_pooled_in_float32_whatever_the_encoder_computes_in() -> None:
    """Of bf16 states the mean is that of float64 to six digits, where bf16's own has two."""
    drawn = torch.from_numpy(vectors(np.random.default_rng(0), 2 * 300, 8)).view(2, 300, 8)
    states, mask = drawn.bfloat16(), torch.ones(2, 300, dtype=torch.long)
    mask[1, 200:] = 0
    with torch.autocast("cpu", dtype=torch.bfloat16):
        pooled = pooled_in_float32([states], mask, Pooling(layer=0))
    weights = mask[:, :, None].double()
    right = (states.double() * weights).sum(1) / weights.sum(1)

    assert pooled.dtype is torch.float32
    torch.testing.assert_close(pooled.double(), right, rtol=0, atol=1e-6)
