"""Ctrl-C while a model is asked: the first waits for what is paid, the second does not."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fitcheck.classifiers.base import classifier_facts
from fitcheck.cli.terminal import Terminal
from fitcheck.records import Classifier

_SHOW_CURSOR = b"\x1b[?25h"


@contextmanager
def stopping_in_two_steps(classifier: Classifier, terminal: Terminal) -> Iterator[None]:
    """Say what is waited for on Ctrl-C, and leave at once on the next one.

    Replies are kept as they come, each in one transaction, so leaving loses none that is here.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not classifier_facts(classifier).get("endpoint"):
        yield
        return
    told = terminal.say(
        "Stopping: waiting for replies on their way; press Ctrl-C again to leave them."
    )

    def wait(*_: Any) -> None:
        # The system ends the process: a function of ours might wait for the main thread's turn.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        shown = _SHOW_CURSOR if sys.stderr.isatty() else b""  # a progress bar hides it
        # Past the buffer of stderr, which the interrupted code may be using.
        os.write(2, b"%s\n%s\n" % (shown, told.encode()))
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, wait)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is wait:  # else it stays until the end
            signal.signal(signal.SIGINT, before)
