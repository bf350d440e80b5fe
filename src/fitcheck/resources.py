"""Finds prompts/ and labeled/: inside an installed wheel, else in the checkout."""

from __future__ import annotations

from pathlib import Path

from fitcheck.errors import ConfigError

_PACKAGED = Path(__file__).parent / "_data"
_CHECKOUT = Path(__file__).parents[2]


def resource(name: str) -> Path:
    """Return the path of a shipped file such as ``labeled/codebook.v1.toml``.

    Raises
    ------
    ConfigError
        If the file is in neither place, which means a broken installation.

    Examples
    --------
    >>> resource("labeled/codebook.v1.toml").name
    'codebook.v1.toml'
    """
    for root in (_PACKAGED, _CHECKOUT):
        path = root / name
        if path.exists():
            return path
    raise ConfigError(
        "The installation lacks its data file {name}.",
        "Install fitcheck again with `pip install --force-reinstall .`.",
        name=name,
    )
