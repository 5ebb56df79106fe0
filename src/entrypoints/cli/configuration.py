"""A merchant's configuration, looked at before it is saved."""

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from entrypoints.cli.usage import WrongUsage

app = App(name="configuration", help="A merchant's configuration.", result_action="return_value")
MOST_BYTES = 4_000_000


@app.command
def check(
    file: Annotated[
        str, Parameter(name="FILE", allow_leading_hyphen=True, help="A JSON file, or - for standard input.")
    ],
    /,
    *,
    format: Annotated[Literal["text", "json"], Parameter(help="`text` or `json`.")] = "text",
) -> int:
    """Say everything that is wrong with a configuration and what it means; asks nobody.

    FILE holds one configuration, or a channel's list of them as Norce's Configuration API answers it.
    Exit status: 0 usable, 1 not usable, 2 not readable.
    """
    from adapters.norce.configuration_document import ConfigurationRules
    from entrypoints.cli.configuration_shown import show_json, show_text
    from entrypoints.configuration_check import NoJson, check_all
    from entrypoints.settings import load

    settings = load()
    rules = ConfigurationRules(qliro_hosts=settings.qliro_origins(), public_url=settings.public_url)
    try:
        checked = check_all(_content(file), rules)
    except NoJson as cause:
        raise WrongUsage(f"{file} holds no JSON: {cause}") from None
    (show_json if format == "json" else show_text)(checked)
    return 1 if any(one.errors for one in checked) else 0


def _content(file: str) -> bytes:
    try:
        if file == "-":
            raw = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                raw = opened.read(MOST_BYTES + 1)
    except OSError as cause:
        raise WrongUsage(f"{file} cannot be read: {cause.strerror}") from None
    if len(raw) > MOST_BYTES:
        raise WrongUsage(f"{file} is larger than {MOST_BYTES} bytes.")
    return raw
