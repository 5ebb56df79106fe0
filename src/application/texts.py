"""The few words this service says to customers, by language; merchants may override each."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TypeVar

from application.ports.configurations import MerchantConfiguration
from domain.errors import TranslationMissing

DECLINE_MESSAGE_LIMIT = 150
_LONGEST_TOLD = 35
"""What a culture may be long, in an error message."""
_T = TypeVar("_T")


class DeclineReason(StrEnum):
    """Why a purchase is stopped; the keys of `declineLocalizations` in the configuration."""

    CART_CHANGED = "cartChanged"
    ORDER_CLOSED = "orderClosed"
    OUT_OF_STOCK = "outOfStock"
    NOT_VALID = "notValid"
    TRY_AGAIN = "tryAgain"


_DISCOUNT = {"sv": "Rabatt", "nb": "Rabatt", "da": "Rabat", "fi": "Alennus", "en": "Discount"}
_VOUCHER = {"sv": "Presentkort", "nb": "Gavekort", "da": "Gavekort", "fi": "Lahjakortti", "en": "Gift voucher"}
_DECLINE = {
    "sv": {
        DeclineReason.CART_CHANGED: "Varukorgen har ändrats. Kontrollera den och försök igen.",
        DeclineReason.ORDER_CLOSED: "Ordern kan inte längre betalas. Ladda om sidan.",
        DeclineReason.OUT_OF_STOCK: "En eller flera varor är slut i lager.",
        DeclineReason.NOT_VALID: "Ordern kan inte slutföras. Kontrollera uppgifterna och försök igen.",
        DeclineReason.TRY_AGAIN: "Köpet kunde inte kontrolleras just nu. Försök igen om en stund.",
    },
    "nb": {
        DeclineReason.CART_CHANGED: "Handlekurven er endret. Kontroller den og prøv igjen.",
        DeclineReason.ORDER_CLOSED: "Ordren kan ikke lenger betales. Last inn siden på nytt.",
        DeclineReason.OUT_OF_STOCK: "En eller flere varer er utsolgt.",
        DeclineReason.NOT_VALID: "Ordren kan ikke fullføres. Kontroller opplysningene og prøv igjen.",
        DeclineReason.TRY_AGAIN: "Kjøpet kunne ikke kontrolleres akkurat nå. Prøv igjen om litt.",
    },
    "da": {
        DeclineReason.CART_CHANGED: "Indkøbskurven er ændret. Kontrollér den, og prøv igen.",
        DeclineReason.ORDER_CLOSED: "Ordren kan ikke længere betales. Genindlæs siden.",
        DeclineReason.OUT_OF_STOCK: "En eller flere varer er udsolgt.",
        DeclineReason.NOT_VALID: "Ordren kan ikke gennemføres. Kontrollér oplysningerne, og prøv igen.",
        DeclineReason.TRY_AGAIN: "Købet kunne ikke kontrolleres lige nu. Prøv igen om lidt.",
    },
    "fi": {
        DeclineReason.CART_CHANGED: "Ostoskori on muuttunut. Tarkista se ja yritä uudelleen.",
        DeclineReason.ORDER_CLOSED: "Tilausta ei voi enää maksaa. Lataa sivu uudelleen.",
        DeclineReason.OUT_OF_STOCK: "Yksi tai useampi tuote on loppunut.",
        DeclineReason.NOT_VALID: "Tilausta ei voi viimeistellä. Tarkista tiedot ja yritä uudelleen.",
        DeclineReason.TRY_AGAIN: "Ostosta ei voitu tarkistaa juuri nyt. Yritä hetken kuluttua uudelleen.",
    },
    "en": {
        DeclineReason.CART_CHANGED: "The cart has changed. Please check it and try again.",
        DeclineReason.ORDER_CLOSED: "The order can no longer be paid. Please reload the page.",
        DeclineReason.OUT_OF_STOCK: "One or more items are out of stock.",
        DeclineReason.NOT_VALID: "The order cannot be completed. Please check your details and try again.",
        DeclineReason.TRY_AGAIN: "The purchase could not be checked just now. Please try again in a moment.",
    },
}
_SAME_LANGUAGE = {"no": "nb", "nn": "nb"}


def language_of(culture: str) -> str:
    """The language a culture speaks, Norwegian in all its spellings as nb."""
    language = culture.replace("_", "-").split("-")[0].lower()
    return _SAME_LANGUAGE.get(language, language)


def discount_text(configuration: MerchantConfiguration, culture: str) -> str:
    """The name of a discount row. Raises TranslationMissing."""
    return _row_text(configuration.discount_texts, _DISCOUNT, culture, "discount")


def voucher_text(configuration: MerchantConfiguration, culture: str) -> str:
    """The name of the row for other payments. Raises TranslationMissing."""
    return _row_text(configuration.voucher_texts, _VOUCHER, culture, "voucher")


def newsletter_text(configuration: MerchantConfiguration, culture: str) -> str | None:
    """The merchant's question about the newsletter; None for Qliro's own."""
    return next(_in_order_of_closeness(configuration.newsletter_texts, culture), None)


def decline_text(configuration: MerchantConfiguration | None, culture: str, reason: DeclineReason) -> str:
    """What the customer reads, never longer than Qliro shows; English when the language has no text."""
    own = _in_order_of_closeness(configuration.decline_texts, culture) if configuration else iter(())
    told = (text for texts in own for name, text in texts.items() if name.casefold() == reason.casefold())
    text = next(told, None) or _DECLINE.get(language_of(culture), _DECLINE["en"])[reason]
    return text[:DECLINE_MESSAGE_LIMIT]


def _row_text(own: Mapping[str, str], built_in: Mapping[str, str], culture: str, row: str) -> str:
    text = next(_in_order_of_closeness(own, culture), None) or built_in.get(language_of(culture))
    if not text:
        raise TranslationMissing(f"There is no {row} text for culture {culture[:_LONGEST_TOLD] or '(none)'}.")
    return text


def _in_order_of_closeness(texts: Mapping[str, _T], culture: str) -> Iterator[_T]:
    """The merchant's own for this culture, then for its language, then for other cultures of that language."""
    wanted, language = _folded(culture), language_of(culture)
    spoken = [(_folded(name), text) for name, text in texts.items() if text and language_of(name) == language]
    ranked = sorted(spoken, key=lambda named: 0 if named[0] == wanted else 1 if "-" not in named[0] else 2)
    return (text for _, text in ranked)


def _folded(culture: str) -> str:
    return culture.replace("_", "-").casefold()
