"""What Norce is shown of a saved card, and what this service remembers of it."""

import pytest

from domain.saved_card import SavedCard, recurring_of, token_mark


@pytest.mark.parametrize(("told", "year"), [(None, None), (0, 2000), (27, 2027), (99, 2099), (100, 100), (2031, 2031)])
def test_a_year_has_four_digits_however_many_were_told(told: int | None, year: int | None) -> None:
    assert SavedCard("T", expiry_year=told).year == year


@pytest.mark.parametrize(
    ("card", "number"),
    [
        (SavedCard("T"), ""),
        (SavedCard("T", bin="411111"), ""),
        (SavedCard("T", last4_digits="1111"), "XXXX1111"),
        (SavedCard("T", bin="411111", last4_digits="1111"), "411111XXXXXX1111"),
        (SavedCard("T", masked_number="4111********1111", bin="411111", last4_digits="1111"), "4111********1111"),
    ],
)
def test_a_number_is_masked_and_made_of_what_is_known(card: SavedCard, number: str) -> None:
    assert card.number == number
    assert card.detailed is bool(number)


def test_norce_is_shown_what_is_known_and_nothing_else() -> None:
    shown = recurring_of(SavedCard("T", "VISA", "", "411111", "1111", 27, 3))
    assert (shown.token, shown.description) == ("T", "VISA 411111XXXXXX1111 03/2027")
    assert shown.attributes == {
        "brandName": "VISA",
        "maskedNumber": "411111XXXXXX1111",
        "bin": "411111",
        "last4Digits": "1111",
        "expiryYear": 2027,
        "expiryMonth": 3,
    }
    assert (recurring_of(SavedCard("T")).description, recurring_of(SavedCard("T")).attributes) == ("", {})
    for half in (SavedCard("T", "VISA", expiry_year=27), SavedCard("T", "VISA", expiry_month=3)):
        assert recurring_of(half).description == "VISA"


def test_a_mark_is_the_same_for_the_same_token_in_any_case_and_tells_nothing_of_it() -> None:
    mark = SavedCard(" 6F9619FF ").mark
    assert mark == token_mark("6f9619ff") == "19dfabb7fde6a431db33de782411dbce"
    assert token_mark("6f9619fe") != mark
