"""Print the OpenAPI document."""

import sys

from entrypoints.http.openapi import openapi_json, openapi_yaml


def print_openapi(*, yaml: bool = False) -> int:
    """Write it to standard output as UTF-8, whatever the terminal's encoding."""
    sys.stdout.flush()
    sys.stdout.buffer.write((openapi_yaml() if yaml else openapi_json()).rstrip() + b"\n")
    sys.stdout.buffer.flush()
    return 0
