import re

from domain.discrepancy import PAYMENT_KINDS, SETTLEMENT_KINDS, Discrepancy, DiscrepancyKind, Verdict
from domain.identifiers import OrderKey
from domain.money import Money
from domain.reconciliation import Flow, RunCounts

ORDER = OrderKey("shop", "se", "oOne")


def found(
    kind: DiscrepancyKind = DiscrepancyKind.AMOUNT_DIFFERS,
    verdict: Verdict = Verdict.LEFT,
    at_risk: Money | None = None,
) -> Discrepancy:
    return Discrepancy(kind=kind, order=ORDER, payment_id="pOne", verdict=verdict, at_risk=at_risk)


def test_every_kind_has_a_name_that_can_be_an_anchor_and_a_label() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", kind) for kind in DiscrepancyKind)


def test_every_kind_is_found_either_on_payments_or_in_settlements() -> None:
    assert set(DiscrepancyKind) == PAYMENT_KINDS | SETTLEMENT_KINDS
    assert not PAYMENT_KINDS & SETTLEMENT_KINDS


def test_money_at_risk_is_summed_per_currency_as_long_as_it_is_not_mended() -> None:
    counts = RunCounts()
    counts.count(found(at_risk=Money(100, "SEK")))
    counts.count(found(at_risk=Money(50, "SEK"), verdict=Verdict.WOULD_MEND))
    counts.count(found(at_risk=Money(7, "EUR")))
    counts.count(found(at_risk=Money(9, "EUR"), verdict=Verdict.MENDED))
    assert counts.at_risk == {"SEK": 150, "EUR": 7}


def test_counts_of_parts_add_up_to_those_of_the_whole() -> None:
    whole, first, second = RunCounts(), RunCounts(done=3, compared=2), RunCounts(done=4, compared=4, failed=1)
    first.count(found(verdict=Verdict.MENDED))
    second.count(found(verdict=Verdict.LEFT))
    first.requests["qliro"] = 2
    second.requests["qliro"] = 4
    whole.add(first)
    whole.add(second)
    assert (whole.done, whole.compared, whole.failed, whole.requests["qliro"]) == (7, 6, 1, 6)
    assert whole.by_kind() == {DiscrepancyKind.AMOUNT_DIFFERS: 2}
    assert (whole.of(Verdict.MENDED), whole.of(Verdict.LEFT)) == (1, 1)


def test_what_was_taken_from_pay_outs_stays_negative_in_the_whole() -> None:
    whole, part = RunCounts(), RunCounts()
    part.flows.update({(Flow.CAPTURED, "SEK"): 500, (Flow.FEES, "SEK"): -20, (Flow.REFUNDED, "NOK"): -7})
    whole.add(part)
    whole.add(part)
    assert whole.flows == {(Flow.CAPTURED, "SEK"): 1000, (Flow.FEES, "SEK"): -40, (Flow.REFUNDED, "NOK"): -14}


def test_a_run_is_clean_when_nothing_is_left_and_nothing_failed() -> None:
    counts = RunCounts()
    assert counts.clean
    counts.count(found(verdict=Verdict.MENDED))
    assert counts.clean
    assert not RunCounts(failed=1).clean
    counts.count(found(verdict=Verdict.WOULD_MEND))
    assert not counts.clean
