"""A merchant's options, from Norce's Configuration API to what Qliro was sent, and the newsletter's way back."""

import json
from typing import Any

import pytest

from tests.e2e.shop import Order, Shop

LOOK: dict[str, Any] = {
    "primaryColor": "#112233",
    "backgroundColor": "f5f",
    "callToActionColor": "#00AA88",
    "callToActionHoverColor": "#008866",
    "cornerRadius": 0,
    "buttonCornerRadius": 12,
}
SHOWN = {
    "PrimaryColor": "#112233",
    "BackgroundColor": "#ff55ff",
    "CallToActionColor": "#00AA88",
    "CallToActionHoverColor": "#008866",
    "CornerRadius": 0,
    "ButtonCornerRadius": 12,
}


async def sent(shop: Shop, example: str = "b2c_simple", **options: Any) -> dict[str, Any]:
    """What Qliro was asked for by a create with these options."""
    order = await created(shop, example, **options)
    found: dict[str, Any] = order.at_qliro.request
    return found


async def created(shop: Shop, example: str = "b2c_simple", **options: Any) -> Order:
    shop.configure(**options)
    order = shop.order(example)
    answer = await order.create()
    assert answer.status == 200, answer
    return order


def localized(shop: Shop, **texts: Any) -> None:
    document = dict(shop.norce.configurations[(shop.merchant, shop.channel)]["qliro_checkout_adapter"])
    document["localizationOptions"] = texts
    shop.norce.set_configuration(shop.merchant, shop.channel, document)


async def test_every_option_reaches_qliro(shop: Shop) -> None:
    localized(shop, newsletterLocalizations={"sv": "Ja, skicka nyheter!"})
    request = await sent(
        shop,
        **LOOK,
        minimumCustomerAge=18,
        requireIdentityVerification=True,
        enforcedJuridicalType="physical",
        merchantConstraintName="no-invoice",
        askForNewsletterSignup=True,
        askForNewsletterSignupChecked=True,
        loyaltyConfiguration={"Provider": "Voyado", "Factor": 1.25},
    )
    wanted = SHOWN | {
        "MinimumCustomerAge": 18,
        "RequireIdentityVerification": True,
        "EnforcedJuridicalType": "Physical",
        "MerchantConstraintName": "no-invoice",
        "AskForNewsletterSignup": True,
        "AskForNewsletterSignupChecked": True,
        "AskForNewsletterSignupText": "Ja, skicka nyheter!",
    }
    assert {name: request.get(name) for name in wanted} == wanted
    assert {name: float(v) if name == "Factor" else v for name, v in request["LoyaltyConfiguration"].items()} == {
        "Provider": "Voyado",
        "Factor": 1.25,
    }


async def test_without_options_qliro_is_asked_for_nothing_of_the_kind(shop: Shop) -> None:
    request = await sent(shop)
    unset = {*SHOWN, "MinimumCustomerAge", "RequireIdentityVerification", "EnforcedJuridicalType"}
    unset |= {"MerchantConstraintName", "LoyaltyConfiguration"}
    assert unset | {name for name in request if "Newsletter" in name} == unset
    assert unset.isdisjoint(request)


async def test_a_company_order_enforces_companies_when_the_merchant_follows_the_order(shop: Shop) -> None:
    shop.channel = "se-b2b"
    request = await sent(shop, "b2b", enforcedJuridicalType="OrderCustomerType", minimumCustomerAge=18)
    assert request["EnforcedJuridicalType"] == request["CustomerInformation"]["JuridicalType"] == "Company"
    assert "MinimumCustomerAge" not in request


async def test_masked_details_of_the_customer_never_reach_qliro(shop: Shop) -> None:
    order = shop.order("b2c")
    billing = order.doc["customer"]["billing"]
    billing |= {"givenName": "E***", "email": "e***@example.com", "city": "Luleå", "phone": "+467****"}
    assert (await order.create()).status == 200
    information = order.at_qliro.request["CustomerInformation"]
    assert information["Address"]["City"] == "Luleå"
    assert "*" not in str(information)


@pytest.mark.parametrize("answer", [True, False])
async def test_the_newsletters_answer_ticks_norces_consent(shop: Shop, answer: bool) -> None:
    order = await created(shop, "b2c", askForNewsletterSignup=True)
    order.doc["consents"] = [{"id": "newsletter", "text": "Nyhetsbrev", "required": False, "checked": not answer}]
    await order.bought(newsletter=answer)
    assert order.doc["consents"][0]["checked"] is answer
    assert "qliroNewsletterSignup" not in (order.doc["attributes"] or {})


async def test_the_newsletters_answer_is_an_attribute_of_an_order_without_that_consent(shop: Shop) -> None:
    order = await created(shop, "b2c", askForNewsletterSignup=True)
    order.doc["consents"] = []
    await order.bought(newsletter=True)
    assert order.doc["attributes"]["qliroNewsletterSignup"] is True


@pytest.mark.parametrize(
    ("example", "per_row"), [("b2c", False), ("b2c", True), ("indivisible", False), ("indivisible", True)]
)
async def test_both_readings_of_discounts_are_exact_to_the_cent(shop: Shop, example: str, per_row: bool) -> None:
    order = await created(shop, example, mapDiscountPerRow=per_row)
    total = sum(item.total for item in order.at_qliro.items)
    assert total == order.payment["amount"] * 100 == order.total * 100
    await order.bought()
    assert order.payment["amount"] == order.total


async def test_the_carts_reference_is_shortened_and_fresh_for_every_attempt(shop: Shop) -> None:
    shop.configure(merchantReferenceSource="OrderCartReference")
    order = shop.order("b2c_simple")
    order.doc["cart"]["reference"] = "Korg nr 12/34 från appen, med ett långt namn"
    await order.create()
    first = order.at_qliro.request["MerchantReference"]
    await order.remove()
    await order.create()
    second = order.at_qliro.request["MerchantReference"]
    assert first.startswith("Korg-nr-12-34")
    assert second.startswith("Korg-nr-12-34")
    assert first != second
    assert max(len(first), len(second)) <= 25


async def test_texts_follow_the_orders_culture(shop: Shop) -> None:
    localized(shop, discountLocalizations={"sv-FI": "Avdrag"}, voucherLocalizations={"sv": "Tillgodokvitto"})
    order = await created(shop, "b2c")
    told = {item.description for item in order.at_qliro.items if item.kind.value == "Discount"}
    assert told == {"Avdrag"}


async def test_every_wrong_field_of_a_configuration_is_named_to_the_caller(shop: Shop) -> None:
    shop.configure(primaryColor="hemligt-rött", cornerRadius=-1, recurring="ja")
    answer = await shop.order().create()
    assert (answer.status, answer.json["code"]) == (400, "configuration-error")
    told = answer.json["message"]
    assert all(name in told for name in ("options.primaryColor", "options.cornerRadius", "options.recurring"))
    assert "hemligt" not in told


async def test_norce_saves_what_the_adapters_own_schema_accepts_and_nothing_else(shop: Shop) -> None:
    shop.norce.set_modes(validate_schemas=True)
    path = "/checkout/configuration/api/v1/configuration/merchants/sandbox/channels/se/configurations"
    read = await shop.gateway("GET", f"{path}/qliro_checkout_adapter")
    document = json.loads(read.body)
    assert (await shop.gateway("PUT", f"{path}/qliro_checkout_adapter", json=document)).status == 200
    document["options"] |= {"primaryColor": "#1A2B3C", "loyaltyConfiguration": {"Provider": "Klaviyo"}}
    assert (await shop.gateway("PUT", path, json=[document])).status == 200
    for wrong in ({"primaryColor": "red"}, {"merchantReferenceSource": "Cart"}, {"cornerRadius": 1_001}):
        refused = await shop.gateway(
            "PUT", f"{path}/qliro_checkout_adapter", json={**document, "options": document["options"] | wrong}
        )
        assert refused.status == 400
        assert f"options/{next(iter(wrong))}" in refused.json["message"]


async def test_norces_admin_finds_the_adapter(shop: Shop) -> None:
    meta = await shop.adapter("GET", "/openapi/v1/schemas/admin_meta.json", headers={})
    assert (meta.status, meta.json["id"], meta.json["tags"]) == (200, "qliro_checkout_adapter", ["Payment"])
    for name, kind in (("schema", "application/json"), ("imgUrl", "image/svg+xml")):
        async with shop.http.get(meta.json[name]) as answer:
            assert (answer.status, answer.content_type) == (200, kind)


async def test_the_branded_shop_of_the_sandbox_sells(shop: Shop) -> None:
    shop.channel = "se-branded"
    order = shop.order("branded")
    assert (await order.create()).status == 200
    assert order.at_qliro.request["AskForNewsletterSignupText"] == "Ja, jag vill ha vinbrevet!"
    await order.bought(newsletter=True)
    assert order.payment["amount"] == order.total
    assert {consent["id"]: consent["checked"] for consent in order.doc["consents"]}["newsletter"] is True
