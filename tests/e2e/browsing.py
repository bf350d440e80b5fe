"""A real browser, and the page as a person starts it."""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE_S = 30
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def browser(profile: Path) -> Iterator[Chrome]:
    """Yield Debian's Chromium with an empty profile."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    assert chromium, "There is no chromium. Install it with `make browser`."
    assert driver, "There is no chromedriver. Install it with `make browser`."
    options = ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = Chrome(options=options, service=Service(executable_path=driver))
    try:
        yield started
    finally:
        started.quit()


class Labelling:
    """``fitcheck label`` in a process of its own, which does not outlive a failed test."""

    def __init__(self, sheet: Path, *options: str) -> None:
        command = [sys.executable, "-m", "fitcheck", "label", str(sheet), "--no-browser", *options]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.said: list[str] = []
        while not (found := re.search(r"http://\S+", self._next())):
            pass
        self.address = found[0]

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line)

    def _next(self) -> str:
        self.said.append(self._lines.get(timeout=PATIENCE_S))
        return self.said[-1]

    def __enter__(self) -> Labelling:
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.kill()

    def kill(self) -> None:
        """End it without a chance to do anything."""
        self.process.kill()
        self._wait()

    def end(self) -> int:
        """End it with Ctrl-C and return its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self._wait()

    def _wait(self) -> int:
        code = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        while not self._lines.empty():
            self.said.append(self._lines.get())
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code


class Page:
    """The page in the browser."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def open(self, address: str) -> None:
        """Load the page and wait for its answers."""
        self.driver.get(address)
        self.until(lambda: self.text("question") != "")

    def find(self, id: str) -> WebElement:
        """Return an element."""
        return self.driver.find_element(By.ID, id)

    def text(self, id: str) -> str:
        """Return what is shown in an element."""
        return self.find(id).text

    def press(self, *keys: str) -> None:
        """Type wherever the focus is."""
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def until(self, holds: Any) -> None:
        """Wait until something holds."""
        WebDriverWait(self.driver, PATIENCE_S, 0.02).until(lambda _: holds())

    def pressed(self, name: str) -> list[str]:
        """Return which buttons of a kind are pressed."""
        found = self.driver.find_elements(By.CSS_SELECTOR, f'[data-{name}][aria-pressed="true"]')
        return [str(element.get_attribute(f"data-{name}")) for element in found]

    def errors(self) -> list[str]:
        """Return what the browser's console complains about."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def hosts(self) -> set[str]:
        """Return every host that anything was asked of, without a port."""
        found = set()
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if url.startswith(("http", "ws", "ftp")):  # and none of the browser's own pages
                    found.add(url.split("/")[2].split(":")[0])
        return found

    def shot(self, name: str) -> None:
        """Keep a picture for people to look at."""
        folder = Path(os.environ.get("FITCHECK_SHOTS", Path(__file__).parents[1] / "output"))
        folder.mkdir(exist_ok=True)
        self.driver.save_screenshot(str(folder / f"{name}.png"))

    def look(self, width: int, height: int, *, dark: bool = False, touch: bool = False) -> None:
        """Set what kind of screen it is."""
        command = self.driver.execute_cdp_cmd
        command(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": touch},
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        command("Emulation.setEmulatedMedia", {"features": [scheme]})
        command("Emulation.setTouchEmulationEnabled", {"enabled": touch})

    def overflowing(self) -> list[str]:
        """Return the elements that stick out of the window, or whose text sticks out of them."""
        return list(
            self.driver.execute_script(
                """
                const width = document.documentElement.clientWidth;
                return [...document.querySelectorAll("body *")].filter((e) => {
                  if (e.closest(".unseen, .skip, legend, noscript") || !e.getClientRects().length)
                    return false;
                  const box = e.getBoundingClientRect();
                  const clipped = getComputedStyle(e).overflowX !== "visible";
                  return box.left < -0.5 || box.right > width + 0.5
                    || (!clipped && e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1);
                }).map((e) => e.tagName + "#" + e.id + "." + e.className);
                """
            )
        )

    def faults(self) -> list[str]:
        """Return what sticks out of the page, is cut, or lies over something else."""
        script = Path(__file__).with_name("geometry.js").read_text(encoding="utf-8")
        return list(self.driver.execute_script(script))

    def breaches(self) -> list[str]:
        """Return what axe finds against WCAG 2.1 AA and good practice, with the elements."""
        (folder,) = find_spec("axe_core_python").submodule_search_locations
        self.driver.execute_script((Path(folder) / "axe.min.js").read_text(encoding="utf-8"))
        return list(
            self.driver.execute_async_script(
                """
                const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
                axe.run({runOnly}).then((found) => arguments[0](found.violations.map(
                  (v) => v.id + ": " + v.nodes.map((n) => n.target).join(" "))));
                """
            )
        )


__all__ = ["Keys", "Labelling", "Page", "browser"]
