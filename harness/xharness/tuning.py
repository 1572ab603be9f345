"""What a tuning method is: it decides what of an encoder is trained, and how.

Adapters, LoRA and frozen layers are tuning methods. Whatever a method adds to the encoder, what is
stored after training is an ordinary encoder again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

from xharness.errors import PluginError, StudyError, nearest
from xharness.keys import added_later

Parameter = bool | int | float | str | tuple[str, ...] | None
"""What a parameter of a strategy or of a tuning method can be."""


class TuningMethod(Protocol):
    """A way to train an encoder; plugins offer it with `xharness_tunings`.

    It is a frozen dataclass; its fields beyond the three below are its parameters. The heads of the
    tasks are always trained, whatever the method.
    """

    @property
    def name(self) -> str:
        """What strategies, plans and keys call it."""
        ...

    @property
    def summary(self) -> str:
        """One line for lists."""
        ...

    @property
    def version(self) -> int:
        """Raised when the method's meaning changes: what was trained with it is then made anew."""
        ...

    def make(self, encoder: Any) -> None:
        """Change an encoder in place, before it is trained: replace layers, add parameters.

        Torch's generator has been seeded from the training's seed. A training that was killed calls
        this again before it goes on, so it must always make the same. Whatever is trained must be
        a parameter, not a buffer, and the input embedding must still have a `weight`.

        Args:
            encoder: A model of transformers in float32 on the CPU, with all its weights.
        """
        ...

    def trains(self, parameter: str) -> bool:
        """Return whether a parameter is trained.

        Args:
            parameter: A name in `encoder.named_parameters()`, after `make`.
        """
        ...

    def merge(self, encoder: Any) -> None:
        """Change a trained encoder in place to an ordinary one that computes the same.

        Its parameters then have the names and shapes of before `make`. This is called on a copy for
        every kept checkpoint, and not at all where `make` leaves names and shapes as they are.

        Args:
            encoder: What `make` made of it, after some training.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """The tuning method of a training, as its key has it."""

    method: str
    version: int
    parameters: tuple[tuple[str, Parameter], ...] = ()
    """Name and value of each, by name."""
    code: str = added_later("")
    """Digest of the --plugin file that offers the method; empty for installed packages."""

    @property
    def words(self) -> str:
        """Return "frozen", or "frozen:layers=6"."""
        return ":".join([self.method, *map(worded, self.parameters)])


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedTuning:
    """A tuning method that a plugin offers."""

    method: TuningMethod
    code: str = ""
    """As in `Tuning`."""


def worded(parameter: tuple[str, Any]) -> str:
    """Return a parameter as a user types it, name=value; only the name if the value is empty."""
    name, value = parameter
    shown = "+".join(value) if isinstance(value, tuple) else str(value)
    return f"{name}={shown}" if shown else name


def parameters(method: TuningMethod) -> dict[str, Any]:
    """Return a method's parameters and their values: all fields that only this method has."""
    value: Any = method
    own = sorted(f.name for f in fields(value) if f.name not in {"name", "summary", "version"})
    return {name: getattr(method, name) for name in own}


def chosen(method: TuningMethod, offered: Mapping[str, OfferedTuning]) -> Tuning:
    """Return the tuning of a training that a strategy gives a method.

    Args:
        method: An instance of what a plugin offers, with any parameters.
        offered: Every offered method, by name.

    Raises:
        StudyError: If no plugin offers it.
    """
    kind, name = type(method), getattr(method, "name", None)
    for known, offer in offered.items():
        # Of two plugins' methods of one name, one may be offered under a qualified name.
        if type(offer.method) is kind and offer.method.name == name:
            values = tuple(parameters(method).items())
            return Tuning(method=known, version=method.version, parameters=values, code=offer.code)
    problem = (
        f"tuning: no plugin offers a {kind.__name__} called {name!r}; "
        "a plugin that returns one from xharness_tunings would be right"
    )
    raise StudyError("strategies", [problem])


def method_of(tuning: Tuning, offered: Mapping[str, TuningMethod]) -> TuningMethod:
    """Return the method of a training, with its parameters.

    Raises:
        PluginError: If it is not loaded, or in another version.
    """
    method: Any = offered.get(tuning.method)
    if method is None:
        near = nearest(tuning.method, offered)
        raise PluginError(f"no plugin offers the tuning method {tuning.method!r}; {near}")
    if method.version != tuning.version:
        raise PluginError(
            f"tuning method {tuning.method}: version {method.version} is loaded, version "
            f"{tuning.version} is planned; plan again"
        )
    made: TuningMethod = replace(method, **dict(tuning.parameters))
    return made
