"""Runs scim2-tester and scim-sanity and judges what they report.

Either against a daemon of our own on each engine (--deskgate BINARY; PostgreSQL is where DESKGATE_TEST_POSTGRES says),
or against one that runs already (--url URL, token in DESKGATE_TEST_TOKEN). Only run it where records may be lost.
"""

import argparse
import contextlib
import os
import pathlib
import sys
import tempfile

import daemon
import testers


def against(name: str, url: str, token: str) -> tuple[int, int]:
    """Runs both tools against one server; prints what is wrong; returns how many checks passed and failed."""
    passed = failed = 0
    for tool in (testers.scim2_tester, testers.scim_sanity):
        good, problems = testers.judge(tool.__name__, tool(url, token))
        print(f"{name}, {tool.__name__}: {good} checks passed, {len(problems)} failed", flush=True)
        for problem in problems:
            print(f"  FAILED {problem}", flush=True)
        passed += good
        failed += len(problems)
    return passed, failed


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--deskgate", type=pathlib.Path, help="the binary to test")
    options.add_argument("--url", help="the SCIM base URL of a running server")
    options.add_argument("--engine", choices=["sqlite", "postgres"], help="only this engine")
    arguments = options.parse_args()

    results = []
    if arguments.url:
        results.append(against(arguments.url, arguments.url, os.environ["DESKGATE_TEST_TOKEN"]))
    else:
        for engine in [arguments.engine] if arguments.engine else ["sqlite", "postgres"]:
            with contextlib.ExitStack() as stack:
                folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="deskgate-tools.")))
                database = stack.enter_context(daemon.fresh_database(engine, folder))
                server = stack.enter_context(daemon.Daemon(arguments.deskgate.resolve(), database, folder))
                results.append(against(engine, server.scim_url, server.token))
    passed, failed = (sum(column) for column in zip(*results))
    if counts := os.environ.get("DESKGATE_TEST_COUNTS"):
        with open(counts, "a") as file:
            print(passed, failed, file=file)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
