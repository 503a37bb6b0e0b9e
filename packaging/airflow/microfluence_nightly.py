"""A nightly run as a DAG of Airflow 3: put it into the dags folder. docs/jobs/airflow.md says the rest.

The worker needs the program on its PATH and the folder of MICROFLUENCE_FOLDER with microfluence.toml and the exports.
"""

from __future__ import annotations

import os
import subprocess
from datetime import datetime, timedelta

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowFailException

FOLDER = os.environ.get("MICROFLUENCE_FOLDER", "/var/lib/microfluence")


@dag(schedule="17 3 * * *", start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1, tags=["microfluence"])
def microfluence_nightly():
    @task(retries=2, retry_delay=timedelta(minutes=15))
    def run() -> str:
        """Gives the folder of the results to the tasks behind it."""
        done = subprocess.run(
            ["microfluence", "run", "microfluence.toml", "--quiet"], cwd=FOLDER, stderr=subprocess.PIPE, text=True, check=False
        )
        said = f"status {done.returncode}: {done.stderr.strip()}"
        if done.returncode in (2, 3):
            # The tables or the file are at fault, and the same tables end the same way: no second try.
            raise AirflowFailException(said)
        if done.returncode not in (0, 4):
            raise RuntimeError(said)
        if done.returncode == 4:
            print(f"an alert came true, alerts.jsonl has it: {said}")
        return os.path.join(FOLDER, "microfluence-run")

    run()


microfluence_nightly()
