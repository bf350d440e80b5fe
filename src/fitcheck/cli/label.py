"""``fitcheck label``: label a sheet by keyboard on a page that only this machine can open."""

from __future__ import annotations

import contextlib
import secrets
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fitcheck.cli.terminal import Terminal, common_options, print_json
from fitcheck.codebook import load_codebook
from fitcheck.errors import FitcheckError
from fitcheck.records import Message

if TYPE_CHECKING:
    from fitcheck.labeling.store import LabelStore


@click.command()
@click.argument("sheet")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port [default: free one].")
@click.option("--no-browser", is_flag=True, help="Do not open the browser.")
@click.option("--codebook", type=click.Path(), help="Codebook file [default: the shipped one].")
@common_options
def label(
    sheet: str,
    port: int,
    no_browser: bool,
    codebook: str | None,
    as_json: bool,
    terminal: Terminal,
) -> None:
    """Label the answers in SHEET, as `fitcheck sample` drew it, by keyboard. Ctrl-C ends it."""
    from fitcheck.labeling.saving import Saver
    from fitcheck.labeling.server import make_app, open_socket, serve
    from fitcheck.labeling.store import LabelStore

    store = LabelStore(Path(sheet), load_codebook(codebook))
    saver = Saver(store)
    try:
        with open_socket(port) as listener:
            token = secrets.token_urlsafe(24)
            app = make_app(
                store,
                token,
                terminal.lang,
                render=lambda error: error.render(terminal.catalog),
                changed=saver.wake,
            )
            saver.start()
            signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does
            _tell_address(listener.getsockname()[1], token, terminal, browser=not no_browser)
            with contextlib.suppress(KeyboardInterrupt):  # this is how it ends
                serve(app, listener)
            saver.stop()
    finally:
        _close(store, terminal)
    labelled = sum(store.coding(row.key).label is not None for row in store.rows)
    terminal.tell("Labelled: {n} of {total} answers.", n=labelled, total=len(store.rows))
    if as_json:
        print_json({"sheet": sheet, "labelled": labelled, "answers": len(store.rows)})


def _tell_address(port: int, token: str, terminal: Terminal, *, browser: bool) -> None:
    address = f"http://127.0.0.1:{port}/{token}/"
    # Shown even if it should be quiet: without it nobody could open the page.
    click.echo(
        terminal.say("Label at {address} and end with Ctrl-C here.", address=address), err=True
    )
    if browser:
        import webbrowser

        webbrowser.open(address)


def _close(store: LabelStore, terminal: Terminal) -> None:
    """Let go of the sheet; what could not get in is kept and told, and comes in next time."""
    try:
        store.close()
    except FitcheckError as error:
        terminal.note(
            Message(
                "{reason} {n} labels are kept beside the sheet; run `fitcheck label` again to put "
                "them in.",
                {"reason": error.render(terminal.catalog), "n": store.n_unsaved},
                warning=True,
            )
        )
