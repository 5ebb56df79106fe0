"""What the checkout asks and enforces, in whose words, and where the newsletter's answer ends up."""

from dataclasses import replace
from typing import Any

import pytest

from application.compose_checkout import CheckoutComposer
from application.newsletter import NEWSLETTER_ATTRIBUTE
from application.ports.configurations import EnforcedCustomer, MerchantConfiguration
from application.ports.provider import CheckoutDraft, NewsletterQuestion
from application.texts import DeclineReason, decline_text, discount_text, newsletter_text, voucher_text
from domain.errors import OrderRefused, OrderUnavailable, TranslationMissing
from domain.order import Consent, CustomerType, OrderCustomer, OrderStatus, PurchaseOrder
from tests.fakes.configurations import a_configuration
from tests.unit.application.wiring import PlainAddresses
from tests.unit.application.world import ANNA, World, an_order

ORDER = an_order()
PERSON, COMPANY = CustomerType.PERSON, CustomerType.ORGANIZATION
ENFORCED = EnforcedCustomer


def configured(**members: Any) -> MerchantConfiguration:
    return replace(a_configuration(ORDER.key.tenant), **members)


def draft(order: PurchaseOrder = ORDER, **members: Any) -> CheckoutDraft:
    composer = CheckoutComposer(PlainAddresses())
    basket: Any = object()
    return composer.draft(order, configured(**members), order.key.payment("p1"), basket, "m-1")


def customer(kind: str | None, *, billing: str | None = None) -> PurchaseOrder:
    return replace(ORDER, customer=OrderCustomer(type=kind, billing=replace(ANNA, type=billing)))


@pytest.mark.parametrize(
    ("chosen", "order", "enforced"),
    [
        (None, customer("organization"), None),
        (ENFORCED.PHYSICAL, customer("organization"), PERSON),
        (ENFORCED.COMPANY, customer("person"), COMPANY),
        (ENFORCED.ORDER_CUSTOMER_TYPE, customer("organization"), COMPANY),
        (ENFORCED.ORDER_CUSTOMER_TYPE, customer("person", billing="organization"), PERSON),
        (ENFORCED.ORDER_CUSTOMER_TYPE, customer(None, billing="organization"), COMPANY),
        (ENFORCED.ORDER_CUSTOMER_TYPE, customer("robot"), None),
        (ENFORCED.ORDER_CUSTOMER_TYPE, ORDER, None),
    ],
)
def test_who_may_buy_is_said_by_the_configuration_or_left_to_the_order(
    chosen: EnforcedCustomer | None, order: PurchaseOrder, enforced: CustomerType | None
) -> None:
    assert draft(order, enforced_customer=chosen).enforced_type is enforced


def test_an_age_is_not_asked_of_companies() -> None:
    assert draft(minimum_customer_age=18).minimum_customer_age == 18
    assert draft(minimum_customer_age=18, enforced_customer=ENFORCED.PHYSICAL).minimum_customer_age == 18
    assert draft(minimum_customer_age=18, enforced_customer=ENFORCED.COMPANY).minimum_customer_age is None
    follows = draft(customer("organization"), minimum_customer_age=18, enforced_customer=ENFORCED.ORDER_CUSTOMER_TYPE)
    assert follows.minimum_customer_age is None


def test_the_customer_is_what_the_order_says_when_the_address_does_not() -> None:
    told = draft(customer("organization")).customer
    assert told is not None
    assert told.type == "organization"
    kept = draft(customer(None, billing="person")).customer
    assert kept is not None
    assert kept.type == "person"


def test_the_newsletter_is_asked_only_when_wanted_and_in_the_orders_language() -> None:
    texts = {"sv": "Nyhetsbrev?", "nb-NO": "Nyhetsbrev, ja!"}
    assert draft(newsletter_texts=texts, newsletter_checked=True).newsletter is None
    asked = draft(ask_for_newsletter=True, newsletter_texts=texts, newsletter_checked=True)
    assert asked.newsletter == NewsletterQuestion(checked=True, text="Nyhetsbrev?")
    finnish = replace(ORDER, culture="fi-FI")
    assert draft(finnish, ask_for_newsletter=True, newsletter_texts=texts).newsletter == NewsletterQuestion()


def test_the_loyalty_configuration_is_handed_on_as_it_is() -> None:
    loyalty = {"Provider": "Voyado", "nested": {"a": [1, None]}}
    assert draft(loyalty_configuration=loyalty).loyalty == loyalty
    assert draft().loyalty is None


OWN = {"fi": "Alennus!", "sv-FI": "Rabatt (FI)", "sv": "Rabatt!", "sv-SE": "Rabatt (SE)", "de-AT": "Nachlass"}


@pytest.mark.parametrize(
    ("culture", "text"),
    [
        ("sv-SE", "Rabatt (SE)"),
        ("SV-se", "Rabatt (SE)"),
        ("sv_FI", "Rabatt (FI)"),
        ("sv-AX", "Rabatt!"),
        ("fi-FI", "Alennus!"),
        ("de-DE", "Nachlass"),
        ("da-DK", "Rabat"),
        ("nn-NO", "Rabatt"),
        ("en-GB", "Discount"),
    ],
)
def test_a_text_is_looked_for_by_culture_then_language_then_another_culture_then_built_in(
    culture: str, text: str
) -> None:
    assert discount_text(configured(discount_texts=OWN), culture) == text


@pytest.mark.parametrize("key", ["no", "nb", "nn", "no-NO", "nb-NO", "nn-NO"])
@pytest.mark.parametrize("culture", ["no", "nb-NO", "nn-NO"])
def test_every_spelling_of_norwegian_finds_every_other(key: str, culture: str) -> None:
    assert voucher_text(configured(voucher_texts={key: "Kort"}), culture) == "Kort"


def test_a_language_that_nobody_speaks_is_missing() -> None:
    for ask in (discount_text, voucher_text):
        with pytest.raises(TranslationMissing, match="pl-PL"):
            ask(configured(discount_texts=OWN, voucher_texts=OWN), "pl-PL")
    assert newsletter_text(configured(newsletter_texts=OWN), "pl-PL") is None


def test_a_decline_is_told_reason_by_reason() -> None:
    own = {"sv": {"outOfStock": "Slut.", "tryAgain": "Igen."}, "sv-SE": {"OutOfStock": "Slut i Sverige."}}
    configuration = configured(decline_texts=own)
    assert decline_text(configuration, "sv-SE", DeclineReason.OUT_OF_STOCK) == "Slut i Sverige."
    assert decline_text(configuration, "sv-SE", DeclineReason.TRY_AGAIN) == "Igen."
    assert decline_text(configuration, "sv-SE", DeclineReason.CART_CHANGED).startswith("Varukorgen")
    assert decline_text(configuration, "pl-PL", DeclineReason.CART_CHANGED).startswith("The cart")


class TestTheNewslettersAnswer:
    """Bought with an answer, told to Norce once."""

    @staticmethod
    async def bought(answer: bool | None, **members: Any) -> World:
        world = World(an_order(**members))
        await world.start()
        assert await world.validate() is None
        world.at_qliro.newsletter = answer
        world.provider.buy(world.qliro_id)
        await world.push()
        return world

    @pytest.mark.parametrize("answer", [True, False])
    async def test_it_ticks_or_unticks_the_consent(self, answer: bool) -> None:
        consents = (Consent("terms", True), Consent("shop-Newsletter-weekly", False), Consent("Newsletter", not answer))
        world = await self.bought(answer, consents=consents)
        assert world.order.consents == (*consents[:2], Consent("Newsletter", answer))
        assert world.order.attributes == {}

    async def test_it_is_an_attribute_where_there_is_no_such_consent(self) -> None:
        world = await self.bought(True, consents=(Consent("terms", True),), attributes={"theirs": 1})
        assert world.order.attributes == {"theirs": 1, NEWSLETTER_ATTRIBUTE: True}

    async def test_nothing_is_written_when_nothing_was_asked(self) -> None:
        world = await self.bought(None, consents=(Consent("newsletter", True),))
        assert not world.platform.written("check_consent")
        assert not world.platform.written("set_attributes")

    async def test_it_is_written_once_however_often_it_is_told(self) -> None:
        world = await self.bought(True)
        await world.push()
        await world.push(again=True)
        assert len(world.platform.written("set_attributes")) == 1

    async def test_an_answer_that_norce_does_not_take_holds_up_nothing(self) -> None:
        world = World()
        world.platform.faults.add(OrderRefused("no such thing"), "set_attributes", times=100)
        await world.start()
        assert await world.validate() is None
        world.at_qliro.newsletter = True
        world.provider.buy(world.qliro_id)
        await world.push()
        assert world.order.status is OrderStatus.COMPLETED
        assert world.notebook.said("disagreement")

    async def test_a_write_that_is_lost_is_made_again(self) -> None:
        world = World()
        world.platform.faults.add(OrderUnavailable("down"), "set_attributes")
        await world.start()
        assert await world.validate() is None
        world.at_qliro.newsletter = True
        world.provider.buy(world.qliro_id)
        await world.push()
        await world.later(5)
        assert world.order.status is OrderStatus.COMPLETED
        assert world.order.attributes == {NEWSLETTER_ATTRIBUTE: True}
