"""`xharness cite`: BibTeX and licences of what a comparison uses."""

from __future__ import annotations

from dataclasses import asdict

import typer

from xharness.cli import options, output, signatures
from xharness.commands import session


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    signatures.add(
        app,
        "cite",
        cite,
        "xharness cite > comparison.bib",
    )


@signatures.shared()
def cite(
    shared: session.SharedFlags,
    plan: options.Plan = None,
    json: options.Json = False,
) -> None:
    """Print the BibTeX of exactly what a comparison uses.

    That is data sets, model and translators; their licences stand below as comments. The
    comparison is the one that the flags describe, or with --plan one in the store.
    """
    from xharness.commands import cite as bibliography
    from xharness.commands import plans
    from xharness.planning import request, settings
    from xharness.planning.unresolved import outline
    from xharness.store.store import Store

    paths = shared.paths
    registry = session.loaded(paths.plugins, output.complain, strict=paths.strict)
    if plan is not None:
        _, known = plans.named(Store(paths.store), plan)
        cited = bibliography.of_plan(known, None, registry.offers)
    else:
        wanted = request.build(settings.load(shared.flags), registry.offers)
        known = outline(wanted, registry.tasks)
        cited = bibliography.of_plan(known, wanted.model, registry.offers)
    if json:
        output.as_json({"schema": 1, **asdict(cited)})
        return
    output.text("\n\n".join([*cited.entries, *bibliography.comments(cited)]) + "\n")
    if cited.without:
        output.complain(f"no citation is given by {', '.join(cited.without)}")
