"""Prints a page to PDF by the Chromium that is installed, whole or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fitcheck.errors import ConfigError, DataError
from fitcheck.surveys.atomic import atomic_path, refuse_existing

_NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    *("chrome", "msedge", "microsoft-edge"),
)
_PLACES = {
    "darwin": (
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ),
    "win32": (
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
        r"C:\Program Files\Microsoft\Edge\Application\msedge.exe",
    ),
}
"""Where browsers lie on systems that do not find them by name."""
_PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class PagePrinter:
    """A browser, and what it is to print."""

    browser: str
    page: Path
    overwrite: bool

    @classmethod
    def of(cls, page: Path, *, overwrite: bool) -> PagePrinter:
        """Return what prints a page that is not written yet.

        Raises
        ------
        ConfigError
            If there is no browser to print it.
        DataError
            If the PDF is there already.
        """
        browser = find_browser()
        if browser is None:
            raise ConfigError(
                "There is no Chromium, Chrome or Edge to print the PDF with.",
                "Install one of them, or leave --pdf out and print the page from your browser.",
            )
        printer = cls(browser, page, overwrite)
        refuse_existing(printer.target, overwrite=overwrite)
        return printer

    @property
    def target(self) -> Path:
        """The PDF, beside the page."""
        return self.page.with_suffix(".pdf")

    def print(self) -> Path:
        """Print the page, and return the PDF.

        Raises
        ------
        DataError
            If the browser does not do it.
        """
        with (
            atomic_path(self.target, overwrite=self.overwrite) as path,
            tempfile.TemporaryDirectory(prefix="fitcheck-", ignore_cleanup_errors=True) as profile,
        ):
            if not self._run(path, profile) or not path.read_bytes().startswith(b"%PDF"):
                raise DataError(
                    "{browser} did not print {path}.",
                    "The page itself is written; open it in a browser and print it there.",
                    browser=Path(self.browser).name,
                    path=str(self.target),
                )
        return self.target

    def _run(self, path: Path, profile: str) -> bool:
        command = [
            self.browser,
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--no-pdf-header-footer",
            f"--user-data-dir={profile}",
            f"--print-to-pdf={path.resolve()}",
            self.page.resolve().as_uri(),
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium's own refuses root; the page has no script
        try:
            done = subprocess.run(command, capture_output=True, timeout=_PATIENCE_S, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0


def find_browser() -> str | None:
    """Return the first browser that is installed and prints pages; None if there is none."""
    places = (*map(shutil.which, _NAMES), *_PLACES.get(sys.platform, ()))
    return next((place for place in places if place and Path(place).exists()), None)
