"""HTML templates in which everything is escaped and nothing may be missing; imports jinja2."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from typing import Any


def render_template(folder: Traversable, name: str, **content: Any) -> str:
    """Return a template of a folder, filled in; it may extend and import others of the folder.

    Parameters
    ----------
    folder : Traversable
        Where the templates lie, as `importlib.resources.files` gives it.
    name : str
        File name of the template.
    content
        What it shows. Text is escaped; a name that the template uses and nobody gives is an error.
        What has an ``__html__`` method, as `Trusted` does, is taken as it is.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(lambda file: (folder / file).read_text(encoding="utf-8")),
    )
    return environment.get_template(name).render(**content)


class Trusted(str):
    """HTML or css of our own making, which templates do not escape.

    Examples
    --------
    >>> Trusted("<svg/>").__html__()
    '<svg/>'
    """

    __slots__ = ()

    def __html__(self) -> str:
        """Return it as it is."""
        return str(self)
