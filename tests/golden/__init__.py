"""Documents as they travel, written by hand from the contracts: what both sides must agree on."""

from pathlib import Path


def golden(name: str) -> bytes:
    """The document `<upstream>/<file>`, byte for byte but for the newline at its end."""
    return (Path(__file__).parent / name).read_bytes().rstrip(b"\n")
