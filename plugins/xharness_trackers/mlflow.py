"""MLflow: a run per training, with its learning curve, dev and test scores as metrics."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from xharness import PluginError, Report, Tracker, hookimpl

_AT_ONCE = 1000
"""Metrics in one call, which MLflow's REST interface limits."""
_RUN = "xharness.run"
_PHASE = "xharness.phase."


@dataclass(frozen=True, slots=True, kw_only=True)
class MLflow:
    """Writes to a tracking server or a local store."""

    name: str = "mlflow"
    summary: str = "a tracking URI, as in sqlite:///mlflow.db (MLFLOW_TRACKING_URI)"

    def start(self, place: str) -> Callable[[Report], None]:
        """Return the function that logs a report; it ignores a phase that is logged already.

        Args:
            place: A tracking URI or a folder; empty for what MLflow itself would use.

        Raises:
            PluginError: If mlflow is not installed, or the place cannot be used.
        """
        if find_spec("mlflow") is None:
            raise PluginError(
                "--track mlflow: mlflow is not installed; install it with: "
                "pip install 'xharness[mlflow]'"
            )
        from mlflow import MlflowClient

        try:
            client = MlflowClient(tracking_uri=place or None)
            client.search_experiments(max_results=1)
        except Exception as error:
            cause = " ".join(str(error).split())
            raise PluginError(f"--track mlflow={place}: cannot be used: {cause}") from error
        return _Log(client=client)


class _Log:
    """Logs reports, and remembers MLflow's runs and what they hold."""

    def __init__(self, *, client: Any) -> None:
        self._client = client
        self._runs: dict[str, tuple[str, set[str]]] = {}
        """By training: MLflow's name of the run, and the tags it has."""

    def __call__(self, report: Report) -> None:
        """Log a report, unless its phase is logged."""
        from mlflow.entities import Metric, RunTag

        run, tags = self._run(report)
        tag = f"{_PHASE}{report.phase[:16]}"
        if tag in tags:
            return
        now = int(1000 * time.time())
        metrics = [Metric(_allowed(p.name), p.value, now, p.step) for p in report.points]
        for first in range(0, len(metrics), _AT_ONCE):
            self._client.log_batch(run, metrics=metrics[first : first + _AT_ONCE])
        # The tag comes last: a report that was cut off has none, and is logged again.
        what = report.points[0].name if len(report.points) == 1 else "curve"
        self._client.log_batch(run, tags=[RunTag(tag, what)])
        self._client.set_terminated(run)
        tags.add(tag)

    def _run(self, report: Report) -> tuple[str, set[str]]:
        """Return MLflow's id of a training's run and its tags; create the run if need be."""
        if report.run in self._runs:
            return self._runs[report.run]
        experiment = self._experiment(f"xharness {report.labels['suite']}")
        known = self._client.search_runs(
            [experiment], filter_string=f"tags.`{_RUN}` = '{report.run}'", max_results=1
        )
        if known:
            run, tags = known[0].info.run_id, set(known[0].data.tags)
        else:
            new = self._client.create_run(
                experiment, run_name=report.title, tags={_RUN: report.run}
            )
            run, tags = new.info.run_id, set()
            for name, value in {**report.labels, "key": report.run}.items():
                self._client.log_param(run, name, value)
        self._runs[report.run] = (run, tags)
        return run, tags

    def _experiment(self, name: str) -> str:
        """Return the id of an experiment; create the experiment if need be."""
        known = self._client.get_experiment_by_name(name)
        return str(known.experiment_id if known else self._client.create_experiment(name))


def _allowed(name: str) -> str:
    """Return a metric's name with "_" for every character that MLflow refuses."""
    return re.sub(r"[^\w\-. /]", "_", name)


@hookimpl
def xharness_trackers() -> Sequence[Tracker]:
    """Offer MLflow."""
    return [MLflow()]
