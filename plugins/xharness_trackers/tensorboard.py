"""TensorBoard: a folder per training, with its learning curve, dev and test scores.

Written with tensorboard's own writer, which is also the one that PyTorch uses; neither PyTorch
nor TensorFlow is imported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from xharness import PluginError, Report, Tracker, hookimpl

USUAL = "runs"
"""The folder where TensorBoard's users look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorBoard:
    """Writes event files into a folder."""

    name: str = "tensorboard"
    summary: str = "event files in a folder (runs), for the command tensorboard --logdir"

    def start(self, place: str) -> Callable[[Report], None]:
        """Return the function that writes a report; it ignores a phase that has a file already.

        Args:
            place: The folder.

        Raises:
            PluginError: If tensorboard is not installed, or the folder cannot be made.
        """
        if find_spec("tensorboard") is None:
            raise PluginError(
                "--track tensorboard: tensorboard is not installed; install it with: "
                "pip install 'xharness[tensorboard]'"
            )
        folder = Path(place or USUAL)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PluginError(f"--track tensorboard={place}: cannot be written: {error}") from error
        return lambda report: _write(report, folder)


def _write(report: Report, folder: Path) -> None:
    """Write a report as one event file, unless there is one of its phase."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    name = re.sub(r"[^\w.+=-]+", "-", report.title).strip("-")
    place = folder / f"{name}-{report.run[:8]}"
    ending = f".{report.phase[:16]}"
    if any(place.glob(f"*{ending}")):
        return
    writer = EventFileWriter(str(place), filename_suffix=ending)
    try:
        for point in report.points:
            value = Summary.Value(tag=point.name, simple_value=point.value)
            writer.add_event(Event(step=point.step, summary=Summary(value=[value])))
        lines = [f"- {label}: {value}" for label, value in report.labels.items()]
        about = "\n".join([*lines, f"- key: {report.phase}"])
        writer.add_event(Event(summary=Summary(value=[_text(_tag(report), about)])))
    finally:
        writer.close()


def _tag(report: Report) -> str:
    """Return the tag of a phase's text, named after its score or the curve."""
    return f"about/{report.points[0].name if len(report.points) == 1 else 'curve'}"


def _text(tag: str, text: str) -> object:
    """Return a text as TensorBoard's text panel reads it."""
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.types_pb2 import DT_STRING

    plugin = SummaryMetadata.PluginData(plugin_name="text")
    return Summary.Value(
        tag=tag,
        metadata=SummaryMetadata(plugin_data=plugin),
        tensor=TensorProto(dtype=DT_STRING, string_val=[text.encode()]),
    )


@hookimpl
def xharness_trackers() -> Sequence[Tracker]:
    """Offer TensorBoard."""
    return [TensorBoard()]
