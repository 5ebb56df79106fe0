"""Audit the locked runtime dependencies, and say honestly what could not be audited.

pip-audit calls a package that its service does not answer for "skipped" and still reports success, so skipped ones
are counted here. Exit status: 1 for a known vulnerability, or with AUDIT_REQUIRED=1 for anything not audited.
"""

# ruff: noqa: T201
import json
import os
import subprocess
import sys
from typing import Any

LOCK = "requirements/runtime.lock"
SERVICES = ("pypi", "osv")


def report(service: str) -> list[dict[str, Any]] | str:
    """What the service says of every locked package, or why it says nothing."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "-r", LOCK]
    command += ["--vulnerability-service", service, "--format", "json", "--timeout", "15", "--progress-spinner", "off"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        return "no answer in time"
    except (ValueError, KeyError):
        return (done.stderr.strip().splitlines() or ["no output"])[-1][:300]
    return packages


def vulnerable(packages: list[dict[str, Any]]) -> list[str]:
    """A line per known vulnerability."""
    return [
        f"{package['name']} {package['version']}: {found['id']} (fixed in {', '.join(found['fix_versions']) or '-'})"
        for package in packages
        for found in package.get("vulns", [])
    ]


def main() -> int:
    unaudited = [f"everything in {LOCK}"]
    for service in SERVICES:
        packages = report(service)
        if isinstance(packages, str):
            print(f"audit: {service} could not be asked: {packages}")
            continue
        if findings := vulnerable(packages):
            print("audit: VULNERABLE\n  " + "\n  ".join(findings))
            return 1
        skipped = [package["name"] for package in packages if "skip_reason" in package]
        print(f"audit: {service} answered for {len(packages) - len(skipped)} of {len(packages)} packages")
        unaudited = skipped if len(skipped) < len(packages) else unaudited
        if not skipped:
            print("audit: no known vulnerability")
            return 0
    print(f"audit: NOT AUDITED, no advisory service answered for: {', '.join(unaudited)}")
    return 1 if os.environ.get("AUDIT_REQUIRED") == "1" else 0


if __name__ == "__main__":
    sys.exit(main())
