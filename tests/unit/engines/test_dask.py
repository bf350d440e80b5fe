"""Two real worker processes label as one process does, whatever is lost on the way."""

from __future__ import annotations

import json
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask.dataframe as dd
import pandas as pd
import pytest
from click.testing import Result
from distributed import Client, Future, LocalCluster, wait
from fake_server import serving
from halting import HaltingBaseline, is_alive, wait_for
from invented_table import TEXT, invented, write_files

import fitcheck as fc
from fitcheck.classifiers.base import AnswerClassifier
from fitcheck.classifiers.llm import LLMClassifier
from fitcheck.engines import dask
from fitcheck.engines.dask import Cluster
from fitcheck.engines.dask_plugins import send
from fitcheck.engines.part import LabelledTable
from fitcheck.engines.storage import PartFolder, find_files
from fitcheck.engines.table import classify_table
from fitcheck.errors import DataError, LLMError
from fitcheck.llm.budget import Price

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Return a client of two worker processes with a cache of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FITCHECK_CACHE", str(tmp_path_factory.mktemp("workers")))
        with (
            LocalCluster(
                n_workers=2,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                silence_logs=50,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client


def label(
    client: Client, pattern: str, target: Path, classifier: Any = None, **options: Any
) -> LabelledTable:
    """Label the files on the cluster."""
    files = find_files(pattern)
    survey = fc.read_survey(files[0].removeprefix("file://"), texts=[TEXT], persona="Rolle")
    return classify_table(
        Cluster(client),
        files,
        PartFolder.of(str(target)),
        classifier or fc.make_classifier(),
        survey,
        codebook=fc.load_codebook(),
        **{"rows": 40, **options},
    )


def test_partitions_are_labelled_as_one_frame(client: Client) -> None:
    """The same values, types and index, to the last bit."""
    frame = invented()
    ddf = dd.from_pandas(frame, npartitions=5)
    here = fc.classify(ddf.compute(), text=TEXT, persona="Rolle")
    there = fc.classify_dask(ddf, text=TEXT, persona="Rolle")
    assert list(there.columns) == list(here.columns)
    pd.testing.assert_frame_equal(there.compute(), here, check_exact=True)
    with pytest.raises(DataError, match="no column 'Kommentar'"):
        fc.classify_dask(ddf, text="Kommentar")


def test_the_command_does_as_on_one_machine(
    client: Client, run: Callable[..., Result], tmp_path: Path
) -> None:
    """Rows, answers and counts are those of the same rows in one file."""
    frame = invented()
    frame.to_parquet("whole.parquet", index=False)
    pattern = write_files(frame, tmp_path / "in")
    chosen = ["--text", TEXT, "--persona", "Rolle", "--id", "Nr", "--json", "--lang", "en"]
    on_cluster = ["--engine", "dask", "--scheduler", client.scheduler.address]
    for kind in ("rows", "answers"):
        one = run("classify", "whole.parquet", *chosen, "--format", kind, "-o", f"{kind}.parquet")
        many = run("classify", pattern, *chosen, "--format", kind, "-o", kind, *on_cluster)
        assert (one.exit_code, many.exit_code) == (0, 0), many.output
        whole, parts = pd.read_parquet(f"{kind}.parquet"), pd.read_parquet(kind)
        pd.testing.assert_frame_equal(parts, whole, check_exact=True)
        told, expected = json.loads(many.stdout), json.loads(one.stdout)
        assert told["personas"] == expected["personas"]
        for name in ("classifier", "codebook", "answers", "sources", "labels", "min_group"):
            assert told["run"][name] == expected["run"][name]
        assert told["run"] == json.loads(Path(kind, "_run.json").read_text())
        assert facts_of(many.stderr) == facts_of(one.stderr)
    assert fc.read_predictions("answers") == fc.read_predictions("answers.parquet")
    assert told["hidden_groups"] == expected["hidden_groups"] == 2
    assert "Leitung" not in json.dumps(told["personas"])


def facts_of(told: str) -> str:
    """Return what is said of the answers, without the names of files."""
    assert "Flagged answers: " in told
    return told[told.index("Respondents per") : told.index("\n", told.index("Flagged answers: "))]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--dry-run"], "--dry-run does not go with"),
        (["--batch-api", "submit"], "--batch-api does not go with"),
        (["--report"], "--report does not go with"),
        (["-o", "-"], "pass --output"),
    ],
)
def test_what_does_not_go_with_a_cluster(
    run: Callable[..., Result], more: list[str], said: str
) -> None:
    """It is said before anything is started."""
    result = run("classify", "in/*.parquet", "--engine", "dask", "-o", "out", *more)
    assert (result.exit_code, said in result.output) == (2, True), result.output
    alone = run("classify", "a.csv", "--scheduler", "tcp://127.0.0.1:1")
    assert "goes with --engine dask" in alone.output


def test_nobody_answers(run: Callable[..., Result], tmp_path: Path) -> None:
    """Two sentences, no traceback."""
    pattern = write_files(invented(60), tmp_path / "in", 1)
    command = ["classify", pattern, "--text", TEXT, "-o", "out", "--engine", "dask"]
    result = run(*command, "--scheduler", "nonsense://nowhere")
    assert result.exit_code == 1
    assert "No Dask scheduler answers at nonsense://nowhere" in result.output


def test_answers_of_one_respondent_in_several_parts(client: Client, tmp_path: Path) -> None:
    """They make one label and one person, and every row of the person shows it."""
    frame = invented(240, respondents=150)
    result = label(client, write_files(frame, tmp_path / "in"), tmp_path / "out")
    rows = pd.read_parquet(tmp_path / "out")
    assert rows["Nr"].tolist() == frame["Nr"].tolist()
    by_person = rows.groupby("Nr")
    assert by_person["fit_respondent"].nunique(dropna=False).max() == 1
    expected = by_person["fit_label"].agg(
        lambda labels: next((x for x in ("not_fit", "fit", "no_signal") if x in set(labels)), None)
    )
    found = by_person["fit_respondent"].first()
    assert found.fillna("").to_dict() == expected.fillna("").to_dict()
    assert (rows["fit_label"] != rows["fit_respondent"]).sum() > 20
    shown = {group.persona: group for group in result.groups.shown if group.labels}
    of_lager = found[rows.groupby("Nr")["Rolle"].last() == "Lager"]
    assert shown["Lager"].labels["not_fit"] == (of_lager == "not_fit").sum()
    assert result.run["respondents"]["different_ids"] == 150


def test_a_worker_that_is_killed_loses_nothing(client: Client, tmp_path: Path) -> None:
    """In the middle of a part: another one does it, and each row is there once."""
    frame = invented()
    pattern = write_files(frame, tmp_path / "in")
    expected = label(client, pattern, tmp_path / "expected")
    halting = HaltingBaseline(fc.make_classifier(), tmp_path)
    found: list[LabelledTable] = []
    thread = threading.Thread(
        target=lambda: found.append(label(client, pattern, tmp_path / "out", halting))
    )
    thread.start()
    wait_for(lambda: len(halting.halting()) == 2)
    victim = halting.halting()[0]
    os.kill(victim, signal.SIGKILL)
    wait_for(lambda: not is_alive(victim))
    halting.go_on()
    thread.join(60)
    assert found[0].groups == expected.groups
    rows = pd.read_parquet(tmp_path / "out")
    pd.testing.assert_frame_equal(rows, pd.read_parquet(tmp_path / "expected"), check_exact=True)
    assert rows["Nr"].tolist() == frame["Nr"].tolist()
    assert len(list((tmp_path / "out").iterdir())) == found[0].run["engine"]["parts"] + 1


def test_a_part_that_is_forgotten_is_sent_again(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client never hears of the first one."""
    pattern = write_files(invented(), tmp_path / "in")
    submit, forgotten = Cluster._submit, []

    def forget(cluster: Cluster, *arguments: Any) -> Any:
        if forgotten:
            return submit(cluster, *arguments)
        forgotten.append(Future("nobody knows it", client))
        return forgotten[0]

    monkeypatch.setattr(Cluster, "_submit", forget)
    monkeypatch.setattr(dask, "_SILENT_S", 0.5)
    found = label(client, pattern, tmp_path / "out")
    assert found.run["answers"] == sum(pd.read_parquet(tmp_path / "out")["fit_label"].notna())


class Failing(AnswerClassifier):
    """A classifier with an error of its own."""

    def annotate(self, X: Any) -> list[fc.Prediction]:
        """Fail as a program does, with words of an answer in the error."""
        raise ValueError(X[0].text)


def test_a_part_that_fails_is_named_and_nothing_appears(client: Client, tmp_path: Path) -> None:
    """A file that is damaged inside, one without a column, and an error of a program."""
    frame = invented()
    pattern = write_files(frame, tmp_path / "in")
    damaged = tmp_path / "in" / "f1.parquet"
    content = damaged.read_bytes()
    damaged.write_bytes(content[:30] + b"\xff" * 400 + content[430:])
    with pytest.raises(DataError, match=r"in/f1\.parquet, rows \d+ to \d+: .* is a damaged"):
        label(client, pattern, tmp_path / "out")
    frame.iloc[80:160].drop(columns="Rolle").to_parquet(damaged, index=False)
    with pytest.raises(DataError, match=r"f1\.parquet has no column 'Rolle', which .*f0\.parquet"):
        label(client, pattern, tmp_path / "out")
    damaged.write_bytes(content)
    with pytest.raises(DataError, match=r"rows \d+ to \d+, cannot be .*\(ValueError\)") as e:
        label(client, pattern, tmp_path / "other", Failing())
    assert frame[TEXT][0] not in str(e.value)
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "other").exists()
    result = label(client, pattern, tmp_path / "out")
    assert result.run["engine"]["parts"] == 6
    assert pd.read_parquet(tmp_path / "out")["Nr"].tolist() == frame["Nr"].tolist()


def test_a_run_that_is_started_again_skips_what_is_finished(client: Client, tmp_path: Path) -> None:
    """Only the rows of the file that was damaged are left to do."""
    frame = invented()
    pattern = write_files(frame, tmp_path / "in")
    last = tmp_path / "in" / "f2.parquet"
    content = last.read_bytes()
    last.write_bytes(content[:30] + b"\xff" * 400 + content[430:])
    with pytest.raises(DataError, match=r"f2\.parquet"):
        label(client, pattern, tmp_path / "out")
    finished = PartFolder.of(str(tmp_path / "out")).finished()
    last.write_bytes(content)
    done: list[int] = []
    result = label(client, pattern, tmp_path / "out", progress=done.append)
    # The other worker may have finished one more after the error.
    kept = result.run["engine"]["parts_kept_from_before"]
    assert kept >= len(finished) >= 1
    assert len(done) == 6 - kept
    assert set(finished.values()) <= {path.stem for path in (tmp_path / "out").iterdir()}
    whole = label(client, pattern, tmp_path / "whole")
    assert result.groups == whole.groups
    assert result.run["answers"] == whole.run["answers"]
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "out"), pd.read_parquet(tmp_path / "whole")
    )


def settle(client: Client) -> None:
    """Wait until no worker is busy with what was given up: each has one thread."""
    workers = client.scheduler_info(n_workers=-1)["workers"]
    wait([client.submit(os.getpid, workers=[w], pure=False) for w in workers], timeout=60)


def asked(url: str, **settings: Any) -> LLMClassifier:
    """Return a classifier that asks the fake server, one answer at a time."""
    chosen = {"batch_size": 1, "concurrency": 4, "use_cache": False} | settings
    return LLMClassifier(
        fc.LLMSettings(model="fake", base_url=url, **chosen), price=Price(1.0, 2.0, 1.0)
    )


def numbered(n: int) -> pd.DataFrame:
    """Return answers whose number decides the label."""
    return pd.DataFrame({TEXT: [f"Halle mit Text {i}" for i in range(n)], "Rolle": "Lager"})


def test_requests_of_all_workers_never_exceed_the_limit(client: Client, tmp_path: Path) -> None:
    """Counted by the server; what is used up stops all, and a second run goes on."""
    pattern = write_files(numbered(90), tmp_path / "in")
    with serving() as server:
        with pytest.raises(LLMError, match="The 25 requests of --max-requests are used up"):
            label(client, pattern, tmp_path / "out", asked(server.url, max_requests=25), rows=10)
        settle(client)
        assert server.n_requests == 25
        assert not (tmp_path / "out").exists()
        result = label(client, pattern, tmp_path / "out", asked(server.url), rows=10)
        kept = result.run["engine"]["parts_kept_from_before"]
        assert server.n_requests == 25 + 90 - 10 * kept
        assert result.run["classifier"]["requests"] == server.n_requests
        assert result.run["classifier"]["answers_asked"] == 90
    labels = pd.read_parquet(tmp_path / "out")["fit_label"].tolist()
    assert labels == [("fit", "not_fit", "no_signal")[i % 3] for i in range(90)]


def test_money_of_all_workers_never_exceeds_the_limit(client: Client, tmp_path: Path) -> None:
    """What the server counted costs no more, though each worker alone is far from it."""
    pattern = write_files(numbered(90), tmp_path / "in")
    with serving() as server:
        label(client, pattern, tmp_path / "all", asked(server.url), rows=10)
        everything = server.cost(1.0, 2.0)
        server.spent.clear()
        cap = everything * 0.7
        with pytest.raises(LLMError, match="could cross --max-cost"):
            label(client, pattern, tmp_path / "out", asked(server.url, max_cost=cap), rows=10)
        settle(client)
        assert 0 < server.cost(1.0, 2.0) <= cap


def test_limits_hold_for_a_frame_too(client: Client) -> None:
    """They are those of the call, however many partitions there are."""
    ddf = dd.from_pandas(numbered(60), npartitions=6)
    with serving() as server:
        labelled = fc.classify_dask(ddf, text=TEXT, classifier=asked(server.url, max_requests=20))
        with pytest.raises(LLMError, match="20 requests"):
            labelled.compute()
        settle(client)
        assert server.n_requests == 20


def test_a_killed_worker_does_not_raise_the_limit(client: Client, tmp_path: Path) -> None:
    """Its requests stay counted; those of its part are sent anew within the same limit."""
    pattern = write_files(numbered(60), tmp_path / "in")
    with serving(latency_s=0.05) as server:
        error: list[Exception] = []

        def classify() -> None:
            try:
                label(
                    client, pattern, tmp_path / "out", asked(server.url, max_requests=50), rows=10
                )
            except LLMError as found:
                error.append(found)

        thread = threading.Thread(target=classify)
        thread.start()
        wait_for(lambda: server.n_requests > 10)
        os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
        thread.join(60)
        assert "50 requests" in str(error[0])
        wait_for(lambda: server.in_flight == 0)
        assert server.n_requests <= 50


def test_a_worker_gets_the_classifier_once(client: Client) -> None:
    """Tasks are small; a worker that comes later gets it too."""
    classifier = fc.make_classifier()
    key = send(client, classifier)
    assert send(client, classifier) == key
    sizes = client.run(sent_bytes, key)
    assert set(sizes.values()) == {len(pickle.dumps(classifier))}
    ddf = dd.from_pandas(invented(), npartitions=4)
    graph = fc.classify_dask(ddf, text=TEXT, classifier=classifier).optimize().dask
    data = len(pickle.dumps(invented()))
    assert sum(len(pickle.dumps(task)) for task in graph.values()) < 4 * data + 400_000
    before = set(client.scheduler_info(n_workers=-1)["workers"])
    assert isinstance(client.cluster, LocalCluster)
    client.cluster.scale(3)
    wait_for(lambda: len(set(client.scheduler_info(n_workers=-1)["workers"]) - before) > 0)
    assert set(client.run(sent_bytes, key).values()) == {len(pickle.dumps(classifier))}


def sent_bytes(key: str) -> int:
    """Return how large a payload is that this process keeps."""
    from fitcheck.engines import tasks

    return len(tasks._sent[key])
