"""Runs Schemathesis against the admin API: whatever the published description allows is answered as it says.

Against a daemon of our own on each engine (PostgreSQL is where DESKGATE_TEST_POSTGRES says). The seed is the same every
time, unless DESKGATE_TEST_API_SEED says another.
"""

import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import daemon

HERE = pathlib.Path(__file__).resolve()
SETTINGS, HOOKS = HERE.with_name("schemathesis.toml"), HERE.with_name("api_hooks.py")


def against(engine: str, server: daemon.Daemon, folder: pathlib.Path, arguments: argparse.Namespace) -> tuple[int, int]:
    """Runs the tool against one daemon; how many answers are as they should be, and how many are not."""
    report, token = folder / "report.json", server.new_token("admin:write")
    command = [
        str(pathlib.Path(sys.executable).with_name("schemathesis")),
        f"--config-file={SETTINGS}",
        "run",
        f"{server.url}/api/v1/openapi.json",
        f"--url={server.url}/api/v1",
        f"--header=Authorization: Bearer {token}",
        f"--seed={arguments.seed}",
        f"--max-examples={arguments.examples}",
        "--checks=all",
        f"--report-json-path={report}",
    ]
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    clean |= {"SCHEMATHESIS_HOOKS": str(HOOKS), "DESKGATE_TEST_URL": server.url, "DESKGATE_TEST_TOKEN": token}
    done = subprocess.run(
        command, env=clean, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900
    )
    return judge(engine, done, report)


def judge(engine: str, done: subprocess.CompletedProcess[str], report: pathlib.Path) -> tuple[int, int]:
    """What the tool's own report says; all that it printed, if that is not good."""
    if not report.exists():
        raise SystemExit(f"Schemathesis reported nothing (exit code {done.returncode}):\n{done.stdout}{done.stderr}")
    says = json.loads(report.read_text())
    cases, operations = says["test_cases"], says["operations"]
    passed = cases["generated"] - cases["with_failures"] - cases["without_checks"]
    failed = cases["unique_failures"] + len(says["errors"]) + operations["selected"] - operations["tested"]
    # What it gave up must not look like what it found nothing in.
    if failed == 0 and (done.returncode != 0 or not says["complete"]):
        failed = 1
    print(f"{engine}: {operations['tested']} operations, seed {says['seed']}: {passed} answers as described, {failed} not")
    for kind, about in says["warnings"].items():
        if about:
            print(f"  {kind}: {about}")
    if failed:
        print(done.stdout + done.stderr)
    return passed, failed


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--deskgate", type=pathlib.Path, required=True, help="the binary to test")
    options.add_argument("--engine", choices=["sqlite", "postgres"], help="only this engine")
    options.add_argument("--seed", type=int, default=int(os.environ.get("DESKGATE_TEST_API_SEED", "9110")))
    options.add_argument("--examples", type=int, default=15, help="how many examples an operation gets at most")
    arguments = options.parse_args()

    results = []
    for engine in [arguments.engine] if arguments.engine else ["sqlite", "postgres"]:
        with contextlib.ExitStack() as stack:
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="deskgate-api.")))
            database = stack.enter_context(daemon.fresh_database(engine, folder))
            server = stack.enter_context(daemon.Daemon(arguments.deskgate.resolve(), database, folder))
            results.append(against(engine, server, folder, arguments))
    passed, failed = (sum(column) for column in zip(*results))
    if counts := os.environ.get("DESKGATE_TEST_COUNTS"):
        with open(counts, "a") as file:
            print(passed, failed, file=file)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
