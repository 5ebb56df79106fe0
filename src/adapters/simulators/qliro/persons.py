"""Qliro's public test identities (section 18) and how each of them ends."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What risk and bank say about a customer."""

    APPROVED = "approved"
    ON_HOLD = "on_hold"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Person:
    """A test identity with its address at Qliro."""

    country: str
    number: str
    verdict: Verdict
    company: bool
    first_name: str
    last_name: str
    company_name: str | None
    street: str
    postal_code: str
    city: str
    mobile: str

    @property
    def email(self) -> str:
        """A harmless address for quick picks."""
        return f"{self.first_name}.{self.verdict.value.replace('_', '-')}@example.com".lower()


_PLACES = {
    "SE": ("Agda", "Testsson", "Testgatan", "11122", "Stockholm", "+46701234567", "Provbolaget AB"),
    "NO": ("Kari", "Testdatter", "Prøveveien", "0150", "Oslo", "+4740000001", "Prøvefirma AS"),
    "FI": ("Aino", "Testinen", "Koetie", "00100", "Helsinki", "+358401234567", "Koeyhtiö Oy"),
    "DK": ("Bodil", "Testsen", "Prøvevej", "1050", "København", "+4520123456", "Prøvefirma ApS"),
}
_NUMBERS = {
    ("SE", False): ("790625-5307", "770530-1773", "750420-8104"),
    ("SE", True): ("556001-1982", "556006-1912", "556010-2005"),
    ("NO", False): ("22034149589", "23034114714", "23034114986"),
    ("NO", True): ("123456785", "123123123", "987654325"),
    ("FI", False): ("201042-9991", "040842-922L", "030842-921X"),
    ("FI", True): ("2678277-6", "2194504-6", "2392384-4"),
    ("DK", False): ("0208429205", "0408429226", "0308429210"),
    ("DK", True): ("35168184", "20578912", "12655568"),
}


def _build() -> tuple[Person, ...]:
    people = []
    for (country, company), numbers in _NUMBERS.items():
        first, last, street, postal, city, mobile, firm = _PLACES[country]
        for index, (number, verdict) in enumerate(zip(numbers, Verdict, strict=True), start=1):
            people.append(
                Person(
                    country=country, number=number, verdict=verdict, company=company,
                    first_name=first, last_name=last, company_name=firm if company else None,
                    street=f"{street} {index}", postal_code=postal, city=city, mobile=mobile,
                )
            )  # fmt: skip
    return tuple(people)


PEOPLE = _build()


def _digits(number: str) -> str:
    return "".join(c for c in number.upper() if c.isalnum())


def people_of(country: str) -> list[Person]:
    """The identities of a country; countries without test data borrow Sweden's."""
    land = country if country in _PLACES else "SE"
    return [person for person in PEOPLE if person.country == land]


def find(number: str, country: str) -> Person | None:
    """The test identity with this number, written with or without separators or century."""
    wanted = _digits(number)
    for person in people_of(country):
        own = _digits(person.number)
        if wanted in (own, f"19{own}"):
            return person
    return None


def pick(verdict: Verdict | str, country: str, *, company: bool = False) -> Person:
    """The identity that ends this way."""
    wanted = Verdict(verdict)
    return next(p for p in people_of(country) if (p.company, p.verdict) == (company, wanted))
