"""The strategy keeps its promises, with and without its parameter."""

from __future__ import annotations

import pytest
from xharness_example_strategy import Relay

from xharness.testing import assert_strategy_conforms


@pytest.mark.parametrize("reverse", [False, True])
def test_relay_conforms(reverse: bool) -> None:
    """Whatever the order, the chain begins with the model and ends with the target."""
    assert_strategy_conforms(Relay(reverse=reverse))
