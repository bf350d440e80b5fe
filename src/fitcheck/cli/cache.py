"""``fitcheck cache``: the replies and vectors that are kept on this machine."""

from __future__ import annotations

import click

from fitcheck.cli.terminal import Terminal, common_options, print_json


@click.group()
def cache() -> None:
    """Look after replies and vectors of models, kept so that nothing is paid twice."""


@cache.command()
@common_options
def info(as_json: bool, terminal: Terminal) -> None:
    """Show where replies and vectors are kept, and how many."""
    from fitcheck.llm.cache import KEEP_DAYS, Cache

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
    if as_json:
        facts = {"path": kept.path, "codings": n, "vectors": vectors, "bytes": size}
        print_json({**facts, "days": KEEP_DAYS})


@cache.command()
@common_options
def clear(as_json: bool, terminal: Terminal) -> None:
    """Forget all replies and vectors."""
    from fitcheck.llm.cache import clear_cache

    n, vectors = clear_cache()
    terminal.tell("Forgotten: {n} codings, {vectors} vectors.", n=n, vectors=vectors)
    if as_json:
        print_json({"forgotten": n, "forgotten_vectors": vectors})
