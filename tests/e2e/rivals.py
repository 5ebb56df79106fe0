"""Two merchants on one adapter: what one of them suffers or tries must be nothing to the other."""

import copy

import aiohttp

from entrypoints.cli.sandbox import KEY, Sandbox
from tests.e2e.shop import Shop

RIVAL = "rival"
RIVAL_KEY = "rival-inbound-key"
OWN_KEY = "own-inbound-key"
INBOUND_KEYS = f"{KEY},sandbox:{OWN_KEY},{RIVAL}:{RIVAL_KEY}"


def rival_of(shop: Shop) -> Shop:
    """Another merchant with a channel of the same name, at the same Norce, with an account of its own at Qliro."""
    document = copy.deepcopy(shop.norce.configurations[(shop.merchant, shop.channel)]["qliro_checkout_adapter"])
    document["apiSettings"] |= {"merchantApiKey": "shipping-key", "merchantApiSecret": "shipping-secret"}
    shop.norce.set_configuration(RIVAL, shop.channel, document)
    return Shop(shop.sandbox, shop.http, shop.database_url, merchant=RIVAL, channel=shop.channel)


def two_shops(sandbox: Sandbox, http: aiohttp.ClientSession, database_url: str) -> tuple[Shop, Shop]:
    """The quiet one and its rival."""
    quiet = Shop(sandbox, http, database_url)
    return quiet, rival_of(quiet)


def norce_hangs(rival: Shop, seconds: float) -> None:
    """Everything that Norce is asked for the rival is answered that late, from now on."""
    rule = {"match": {"merchant": rival.merchant}, "times": None, "action": {"kind": "latency", "seconds": seconds}}
    rival.norce.faults.add(rule)
