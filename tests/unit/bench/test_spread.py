"""Requests of very many merchants."""

from bench.costs import Cost
from bench.shops import many, settings_for
from bench.spread import Spread, reading

from entrypoints.settings import load


def spread(merchants: int, *, first: float, later: float) -> Spread:
    made = Spread(merchants, first=first)
    made.endpoints["get"] = Cost([later + 50, later])
    return made


def test_reading_a_configuration_is_what_the_first_pass_cost_beyond_a_new_process() -> None:
    one = spread(1, first=400, later=300)
    assert reading(one, spread(1_000, first=1_000, later=301)) == (699 - 100) / (1 - 1 / 1_000)


def test_every_merchant_has_keys_of_its_own_that_the_adapter_knows() -> None:
    shops = many(3)
    environment = {f"ADAPTER_{name.upper()}": value for name, value in settings_for(shops).items()}
    settings = load(environment, dotenv=None)
    bound = {merchant: key.reveal() for merchant, key in settings.inbound() if merchant}
    assert bound == {shop.name: shop.key for shop in shops}
    assert {name: token.reveal() for name, token in settings.tokens().items()} == {
        shop.name: shop.norce_token for shop in shops
    }
    for member in ("name", "key", "norce_token", "api_key", "api_secret"):
        assert len({getattr(shop, member) for shop in shops}) == 3
