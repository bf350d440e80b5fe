"""``fitcheck cache``: the replies and vectors that are kept on this machine."""

from __future__ import annotations

import click

from fitcheck.cli.terminal import Terminal, common_options, print_json


@click.group()
def cache() -> None:
    """Look after replies, vectors and fitted models, kept so that nothing is done twice."""


@cache.command()
@common_options
def info(as_json: bool, terminal: Terminal) -> None:
    """Show where replies, vectors and fitted models are kept, and how many."""
    from fitcheck.llm.cache import KEEP_DAYS, Cache, models_folder

    models = list(models_folder().glob("*.zip"))
    kept = Cache()
    n, vectors, size = kept.count(), kept.count_vectors(), kept.path.stat().st_size
    kept.close()
    terminal.tell(
        "{path}: {n} codings, {vectors} vectors, {size} kB; each is forgotten after {days} days.",
        path=kept.path,
        n=n,
        vectors=vectors,
        size=size // 1024,
        days=KEEP_DAYS,
    )
    if models:
        terminal.tell(
            "{path}: {n} fitted models, made of the shipped answers alone.",
            path=models_folder(),
            n=len(models),
        )
    if as_json:
        facts = {"path": kept.path, "codings": n, "vectors": vectors, "bytes": size}
        facts |= {"models": len(models)}
        print_json({**facts, "days": KEEP_DAYS})


@cache.command()
@common_options
def clear(as_json: bool, terminal: Terminal) -> None:
    """Forget all replies, vectors and fitted models."""
    from fitcheck.llm.cache import clear_cache, forget_models

    n, vectors = clear_cache()
    models = forget_models()
    terminal.tell(
        "Forgotten: {n} codings, {vectors} vectors, {models} fitted models.",
        n=n,
        vectors=vectors,
        models=models,
    )
    if as_json:
        forgotten = {"forgotten": n, "forgotten_vectors": vectors, "forgotten_models": models}
        print_json(forgotten)
