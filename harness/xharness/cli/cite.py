"""`xharness cite`: BibTeX of the data sets and the model of a comparison."""

from __future__ import annotations

from typing import Annotated

import typer

from xharness.cli import options, session


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""

    @app.command("cite")
    @options.shared("suite", "model", "intermediate", "targets", "config", "store", "plugins")
    def cite(
        said: session.Said,
        plan: Annotated[
            str | None,
            typer.Argument(
                help="Digest of a plan in the store, or its beginning, or latest; otherwise what "
                "the flags describe."
            ),
        ] = None,
        json: options.Json = False,
    ) -> None:
        """Print the BibTeX of exactly the data sets and the model of a comparison."""
        from xharness import citing, published, settings, study
        from xharness.store import Store

        registry = session.loaded(said.place.plugins)
        if plan is not None:
            folder = Store(said.place.store)
            known = published.plan(folder, None if plan == "latest" else plan)
            found = citing.of_plan(known, registry)
        else:
            asked = study.build(settings.load(said.flags), registry.offers)
            found = citing.of_study(asked, registry)
        if json:
            session.as_json({"schema": 1, "entries": found.entries, "without": found.without})
            return
        typer.echo("\n\n".join(found.entries))
        if found.without:
            session.complain(f"nothing to cite is named by {', '.join(found.without)}")
