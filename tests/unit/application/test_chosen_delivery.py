"""Whatever delivery rows Qliro's order ends with: one shipping in Norce, worth exactly as much."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from application.chosen_delivery import confirmed_delivery, delivery_rows, settled_already
from application.ports.configurations import IntegratedShipping, MerchantConfiguration
from application.ports.platform import PickupAddress, ShippingDraft
from application.shipping_event import BOOKED_AT
from domain.checkout import CheckoutLine, CheckoutStatus, LineType, PickupAgent, ProviderCheckout
from domain.order import ADAPTER_ID, OrderShipping, Price
from domain.vat import net
from tests.fakes.configurations import a_configuration
from tests.unit.application.world import an_order

ORDER = replace(an_order(), shippings=())
CONFIGURATION = replace(a_configuration(ORDER.key.tenant), use_integrated_shipping=True)
AGENT = PickupAgent("SE-7", "Kiosken", "Torget 1", "961 61", "Boden")
PICKUP = CheckoutLine(
    "pickup-fee", "Till ombud", LineType.SHIPPING, 1, 4_900, 3_917, shipping_method="pickup",
    secondary_option="SE-7", shipping_provider="Ingrid", service_id="pn-19", agent=AGENT,
)  # fmt: skip
SMS = CheckoutLine("sms", "Sms", LineType.SHIPPING, 1, 900, 720)
GOODS = CheckoutLine("SKU-1", "Cap", LineType.PRODUCT, 2, 24_900, 19_920)
INVOICE_FEE = CheckoutLine("fee", "Fakturaavgift", LineType.FEE, 1, 2_900, 2_320)


def checkout(*lines: CheckoutLine) -> ProviderCheckout:
    return ProviderCheckout(
        provider_order_id=1,
        merchant_reference="m",
        status=CheckoutStatus.COMPLETED,
        currency="SEK",
        country="SE",
        language="sv-se",
        total=sum(line.price_inc * line.quantity for line in lines),
        lines=lines,
        snippet="",
    )


def draft(
    *lines: CheckoutLine,
    current: OrderShipping | None = None,
    configuration: MerchantConfiguration = CONFIGURATION,
) -> ShippingDraft | None:
    return confirmed_delivery(ORDER, checkout(*lines), configuration, current=current, state="confirmed")


def shown(made: ShippingDraft) -> OrderShipping:
    """Norce's shipping after the draft was written."""
    return OrderShipping(
        id="s1",
        adapter_id=ADAPTER_ID,
        state=made.state,
        reference=made.reference,
        name=made.name,
        total=made.total,
        vat_rate=made.vat_rate,
        carrier_product_id=made.carrier_product_id,
        pickup_reference=made.pickup_reference,
        pickup_name=made.pickup_name,
        attributes={name: value for name, value in made.attributes.items() if value is not None},
    )


def test_the_row_is_taken_over_with_its_place_and_the_real_rate() -> None:
    made = draft(GOODS, PICKUP, INVOICE_FEE)
    assert made is not None
    assert (made.reference, made.name, made.total, made.vat_rate) == (
        "pickup",
        "Till ombud",
        Price(4_900, 3_917),
        2_500,
    )
    assert (made.pickup_reference, made.pickup_name) == ("SE-7", "Kiosken")
    assert made.pickup_address == PickupAddress("Torget 1", "961 61", "Boden")
    assert made.carrier_product_id == "pn-19"
    assert settled_already(shown(made), made)


def test_split_rows_and_fees_that_name_the_delivery_are_one() -> None:
    fee = replace_line(SMS, type=LineType.FEE, shipping_method="pickup")
    for part in (SMS, fee):
        made = draft(GOODS, PICKUP, part, INVOICE_FEE)
        assert made is not None
        assert (made.reference, made.total, made.vat_rate) == ("pickup", Price(5_800, 4_637), 2_500)


def test_parts_of_unlike_rates_have_the_rate_of_their_sum() -> None:
    book_post = replace_line(SMS, price_inc=1_060, price_ex=1_000)
    made = draft(PICKUP, book_post)
    assert made is not None
    assert (made.total, made.vat_rate) == (Price(5_960, 4_917), 2_121)


def test_rates_of_the_configuration_go_before_those_of_the_cart() -> None:
    odd = replace(CONFIGURATION, integrated_shipping=IntegratedShipping(vat_rates=(2_510,)))
    made = draft(PICKUP, configuration=odd)
    assert made is not None
    assert made.vat_rate == 2_510


def test_a_free_delivery_is_a_delivery() -> None:
    made = draft(GOODS, replace_line(PICKUP, price_inc=0, price_ex=0))
    assert made is not None
    assert (made.reference, made.total, made.vat_rate) == ("pickup", Price(0, 0), 0)


def test_what_the_browser_told_is_kept_for_the_same_delivery_and_place() -> None:
    told = replace(shown(made_of(PICKUP)), name="PostNord ombud", pickup_name="ICA", attributes={"qliroX": 1})
    made = made_of(PICKUP, current=told)
    assert (made.name, made.pickup_name, made.addons) == ("PostNord ombud", "ICA", None)
    elsewhere = made_of(replace_line(PICKUP, secondary_option="SE-8"), current=told)
    assert elsewhere.pickup_name == "Kiosken"


def test_what_was_known_of_another_delivery_is_forgotten() -> None:
    told = replace(shown(made_of(PICKUP)), reference="home", name="Hem")
    made = made_of(PICKUP, current=told)
    assert (made.name, made.addons) == ("Till ombud", ())
    assert made.attributes["qliroShippingServices"] is None
    assert made.attributes["qliroPickupDescription"] is None


def test_a_delivery_without_a_row_costs_nothing_but_only_when_qliro_still_tells_rows() -> None:
    told = shown(made_of(PICKUP))
    gone = draft(GOODS, current=told)
    assert gone is not None
    assert (gone.reference, gone.total, gone.pickup_reference) == ("pickup", Price(0, 0), "SE-7")
    assert draft(current=told) is None
    assert draft(GOODS) is None


def test_what_was_booked_is_not_taken_back() -> None:
    told = shown(made_of(PICKUP))
    booked = replace(told, carrier_product_id="dhl", attributes={**told.attributes, BOOKED_AT: "2026"})
    again = made_of(PICKUP, current=booked)
    assert again.carrier_product_id is None
    assert settled_already(booked, again)


def made_of(line: CheckoutLine, *, current: OrderShipping | None = None) -> ShippingDraft:
    made = draft(GOODS, line, current=current)
    assert made is not None
    return made


def replace_line(line: CheckoutLine, **members: object) -> CheckoutLine:
    return line._replace(**members)  # type: ignore[arg-type]


@st.composite
def delivery_lines(draw: st.DrawFn) -> CheckoutLine:
    inc, rate = draw(st.integers(0, 50_000)), draw(st.sampled_from([0, 600, 1200, 2500]))
    ex = max(0, min(inc, net(inc, rate) + draw(st.integers(-2, 2))))
    fee = draw(st.booleans())
    method = draw(st.sampled_from(["a", "b"])) if fee else draw(st.sampled_from(["a", "b", None]))
    kind = LineType.FEE if fee else LineType.SHIPPING
    quantity = draw(st.integers(1, 3))
    return CheckoutLine(draw(st.sampled_from("xyz")), "d", kind, quantity, inc, ex, shipping_method=method)


@settings(max_examples=300)
@given(st.lists(delivery_lines(), min_size=1, max_size=5), st.booleans(), st.booleans())
def test_norce_shows_exactly_what_qliros_delivery_costs(lines: list[CheckoutLine], fee: bool, known: bool) -> None:
    rows = (GOODS, *lines, *((INVOICE_FEE,) if fee else ()))
    current = shown(made_of(PICKUP)) if known else None
    made = draft(*rows, current=current)
    assert made is not None
    assert delivery_rows(checkout(*rows)) == tuple(lines)
    assert made.total.including_vat == sum(line.price_inc * line.quantity for line in lines)
    assert made.total.excluding_vat == sum(line.price_ex * line.quantity for line in lines)
    assert 0 <= made.vat_rate <= 10_000
    again = draft(*rows, current=shown(made))
    assert again is not None
    assert settled_already(shown(made), again)
