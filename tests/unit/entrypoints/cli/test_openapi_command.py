"""The document can be piped."""

import json

import pytest

from entrypoints.cli.openapi import print_openapi


@pytest.mark.parametrize("yaml", [False, True])
def test_the_document_is_printed_whole(capfdbinary: pytest.CaptureFixture[bytes], yaml: bool) -> None:
    assert print_openapi(yaml=yaml) == 0
    printed = capfdbinary.readouterr().out
    assert printed.startswith(b"openapi:") if yaml else json.loads(printed)["openapi"] == "3.1.0"
    assert printed.endswith(b"\n")
