"""What docs/jobs shows for schedulers and warehouses runs, or is read by what reads it."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import stat
import subprocess
import sys
import types
from pathlib import Path

import pytest

import microfluence

ROOT = Path(__file__).parent.parent.parent
JOBS = ROOT / "docs" / "jobs"
PACKAGING = ROOT / "packaging"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (JOBS / page).read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """The sample's tables in a folder, and the program on the PATH."""
    program = os.environ.get("MICROFLUENCE_PROGRAM") or shutil.which("microfluence")
    if not program:
        pytest.skip("there is no program to run: set MICROFLUENCE_PROGRAM to its path")
    for name, path in microfluence.sample().items():
        shutil.copy(path, tmp_path / f"{name}.csv")
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "microfluence").symlink_to(Path(program).resolve())
    monkeypatch.setenv("PATH", f"{bin}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_duckdb_reads_what_the_program_writes(desk):
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed: pip install duckdb")
    for block in blocks("duckdb.md", "sh"):
        subprocess.run(["sh", "-ec", block], check=True, capture_output=True)
    config = '[tables]\ncreators = ["creators.csv"]\nposts = ["posts.csv"]\n[rank]\nniche = "skincare"\n'
    (desk / "microfluence.toml").write_text(config, encoding="utf-8")
    subprocess.run(["microfluence", "run", "microfluence.toml", "--quiet"], check=True, capture_output=True)
    queries = blocks("duckdb.md", "sql")
    assert len(queries) == 3
    ranked, said, joined = (duckdb.sql(query) for query in queries)
    assert ranked.columns == ["rank", "creator_id", "score", "comments", "negative_percent"]
    rows = ranked.fetchall()
    assert len(rows) > 10 and [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert all(0 <= row[4] <= 100 for row in rows) and len({row[4] for row in rows}) > 5
    assert said.fetchall()[0][::2] == ("Lumora", "uncorrected")
    assert len(joined.fetchall()) == 5
    # Types are those of the table, whichever file holds it.
    kinds = {row[0]: row[1] for row in duckdb.sql("DESCRIBE FROM 'ranking.parquet'").fetchall()}
    assert (kinds["rank"], kinds["score"], kinds["creator_id"]) == ("BIGINT", "DOUBLE", "VARCHAR")
    rows_out = duckdb.sql("SELECT count(*) FROM 'scored.parquet'").fetchall()
    assert rows_out == duckdb.sql("SELECT count(*) FROM 'comments.csv'").fetchall()


def test_the_kubernetes_objects_say_what_the_page_says():
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed: pip install pyyaml")
    text = (PACKAGING / "kubernetes" / "nightly.yaml").read_text(encoding="utf-8")
    job, policy = yaml.safe_load_all(text)
    assert (job["apiVersion"], job["kind"], policy["kind"]) == ("batch/v1", "CronJob", "NetworkPolicy")
    spec = job["spec"]["jobTemplate"]["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    (rule,) = spec["podFailurePolicy"]["rules"]
    assert rule["action"] == "FailJob" and rule["onExitCodes"]["containerName"] == container["name"]
    # A policy of exit codes wants pods that are never started again in place.
    assert pod["restartPolicy"] == "Never" and job["spec"]["concurrencyPolicy"] == "Forbid"
    assert container["args"][:2] == ["run", "microfluence.toml"] and "command" not in container
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    assert pod["securityContext"]["runAsNonRoot"] and container["securityContext"]["readOnlyRootFilesystem"]
    # Nothing is allowed, in or out, to the pods of the job.
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"] and "egress" not in policy["spec"]
    assert policy["spec"]["podSelector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
    for block in re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "shards.md").read_text(encoding="utf-8"), re.DOTALL):
        assert yaml.safe_load(block)["spec"]["completionMode"] == "Indexed"


class NoSecondTry(Exception):
    """Stands for Airflow's AirflowFailException where Airflow is not installed."""


def task_of_the_dag(monkeypatch):
    """The function that the DAG's task runs, and what it raises to fail for good."""
    path = PACKAGING / "airflow" / "microfluence_nightly.py"
    found = {}

    def task(**settings):
        assert settings["retries"] == 2
        return lambda function: lambda: found.setdefault("run", function)

    def dag(**settings):
        assert settings["max_active_runs"] == 1 and settings["catchup"] is False
        return lambda function: function

    modules = {name: types.ModuleType(name) for name in ("airflow", "airflow.sdk", "airflow.sdk.exceptions")}
    modules["airflow.sdk"].dag, modules["airflow.sdk"].task = dag, task
    modules["airflow.sdk.exceptions"].AirflowFailException = NoSecondTry
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    runpy.run_path(str(path))
    return found["run"]


@pytest.mark.parametrize(("status", "raised"), [(0, None), (1, RuntimeError), (2, NoSecondTry), (3, NoSecondTry), (4, None)])
def test_the_dags_task_tries_again_after_status_1_alone(status, raised, tmp_path, monkeypatch):
    program = tmp_path / "microfluence"
    program.write_text(f"#!/bin/sh\necho \"$@\" >typed\necho 'error: it is odd' >&2\nexit {status}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("MICROFLUENCE_FOLDER", str(tmp_path))
    run = task_of_the_dag(monkeypatch)
    if raised is None:
        assert run() == str(tmp_path / "microfluence-run")
    else:
        with pytest.raises(raised, match=f"status {status}: error: it is odd"):
            run()
    assert (tmp_path / "typed").read_text(encoding="utf-8") == "run microfluence.toml --quiet\n"


def test_airflow_itself_reads_the_dag():
    pytest.importorskip("airflow", reason="Airflow is not installed: pip install 'apache-airflow>=3,<4'")
    done = subprocess.run(
        [sys.executable, str(PACKAGING / "airflow" / "microfluence_nightly.py")], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr


def test_the_spark_job_ends_with_the_programs_statuses(tmp_path):
    pytest.importorskip("pyspark", reason="pyspark is not installed: pip install 'microfluence[spark]'")
    if shutil.which("java") is None:
        pytest.skip("there is no Java for Spark to run on")
    import pyarrow.csv
    import pyarrow.parquet

    comments, out = tmp_path / "comments", tmp_path / "out"
    comments.mkdir()
    table = pyarrow.csv.read_csv(microfluence.sample()["comments"]).slice(0, 400)
    pyarrow.parquet.write_table(table, comments / "part.parquet")
    settings = {**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_SUBMIT_ARGS": "--master local[2] pyspark-shell"}

    def submit(folder: Path) -> subprocess.CompletedProcess:
        command = [sys.executable, str(PACKAGING / "spark" / "score.py"), str(folder), "Lumora", str(out)]
        return subprocess.run(command, env=settings, cwd=tmp_path, capture_output=True, text=True, timeout=600)

    done = submit(comments)
    assert done.returncode == 0, done.stderr
    assert pyarrow.parquet.read_table(out / "rows").num_rows == 400
    (summary,) = (out / "summary").glob("part-*")
    assert '"net_sentiment"' in summary.read_text(encoding="utf-8")
    again = submit(comments)
    assert again.returncode == 2 and "error: " in again.stderr and "already exists" in again.stderr.lower()
    assert submit(tmp_path / "nothing").returncode == 2
