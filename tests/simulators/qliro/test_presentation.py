"""How the checkout looks, whom it lets in and what it asks: refused when malformed, shown when taken."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import async_playwright, expect

from adapters.simulators.qliro.errors import ApiError
from tests.simulators.qliro.bench import Bench, code
from tests.simulators.qliro.test_embedded_checkout import ARGUMENTS, CHROMIUM, Shop

ORDERS = "/checkout/merchantapi/Orders"
KNOWN = {
    "PersonalNumber": "790625-5307",
    "Email": "agda@example.com",
    "MobileNumber": "+46701234567",
    "JuridicalType": "Physical",
    "Address": {"FirstName": "Agda", "Street": "Testgatan 1", "PostalCode": "11122", "City": "Stockholm"},
    "ShippingAddress": {"FirstName": "Agda", "Street": "Byn 2", "City": "Kiruna"},
}
LOYALTY = {"Provider": "Voyado", "Club": 7}
EVERYTHING: dict[str, Any] = {
    "PrimaryColor": "#112233",
    "BackgroundColor": "#F5F5F5",
    "CallToActionColor": "#00AA88",
    "CallToActionHoverColor": "#008866",
    "CornerRadius": 3,
    "ButtonCornerRadius": 0,
    "MinimumCustomerAge": 18,
    "RequireIdentityVerification": True,
    "EnforcedJuridicalType": "Physical",
    "MerchantConstraintName": "no-invoice",
    "AskForNewsletterSignup": True,
    "AskForNewsletterSignupChecked": True,
    "AskForNewsletterSignupText": "Ja, skicka nyheter!",
    "LoyaltyConfiguration": LOYALTY,
    "CustomerInformation": KNOWN,
}


@pytest.mark.parametrize(
    "field",
    [
        {"PrimaryColor": "#FFF"},
        {"BackgroundColor": "112233"},
        {"CallToActionColor": "#11223344"},
        {"CornerRadius": 1001},
        {"ButtonCornerRadius": -1},
        {"CornerRadius": 4.5},
        {"CornerRadius": "4"},
        {"MinimumCustomerAge": "18"},
        {"MinimumCustomerAge": -1},
        {"RequireIdentityVerification": "true"},
        {"RequireIdentityVerification": True, "Country": "NO", "Currency": "NOK", "Language": "nb-no"},
        {"EnforcedJuridicalType": "company"},
        {"EnforcedJuridicalType": "OrderCustomerType"},
        {"MerchantConstraintName": "x" * 101},
        {"AskForNewsletterSignup": 1},
        {"AskForNewsletterSignupText": "x" * 51},
        {"AskForNewsletterSignupText": " Ja"},
        {"AskForNewsletterSignupText": "Ja_tack"},
        {"AskForNewsletterSignupText": "50 %"},
        {"LoyaltyConfiguration": "Voyado"},
        {"LoyaltyConfiguration": []},
        {"CustomerInformation": {**KNOWN, "JuridicalType": "person"}},
        {"CustomerInformation": {**KNOWN, "Email": "nobody"}},
        {"CustomerInformation": {**KNOWN, "Email": "a***@example.com"}},
        {"CustomerInformation": {**KNOWN, "PersonalNumber": "790625-****"}},
        {"CustomerInformation": {**KNOWN, "Address": {"FirstName": "A***"}}},
        {"CustomerInformation": {**KNOWN, "ShippingAddress": {"City": ""}}},
        {"CustomerInformation": {**KNOWN, "Address": {"Street2": "x" * 41}}},
    ],
)
async def test_a_malformed_wish_is_refused_by_name(bench: Bench, field: dict[str, Any]) -> None:
    status, answer = await bench.send("POST", ORDERS, bench.order_body(**field))
    assert (status, code(answer)) == (400, "INVALID_INPUT")
    assert next(iter(field)) in answer["ErrorMessage"]


async def test_everything_at_once_is_taken(bench: Bench) -> None:
    order_id = await bench.create(**EVERYTHING)
    assert {name: bench.sim.order(order_id).request[name] for name in EVERYTHING} == EVERYTHING


@pytest.mark.parametrize(
    ("wish", "person", "reason"),
    [
        ({"EnforcedJuridicalType": "Physical"}, "company:approved", "wrong_type"),
        ({"EnforcedJuridicalType": "Company"}, "approved", "wrong_type"),
        ({"MinimumCustomerAge": 0}, "company:approved", "companies can't buy here"),
        ({"MinimumCustomerAge": 90}, "approved", "too_young"),
    ],
)
async def test_whom_the_merchant_does_not_want_cannot_buy(
    bench: Bench, wish: dict[str, Any], person: str, reason: str
) -> None:
    order_id = await bench.create(**wish)
    with pytest.raises(ApiError, match=reason):
        await bench.sim.buy(order_id, person=person)


@pytest.mark.parametrize(
    ("wish", "person"),
    [
        ({"EnforcedJuridicalType": "Physical"}, "approved"),
        ({"EnforcedJuridicalType": "Company"}, "company:approved"),
        ({"MinimumCustomerAge": 18}, "approved"),
    ],
)
async def test_whom_the_merchant_wants_can(bench: Bench, wish: dict[str, Any], person: str) -> None:
    order_id = await bench.create(**wish)
    await bench.sim.buy(order_id, person=person)
    assert bench.sim.order(order_id).paid


@pytest.mark.parametrize(
    ("asked", "answer", "told"),
    [
        ({}, True, None),
        ({"AskForNewsletterSignup": True}, None, False),
        ({"AskForNewsletterSignup": True}, True, True),
        ({"AskForNewsletterSignup": True, "AskForNewsletterSignupChecked": True}, None, True),
        ({"AskForNewsletterSignup": True, "AskForNewsletterSignupChecked": True}, False, False),
    ],
)
async def test_the_answer_about_the_newsletter_is_told_where_it_was_asked(
    bench: Bench, asked: dict[str, Any], answer: bool | None, told: bool | None
) -> None:
    order_id = await bench.create(**asked)
    await bench.sim.buy(order_id, newsletter=answer)
    _, order = await bench.send("GET", f"{ORDERS}/{order_id}")
    assert order["SignupForNewsletter"] is told


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
class TestThePage:
    """In a browser."""

    @pytest.fixture
    async def shop(self, bench: Bench) -> AsyncIterator[Shop]:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            page = await browser.new_page(viewport={"width": 900, "height": 1400})
            page.set_default_timeout(10_000)
            made = Shop(bench, page)
            runner = await made.start()
            yield made
            await browser.close()
            await runner.cleanup()

    async def test_it_shows_everything_that_was_asked_for(self, shop: Shop) -> None:
        await shop.open(**EVERYTHING)
        await expect(shop.at("customer-type")).to_have_attribute("data-type", "Physical")
        await expect(shop.at("minimum-age")).to_have_attribute("data-age", "18")
        await expect(shop.at("identity-check")).to_be_visible()
        await expect(shop.at("loyalty")).to_have_attribute("data-configuration", '{"Provider":"Voyado","Club":7}')
        await expect(shop.at("known-address")).to_contain_text("Testgatan 1")
        await expect(shop.at("known-delivery")).to_contain_text("Kiruna")
        await expect(shop.at("known-mobile")).to_have_text("+46701234567")
        for name, value in (
            ("email", "agda@example.com"),
            ("postal-code", "11122"),
            ("personal-number", "790625-5307"),
        ):
            await expect(shop.at(name)).to_have_value(value)
        await expect(shop.at("newsletter")).to_be_checked()
        await expect(shop.at("customer-form")).to_contain_text("Ja, skicka nyheter!")
        assert await shop.at("company-approved").count() == 0

    async def test_it_wears_the_merchants_colours_and_corners(self, shop: Shop) -> None:
        await shop.open(**EVERYTHING)
        button, box, title = shop.at("identify"), shop.at("customer"), shop.at("customer").locator("h2")
        await expect(button).to_have_css("background-color", "rgb(0, 170, 136)")
        await expect(button).to_have_css("border-radius", "0px")
        await expect(box).to_have_css("border-radius", "3px")
        await expect(title).to_have_css("color", "rgb(17, 34, 51)")
        await button.hover()
        await expect(button).to_have_css("background-color", "rgb(0, 136, 102)")

    async def test_a_known_customer_only_has_to_go_on(self, shop: Shop) -> None:
        await shop.open(**EVERYTHING)
        await shop.at("newsletter").uncheck()
        await shop.at("identify").click()
        await shop.at("customer-email").wait_for()
        assert shop.bench.sim.order(shop.order_id).newsletter is False

    async def test_it_says_why_somebody_is_not_let_in(self, shop: Shop) -> None:
        await shop.open(MinimumCustomerAge=90)
        await shop.at("person-approved").click()
        await shop.at("identify").click()
        await expect(shop.at("error")).to_contain_text("för ung")

    async def test_without_wishes_it_asks_for_nothing(self, shop: Shop) -> None:
        await shop.open()
        await shop.at("identify").wait_for()
        for name in ("customer-type", "minimum-age", "identity-check", "loyalty", "known-customer", "newsletter"):
            assert await shop.at(name).count() == 0
