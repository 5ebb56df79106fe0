"""How a simulator is started, and the switches that tests may turn while it runs."""

from dataclasses import dataclass, field
from typing import Final

import msgspec


@dataclass(frozen=True, kw_only=True)
class NorceSimConfig:
    """Start-up settings. Durations in the contract are multiplied by `time_scale`."""

    primary_token: str = "sandbox-norce"
    secondary_token: str = "sandbox-norce-secondary"
    merchant_tokens: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Merchants with keys of their own; the general ones do not open their orders."""
    adapter_base_url: str = "http://127.0.0.1:8080"
    inbound_key: str = "sandbox"
    """The bearer key that Norce presents to adapters."""
    public_url: str = ""
    """Own base URL; empty = the address it is started on."""
    time_scale: float = 1.0
    lock_wait_seconds: float = 2.0
    hook_timeout_seconds: float = 10.0


OLDER: Final = "2024-03"
NEWER: Final = "2026-01"
GENERATIONS: Final = (NEWER, OLDER)
"""Of the platform, named after the adapter API they came with: section g."""


class Modes(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Switches over what the contract leaves open, readable and writable on the control plane."""

    nulls: bool = True
    """Absent members are emitted as null; otherwise they are left out."""
    lowercase_country: bool = False
    capitalised_enums: bool = False
    adapter_id_supported: bool = True
    """Hooks of the adapter named by `x-adapterid` are not called."""
    generation: str = NEWER
    """`2026-01`, or `2024-03`: orders without the members that came later, `x-adapterid` ignored. For merchants that
    have none of their own in the settings."""
    strict_states: bool = False
    strict_targets: bool = True
    """Hook patches outside the declared target deny the change."""
    hook_body_on_create: bool = False
    """Answer the creation of a hook with the hook instead of nothing."""
    actions_append: bool = False
    """POST of actions adds to the list instead of replacing it."""
    validate_errors_object: bool = False
    """`validate` answers `{"errors": […]}` instead of a bare array."""
    validate_schemas: bool = False
    """Saving a configuration over the API fetches its `$schema` and validates against it."""
    cart_total: str = "net"
    """Reading for new orders: `net` (cart.total has cart discounts subtracted) or `gross`."""

    def __post_init__(self) -> None:
        if self.cart_total not in ("net", "gross"):
            raise ValueError("cart_total is net or gross")
        if self.generation not in GENERATIONS:
            raise ValueError(f"generation is {' or '.join(GENERATIONS)}")

    @property
    def older(self) -> bool:
        """Whether this is the platform of 2024."""
        return self.generation == OLDER

    @property
    def knows_adapter_id(self) -> bool:
        """Whether hooks of the adapter named by `x-adapterid` are left alone."""
        return self.adapter_id_supported and not self.older
