"""`xharness cite`: BibTeX of the data sets and the model of a comparison."""

from __future__ import annotations

from typing import Annotated

import typer

from xharness.cli import options, session


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""

    @app.command("cite")
    def cite(
        plan: Annotated[
            str | None,
            typer.Argument(
                help="Digest of a plan in the store, or its beginning, or latest; otherwise what "
                "the flags describe."
            ),
        ] = None,
        suite: options.Suite = None,
        model: options.Model = None,
        intermediate: options.Intermediate = None,
        targets: options.Targets = None,
        config: options.Config = None,
        store: options.StoreFolder = options.STORE,
        plugin: options.Plugins = None,
        json: options.Json = False,
    ) -> None:
        """Print the BibTeX of exactly the data sets and the model of a comparison."""
        from xharness import citing, published, settings, study
        from xharness.store import Store

        registry = session.loaded(plugin or ())
        if plan is not None:
            published_plan = published.plan(Store(store), None if plan == "latest" else plan)
            found = citing.of_plan(published_plan, registry)
        else:
            flags = session.flags(
                suite=suite,
                model=model,
                intermediate=intermediate,
                targets=targets,
                wishes=None,
                config=config,
            )
            found = citing.of_study(study.build(settings.load(flags), registry.offers), registry)
        if json:
            session.as_json({"schema": 1, "entries": found.entries, "without": found.without})
            return
        typer.echo("\n\n".join(found.entries))
        if found.without:
            session.complain(f"nothing to cite is named by {', '.join(found.without)}")
