"""A Deskgate daemon of our own: a fresh database, a tenant, a token, a free port; all gone at the end."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator


@contextlib.contextmanager
def fresh_database(engine: str, folder: pathlib.Path) -> Iterator[str]:
    """The URL of an empty database of that engine."""
    if engine == "sqlite":
        yield f"sqlite:{folder / 'deskgate.db'}"
        return
    admin = os.environ["DESKGATE_TEST_POSTGRES"]
    name = f"deskgate_{uuid.uuid4().hex}"
    psql = ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", admin, "--command"]
    subprocess.run([*psql, f"CREATE DATABASE {name}"], check=True, stdin=subprocess.DEVNULL)
    try:
        yield admin.rpartition("/")[0] + "/" + name
    finally:
        subprocess.run([*psql, f"DROP DATABASE {name} WITH (FORCE)"], stdin=subprocess.DEVNULL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Daemon:
    """`deskgate serve` with one tenant and its token, as an operator would set it up."""

    def __init__(self, binary: pathlib.Path, database: str, folder: pathlib.Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.scim_url = f"{self.url}/scim/v2"
        self._binary = binary
        self._folder = folder
        self._environment = {
            "PATH": os.environ["PATH"],
            "DESKGATE_DATABASE": database,
            "DESKGATE_LISTEN": f"127.0.0.1:{port}",
            "DESKGATE_PUBLIC_URL": self.url,
            # The testers send as fast as they can, and say themselves where they come from.
            "DESKGATE_TRUSTED_PROXIES": "127.0.0.1",
            "DESKGATE_LIMITS_SCIM_RATE": "1000000",
            "DESKGATE_LIMITS_SCIM_BURST": "1000000",
        }
        self._run("migrate")
        self._run("tenant", "create", "testers", "--customer-number", "1001", "--json")
        self._run("tenant", "sip-domain", "testers", "testers.pbx.example")
        # scim-sanity insists on 200 with the group after a PATCH of it.
        self._run("tenant", "set", "testers", "--group-patch-response", "resource")
        self.token = self.new_token("scim")

    def new_token(self, scope: str) -> str:
        """A token of the tenant."""
        return json.loads(self._run("token", "create", "--tenant", "testers", "--scope", scope, "--json"))["token"]

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._binary, *arguments],
            env=self._environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode != 0:
            raise SystemExit(f"deskgate {' '.join(arguments)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def __enter__(self) -> "Daemon":
        self._log = open(self._folder / "daemon.log", "w+")
        self._process = subprocess.Popen(
            [self._binary, "serve"],
            env=self._environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise SystemExit(f"deskgate serve ended with exit code {self._process.returncode}\n{self._tail()}")
            with contextlib.suppress(OSError):
                try:
                    urllib.request.urlopen(f"{self.scim_url}/ServiceProviderConfig", timeout=5).close()
                    return
                except urllib.error.HTTPError as answer:
                    raise SystemExit(f"GET /ServiceProviderConfig answers {answer.code}\n{self._tail()}")
            time.sleep(0.05)
        raise SystemExit(f"deskgate serve did not answer within 30 s\n{self._tail()}")

    def _tail(self) -> str:
        self._log.seek(0)
        return self._log.read()[-4000:]

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            status = self._process.wait(30)
            if status != 0:
                print(f"deskgate serve ended with exit code {status} after SIGTERM\n{self._tail()}")
        except subprocess.TimeoutExpired:
            self._process.kill()
            print("deskgate serve did not end within 30 s after SIGTERM")
        self._log.close()
