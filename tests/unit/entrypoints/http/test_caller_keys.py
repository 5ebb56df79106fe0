"""Who may call, and what it costs to find out when very many merchants have keys of their own."""

import hmac
import sys
from collections.abc import Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from application.ports.configurations import Secret
from domain.errors import CallerUnauthorized
from entrypoints.http.auth import CallerKeys

KEYS: tuple[tuple[str | None, Secret], ...] = (
    (None, Secret("everybody's")),
    ("one", Secret("one's")),
    ("one", Secret("one's next")),
    ("two", Secret("two's")),
)


def request(key: str) -> web.Request:
    return make_mocked_request("GET", "/", headers={"Authorization": f"Bearer {key}"})


@pytest.mark.parametrize(
    ("key", "merchant"),
    [("everybody's", "one"), ("everybody's", "three"), ("one's", "one"), ("one's next", "one"), ("two's", "two")],
)
def test_a_key_opens_what_it_is_good_for(key: str, merchant: str) -> None:
    CallerKeys(KEYS).require(request(key), merchant)


@pytest.mark.parametrize(
    ("key", "merchant"), [("one's", "two"), ("two's", "one"), ("one's", "three"), ("nobody's", "one"), ("", "one")]
)
def test_any_other_key_opens_nothing(key: str, merchant: str) -> None:
    with pytest.raises(CallerUnauthorized):
        CallerKeys(KEYS).require(request(key), merchant)


def test_an_empty_key_that_is_configured_opens_nothing() -> None:
    with pytest.raises(CallerUnauthorized):
        CallerKeys([(None, Secret("")), ("one", Secret(""))]).require(request(""), "one")


def test_other_merchants_keys_cost_a_request_nothing() -> None:
    keys = CallerKeys([*KEYS, *((f"merchant-{n}", Secret(f"key-{n}")) for n in range(1_000))])
    asked = request("one's")
    assert comparisons(lambda: keys.require(asked, "one")) == 3


def comparisons(act: Callable[[], None]) -> int:
    """How many keys are compared."""
    seen = 0

    def count(_: object, event: str, argument: object) -> None:
        nonlocal seen
        seen += event == "c_call" and argument is hmac.compare_digest

    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(None)
    return seen
