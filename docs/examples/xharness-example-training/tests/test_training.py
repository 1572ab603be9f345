"""The strategies and the tuning method keep their promises."""

from __future__ import annotations

import pytest
from xharness_example_training import FirstLayersStay, Frozen, Gentle, Halves

from xharness import Strategy
from xharness.testing import assert_strategy_conforms, assert_tuning_conforms


@pytest.mark.parametrize(
    "strategy", [Frozen(), Frozen(layers=2), Halves(), Gentle(rate=0.1)], ids=repr
)
def test_strategies_conform(strategy: Strategy) -> None:
    """Each chain begins with the model and ends with the target."""
    assert_strategy_conforms(strategy)


@pytest.mark.parametrize("layers", [0, 1, 2])
def test_the_method_conforms(layers: int) -> None:
    """What is stored computes what was trained, on an encoder of two blocks."""
    assert_tuning_conforms(FirstLayersStay(layers=layers))


def test_too_many_layers_are_refused() -> None:
    """An encoder of two blocks cannot have three that stay."""
    with pytest.raises(AssertionError, match="layers: 3; 0 to 2 would be right"):
        assert_tuning_conforms(FirstLayersStay(layers=3))


@pytest.mark.parametrize(
    ("parameter", "trained"),
    [
        ("embeddings.word_embeddings.weight", False),
        ("embeddings.tok_embeddings.weight", False),
        ("encoder.layer.0.output.dense.weight", False),
        ("encoder.layer.1.output.dense.weight", True),
        ("layers.0.mlp.Wi.weight", False),
        ("layers.10.mlp.Wi.weight", True),
        ("final_norm.weight", True),
    ],
)
def test_what_is_trained(parameter: str, trained: bool) -> None:
    """The names are those of XLM-R and ModernBERT in transformers."""
    assert FirstLayersStay(layers=1).trains(parameter) is trained
