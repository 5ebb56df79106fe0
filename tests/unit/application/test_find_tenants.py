"""Whose payments to reconcile."""

from collections.abc import Iterable

import pytest

from application.find_tenants import FindTenants
from domain.errors import ConfigurationInvalid
from domain.identifiers import Tenant
from tests.fakes.configurations import FakeConfigurations, a_configuration

STORED, NEW, THIRD = Tenant("old", "se"), Tenant("new", "se"), Tenant("new", "no")


class Stored:
    """Knows these tenants."""

    def __init__(self, *known: Tenant) -> None:
        self.known = known

    async def tenants(self, *, merchant: str = "", channel: str = "") -> tuple[Tenant, ...]:
        return tuple(t for t in self.known if merchant in ("", t.merchant) and channel in ("", t.channel))


def finder(merchants: Iterable[str] = ()) -> FindTenants:
    configurations = FakeConfigurations(*(a_configuration(tenant) for tenant in (STORED, NEW, THIRD)))
    return FindTenants(Stored(STORED), configurations, merchants)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("merchants", "asked", "expected"),
    [
        ((), {}, (STORED,)),
        (("new", "old"), {}, (THIRD, NEW, STORED)),
        ((), {"merchant": "new"}, (THIRD, NEW)),
        ((), {"merchant": "new", "channel": "dk"}, (Tenant("new", "dk"),)),
        (("new",), {"channel": "no"}, (THIRD,)),
        ((), {"merchant": "nobody"}, ()),
    ],
)
async def test_tenants_are_found(
    merchants: tuple[str, ...], asked: dict[str, str], expected: tuple[Tenant, ...]
) -> None:
    assert await finder(merchants)(**asked) == expected


async def test_a_configuration_service_that_is_away_hides_nobody_who_is_stored() -> None:
    configurations = FakeConfigurations(a_configuration(NEW))
    configurations.faults.add(ConfigurationInvalid("away"), "channels")
    find = FindTenants(Stored(STORED), configurations, ["new"])  # type: ignore[arg-type]
    assert await find() == (STORED,)
