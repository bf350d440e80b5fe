"""A cluster as people start it: scheduler and workers by command, on ports and in networks."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import halting
import pandas as pd
import pytest
from distributed import get_worker
from halting import HaltingBaseline, is_alive, wait_for
from invented_table import TEXT, invented, write_files

import fitcheck as fc
from fitcheck.classifiers.base import AnswerClassifier
from fitcheck.engines.dask import connected
from fitcheck.engines.dask_plugins import ask_scheduler, asking, open_run
from fitcheck.engines.part import LabelledTable
from fitcheck.engines.storage import PartFolder, find_files
from fitcheck.engines.table import classify_table
from fitcheck.errors import DataError
from fitcheck.llm.permits import Ask

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]

PATHS = os.pathsep.join([str(Path(__file__).parent), str(Path(halting.__file__).parent)])
Prefix = Sequence[str]


@contextmanager
def running(log: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command while the block runs, with its words in a file."""
    environment = os.environ | {"PYTHONPATH": PATHS, "FITCHECK_CACHE": str(log.parent / "cache")}
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=stream, env=environment, start_new_session=True
        )
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def cluster(folder: Path, host: str, networks: Sequence[Prefix]) -> Iterator[str]:
    """Start a scheduler, and a worker in each network; give the scheduler's address."""
    log = folder / "scheduler.log"
    dask = [sys.executable, "-m", "dask"]
    with ExitStack() as stack:
        scheduler = (*dask, "scheduler", "--host", host, "--port", "0", "--no-dashboard")
        stack.enter_context(running(log, *scheduler))
        address = re.compile(rf"Scheduler at:\s+(tcp://{host}:\d+)")
        wait_for(lambda: address.search(log.read_text()) is not None)
        found = address.search(log.read_text())
        assert found
        for i, network in enumerate(networks):
            worker = (*dask, "worker", found[1], "--nthreads", "1", "--no-dashboard", "--no-nanny")
            stack.enter_context(running(folder / f"worker{i}.log", *network, *worker))
        yield found[1]


def label_with_a_loss(address: str, tmp_path: Path, n: int) -> tuple[LabelledTable, int]:
    """Label invented rows, and kill one worker in the middle of a part."""
    pattern = write_files(invented(), tmp_path / "in", 4)
    files = find_files(pattern)
    survey = fc.read_survey(tmp_path / "in" / "f0.parquet", texts=[TEXT], persona="Rolle")
    slow = HaltingBaseline(fc.make_classifier(), tmp_path)
    with connected(address) as workers:
        workers.client.wait_for_workers(n, timeout=60)
        thread_result: list[LabelledTable] = []

        def classify() -> None:
            thread_result.append(
                classify_table(
                    workers,
                    files,
                    PartFolder.of(str(tmp_path / "out")),
                    slow,
                    survey,
                    codebook=fc.load_codebook(),
                    rows=20,
                )
            )

        thread = threading.Thread(target=classify)
        thread.start()
        wait_for(lambda: len(slow.halting()) == n)
        victim = slow.halting()[0]
        os.kill(victim, signal.SIGKILL)
        slow.go_on()
        thread.join(60)
        assert not is_alive(victim) or _is_zombie(victim)
        return thread_result[0], len(workers.client.scheduler_info(n_workers=-1)["workers"])


def _is_zombie(pid: int) -> bool:
    return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()


def check(result: LabelledTable, tmp_path: Path) -> None:
    """Every row is there once, with the label that one process gives it."""
    frame = invented()
    there = pd.read_parquet(tmp_path / "out")
    here = fc.classify(frame, text=TEXT, persona="Rolle")
    for name in [*frame.columns, "fit_label", "fit_score", "fit_quote", "fit_themes"]:
        assert there[name].astype(object).where(there[name].notna(), None).tolist() == (
            here[name].astype(object).where(here[name].notna(), None).tolist()
        )
    assert result.run["input"]["rows"] == len(frame)
    assert result.run["engine"]["parts"] == 12


def test_three_workers_over_tcp_and_one_is_killed(tmp_path: Path) -> None:
    """A scheduler of its own, no nanny that would start the worker again."""
    with cluster(tmp_path, "127.0.0.1", [()] * 3) as address:
        result, left = label_with_a_loss(address, tmp_path, 3)
    assert left == 2
    check(result, tmp_path)


def test_the_command_on_a_cluster(tmp_path: Path) -> None:
    """Typed as people type it, in a process of its own; a second time it refuses."""
    pattern = write_files(invented(), tmp_path / "in")
    command = [sys.executable, "-m", "fitcheck", "classify", pattern, "--text", TEXT]
    with cluster(tmp_path, "127.0.0.1", [()] * 2) as address:
        command += ["--engine", "dask", "--scheduler", address, "-o", str(tmp_path / "out")]
        done = subprocess.run([*command, "--lang", "de"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "Teile: 3, davon 0 schon vorher fertig; Worker: 2." in done.stderr
        again = subprocess.run([*command, "--lang", "en"], capture_output=True, text=True)
        assert (again.returncode, "exists already" in again.stderr) == (1, True)
    assert len(pd.read_parquet(tmp_path / "out")) == 240


def test_workers_that_this_command_starts(tmp_path: Path) -> None:
    """Without --scheduler: one process a core, and none is left behind."""
    pattern = write_files(invented(), tmp_path / "in")
    out = str(tmp_path / "out")
    command = [sys.executable, "-m", "fitcheck", "classify", pattern, "--text", TEXT]
    done = subprocess.run(
        [*command, "--engine", "dask", "-o", out, "--quiet"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(pd.read_parquet(out)) == 240


class Deadly(AnswerClassifier):
    """Ends the process that asks it about certain rows, as one does that runs out of memory."""

    def annotate(self, X: Any) -> list[fc.Prediction]:
        """Return labels, or nothing at all."""
        if any("P175" in str(answer.id) for answer in X):
            os.kill(os.getpid(), signal.SIGKILL)
        return [fc.Prediction("fit")] * len(X)


def test_a_part_that_costs_every_worker(tmp_path: Path) -> None:
    """It ends the run with the name of the file, and the other parts are kept."""
    pattern = write_files(invented(), tmp_path / "in", 4)
    survey = fc.read_survey(tmp_path / "in" / "f0.parquet", texts=[TEXT], id="Nr")
    folder = PartFolder.of(str(tmp_path / "out"))
    with (
        connected() as workers,
        pytest.raises(DataError, match=r"f\d\.parquet, rows 1 to 60: several workers were lost"),
    ):
        classify_table(
            workers,
            find_files(pattern),
            folder,
            Deadly(),
            survey,
            codebook=fc.load_codebook(),
        )
    assert not (tmp_path / "out").exists()


@pytest.fixture
def networks(tmp_path: Path) -> Iterator[list[Prefix]]:
    """Make three network namespaces, joined by a bridge, as three machines are by a switch."""
    if os.geteuid() or not shutil.which("ip"):
        pytest.fail("Network namespaces need root and iproute2.")
    # The interfaces of a test before go only when its last process has.
    tag = f"fc{secrets.token_hex(3)}"

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    ip("link", "add", f"{tag}br", "type", "bridge")
    made = [f"{tag}n{i}" for i in range(3)]
    try:
        ip("addr", "add", "10.213.7.1/24", "dev", f"{tag}br")
        ip("link", "set", f"{tag}br", "up")
        for i, name in enumerate(made):
            ip("netns", "add", name)
            ip("link", "add", f"{tag}v{i}", "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("link", "set", f"{tag}v{i}", "master", f"{tag}br", "up")
            ip("-n", name, "addr", "add", f"10.213.7.{i + 2}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield [("ip", "netns", "exec", name) for name in made]
    finally:
        for name in made:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
        subprocess.run(["ip", "link", "del", f"{tag}br"], capture_output=True)


def test_workers_in_networks_of_their_own(tmp_path: Path, networks: list[Prefix]) -> None:
    """Nothing goes by 127.0.0.1: each worker has an address of its own, and one is lost."""
    with cluster(tmp_path, "10.213.7.1", networks) as address:
        result, left = label_with_a_loss(address, tmp_path, 3)
        log = (tmp_path / "scheduler.log").read_text()
    assert left == 2
    assert {f"10.213.7.{i}" for i in (2, 3, 4)} <= set(re.findall(r"10\.213\.7\.\d", log))
    check(result, tmp_path)


def test_a_limit_holds_across_networks(tmp_path: Path, networks: list[Prefix]) -> None:
    """Workers in different networks share the permits that the scheduler hands out."""
    settings = fc.LLMSettings(model="fake", base_url="http://10.213.7.1:9/v1", max_requests=40)
    classifier = fc.make_classifier("llm", llm=settings)
    with cluster(tmp_path, "10.213.7.1", networks) as address, connected(address) as workers:
        client = workers.client
        client.wait_for_workers(3, timeout=60)
        name = open_run(client, classifier)
        assert name
        futures = [client.submit(reserve_many, asking, name, i) for i in range(9)]
        assert sum(client.gather(futures)) == 40
        assert ask_scheduler(client, name, "usage")["requests"] == 40


def reserve_many(reach: Callable[[Any, str], Ask], name: str, _: int) -> int:
    """Ask for ten permits, and return how many were granted."""
    ask = reach(get_worker(), name)
    return sum("error" not in ask("reserve", 10, 10) for _ in range(10))
