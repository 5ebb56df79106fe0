"""Whatever is damaged in a document, reading it ends in an answer or in the error that callers expect."""

import json
import time
from collections.abc import Callable

import pytest

from adapters.norce.configuration_document import ConfigurationRules, parse_configuration
from adapters.norce.mapping import decode_order, order_answered
from adapters.qliro.checkout_mapping import checkout_answered
from adapters.qliro.errors import error_for, outcome_for
from adapters.qliro.ledger_mapping import ledger_answered
from adapters.qliro.outcome_mapping import outcome_answered
from adapters.qliro.settlement_mapping import entries_answered, pay_outs_answered
from domain.errors import (
    AdapterError,
    ConfigurationInvalid,
    LedgerDisagrees,
    OrderUnavailable,
    ProviderError,
    ProviderUnavailable,
    ValidationRefused,
)
from domain.identifiers import OrderKey, Tenant
from tests.golden import golden
from tests.unit.adapters.damage import damaged
from tests.unit.adapters.norce.test_configuration_document import FULL_GROUPS
from tests.unit.adapters.qliro.test_errors import a_reply

TENANT = Tenant("friluft", "se-web")
KEY = OrderKey("friluft", "se-web", "oHkTwPqZ")
RULES = ConfigurationRules(qliro_hosts=frozenset({"https://payments.qit.nu"}))
RECEIVED = b'{"PaymentTransactions":[{"PaymentTransactionId":7,"Status":"Created"}]}'
REFUSED = b'{"ErrorCode":"INVALID_ITEM","ErrorMessage":"Evaluation, No","ErrorReference":"r"}'


CASES: dict[str, tuple[bytes, Callable[[bytes], object], tuple[type[AdapterError], ...]]] = {
    "order sent by a caller": (
        golden("norce/order-full.json"),
        lambda raw: decode_order(raw, TENANT),
        (ValidationRefused,),
    ),
    "order answered by Norce": (
        golden("norce/order-full.json"),
        lambda raw: order_answered(raw, KEY),
        (OrderUnavailable,),
    ),
    "checkout": (golden("qliro/checkout-completed.json"), checkout_answered, (ProviderUnavailable,)),
    "ledger": (golden("qliro/admin-order.json"), ledger_answered, (ProviderUnavailable, LedgerDisagrees)),
    "settlements": (
        golden("qliro/settlements.json"),
        lambda raw: list(entries_answered(raw)),
        (ProviderUnavailable,),
    ),
    "settlement batches": (golden("qliro/settlement-batches.json"), pay_outs_answered, (ProviderUnavailable,)),
    "receipt": (RECEIVED, outcome_answered, ()),
    "error": (REFUSED, lambda raw: error_for(a_reply(400, raw)), ()),
    "refused money": (REFUSED, lambda raw: outcome_for(a_reply(400, raw)), ()),
    "configuration": (
        json.dumps(FULL_GROUPS).encode(),
        lambda raw: parse_configuration(raw, TENANT, RULES),
        (ConfigurationInvalid,),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_no_damage_surprises(case: str) -> None:
    raw, read, expected = CASES[case]
    read(raw)
    for done, document in damaged(raw):
        started = time.process_time()
        try:
            read(document)
        except expected:
            pass
        except Exception as surprise:
            surprise.add_note(done)
            raise
        assert time.process_time() - started < 1, done


@pytest.mark.parametrize("case", CASES)
def test_no_cut_surprises(case: str) -> None:
    raw, read, expected = CASES[case]
    for length in range(0, len(raw), max(1, len(raw) // 200)):
        try:
            read(raw[:length])
        except expected:
            pass
        except Exception as surprise:
            surprise.add_note(f"cut at {length}")
            raise


def test_nothing_read_from_qliro_holds_a_nul() -> None:
    """The database would refuse it long after the money moved."""
    fault = error_for(a_reply(400, REFUSED.replace(b"No", b"N\\u0000o"))).fault
    assert fault.messages == ("No",)
    for read, raw in ((checkout_answered, CASES["checkout"][0]), (ledger_answered, CASES["ledger"][0])):
        with pytest.raises(ProviderUnavailable):
            read(raw.replace(b"oHkTwPqZ-1", b"a\\u0000b"))


def test_the_expected_errors_are_published_ones() -> None:
    assert issubclass(ProviderUnavailable, ProviderError)
    codes = {error.code for _, _, errors in CASES.values() for error in errors}
    assert codes == {"order-validation", "order-error", "qliro-error", "payment-error", "configuration-error"}
