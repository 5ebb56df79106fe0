"""How a simulator is started, and the switches that tests may turn while it runs."""

from dataclasses import dataclass, field

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


class Modes(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Switches over what the contract leaves open, readable and writable on the control plane."""

    nulls: bool = True
    """Absent members are emitted as null; otherwise they are left out."""
    lowercase_country: bool = False
    capitalised_enums: bool = False
    adapter_id_supported: bool = True
    """Hooks of the adapter named by `x-adapterid` are not called."""
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
