import json

import pytest

from adapters.qliro.signing import authorization, token_for
from application.ports.configurations import Secret
from tests.golden import golden

VECTORS = json.loads(golden("qliro/signing.json"))


@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
def test_the_digest_covers_the_bytes_and_the_secret(vector: dict[str, str]) -> None:
    secret = Secret(vector["secret"])
    assert token_for(vector["body"].encode(), secret) == vector["token"]
    assert authorization(vector["body"].encode(), secret) == f"Qliro {vector['token']}"


def test_other_bytes_of_the_same_text_have_another_digest() -> None:
    secret = Secret("TestSecret123")
    assert token_for("ö".encode(), secret) != token_for(b"\\u00f6", secret)
