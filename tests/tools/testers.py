"""The SCIM testers: how each is run, how its report is read, and what its findings mean here."""

import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys

EXCEPTIONS = pathlib.Path(__file__).with_name("scim-exceptions.txt")


@dataclasses.dataclass
class Finding:
    """One check that a tool made."""

    check: str
    good: bool
    says: str


@dataclasses.dataclass
class Exemption:
    """A line of scim-exceptions.txt: a finding that is not a pass and yet as it should be."""

    tool: str
    check: str
    says: str
    why: str
    used: bool = False

    def covers(self, tool: str, finding: Finding) -> bool:
        return (self.tool, self.check) == (tool, finding.check) and self.says in finding.says


def exemptions(path: pathlib.Path = EXCEPTIONS) -> list[Exemption]:
    lines = (line.strip() for line in path.read_text().splitlines())
    return [
        Exemption(*(column.strip() for column in line.split(" | ", 3)))
        for line in lines
        if line and not line.startswith("#")
    ]


def judge(tool: str, findings: list[Finding]) -> tuple[int, list[str]]:
    """How many findings are as they should be, and a sentence for each other one.

    An exemption that covers nothing is a problem too: the file must not outlive its reasons.
    """
    exempt = [exemption for exemption in exemptions() if exemption.tool == tool]
    good, problems = 0, []
    for finding in findings:
        covering = [exemption for exemption in exempt if exemption.covers(tool, finding)]
        for exemption in covering:
            exemption.used = not finding.good or exemption.used
        if finding.good or covering:
            good += 1
        else:
            problems.append(f"{finding.check}: {finding.says}")
    problems += [
        f"{EXCEPTIONS.name}: nothing is covered by {exemption.check!r}, {exemption.says!r}; remove the line"
        for exemption in exempt
        if not exemption.used
    ]
    return good, problems


def _run(program: str, *arguments: str, **environment: str) -> str:
    """Runs a tool from this Python's environment; its exit code says no more than its report."""
    command = [str(pathlib.Path(sys.executable).with_name(program)), *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        command,
        env=clean | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
    )
    if not done.stdout.strip():
        raise SystemExit(f"{program} reported nothing (exit code {done.returncode}):\n{done.stderr}")
    return done.stdout


def scim2_tester(url: str, token: str) -> list[Finding]:
    """`scim2 test`: a line "STATUS check" for each check, with its reason below, which may have lines of its own."""
    report = _run("scim2", "--url", url, "test", SCIM_CLI_HEADERS=f"Authorization: Bearer {token}")
    findings: list[Finding] = []
    for line in report.splitlines()[1:]:
        if begin := re.fullmatch(r"(SUCCESS|COMPLIANT|ACCEPTABLE|DEVIATION|ERROR|CRITICAL|SKIPPED) (\w+)", line):
            status, check = begin.groups()
            findings.append(Finding(check, status == "SUCCESS", status))
        elif findings:
            findings[-1].says += f" {line.strip()}"
    return _enough("scim2-tester", findings, 50)


def scim_sanity(url: str, token: str) -> list[Finding]:
    """`scim-sanity probe --json-output`; a warning or a skipped check is not a pass."""
    report = _run("scim-sanity", "probe", url, "--token", token, "--i-accept-side-effects", "--json-output")
    findings = [
        Finding(result["name"], result["status"] == "pass", f"{result['status']} {result.get('message', '')}".strip())
        for result in json.loads(report)["results"]
    ]
    return _enough("scim-sanity", findings, 15)


def _enough(tool: str, findings: list[Finding], least: int) -> list[Finding]:
    """A tool that gives up early must not look like one that found nothing."""
    if len(findings) < least:
        findings.append(Finding("all checks run", False, f"{tool} made only {len(findings)} checks, at least {least} expected"))
    return findings
