"""What can go wrong, as types with the published code each shows to callers.

AdapterError
├── InvalidAmount, CurrencyMismatch, OrderNotExpressible, ValidationRefused  order-validation
├── ValidationsFailed                                      order-unknown-validation-error
├── IllegalTransition, OperationRefused                    payment-error
├── LedgerDisagrees                                        payment-error
├── OrderNotFound                                          order-not-found
├── OrderConflict                                          order-conflict
│   └── OrderBusy, StalePayment, ClaimLost                 order-conflict
├── OrderRefused                                           order-bad-request
├── OrderUnavailable                                       order-error
├── ShippingNotFound / ShippingRefused                     shipping-not-found / shipping-error
├── PaymentNotFound                                        payment-not-found
├── PaymentConflict                                        payment-conflict
├── ConfigurationNotFound / ConfigurationInvalid           configuration-not-found / configuration-error
├── PlatformUnauthorized, CallerUnauthorized               unauthorized
├── TranslationMissing                                     translation-not-found
├── StoreUnavailable                                       internal-server-error
└── ProviderError
    ├── ProviderRejected                                   qliro-bad-request
    ├── ProviderInvalid                                    qliro-validation
    ├── ProviderOrderMissing                               qliro-order-not-found
    │   └── ProviderOrderExpired                           qliro-order-expired
    ├── ProviderOrderCompleted                             qliro-error
    ├── ProviderRefused                                    qliro-error
    │   └── ProviderBusy                                   qliro-error
    └── ProviderUnavailable                                qliro-error
        └── RequestSeenBefore                              qliro-error

The domain knows no HTTP: the table from type to status lives with the HTTP entrypoint.
"""

from dataclasses import dataclass


class AdapterError(Exception):
    """Base of every error this service tells a caller about. `code` is one of the published codes."""

    code = "internal-server-error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidAmount(AdapterError):
    """A number that cannot be an amount of money."""

    code = "order-validation"


class CurrencyMismatch(AdapterError):
    """Two currencies met in one sum."""

    code = "order-validation"

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"Currency {left} does not match {right}.")


class OrderNotExpressible(AdapterError):
    """The order cannot be told to Qliro to the cent; nothing was sent."""

    code = "order-validation"


class ValidationRefused(AdapterError):
    """The order, or a callback about it, is not acceptable as it stands."""

    code = "order-validation"


class ValidationsFailed(AdapterError):
    """Norce's own validations stop the purchase, for reasons of theirs."""

    code = "order-unknown-validation-error"


class IllegalTransition(AdapterError):
    """The state machine does not know this move."""

    code = "payment-error"


class OperationRefused(AdapterError):
    """The operation is not possible in the payment's state; no call was made."""

    code = "payment-error"


class LedgerDisagrees(AdapterError):
    """Qliro reports something that contradicts what was asked for: a person has to look."""

    code = "payment-error"


class OrderNotFound(AdapterError):
    """Norce has no such order for this merchant and channel."""

    code = "order-not-found"


class OrderConflict(AdapterError):
    """Norce's order is in another state than needed, or was being changed at the same time."""

    code = "order-conflict"


class OrderBusy(OrderConflict):
    """Another request is working on this order; nothing was done. Worth retrying after a moment."""


class OrderRefused(AdapterError):
    """Norce refused the request as malformed or not allowed."""

    code = "order-bad-request"


class OrderUnavailable(AdapterError):
    """Norce did not give a usable answer. With `sent` the write may have happened: the outcome is unknown.

    `retry_after` is what Norce asks for, in seconds.
    """

    code = "order-error"

    def __init__(self, message: str, *, sent: bool = True, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.sent = sent
        self.retry_after = retry_after


class ShippingNotFound(AdapterError):
    """Norce does not know the shipping that was to be changed."""

    code = "shipping-not-found"


class ShippingRefused(AdapterError):
    """The shipping option cannot be applied."""

    code = "shipping-error"


class PaymentNotFound(AdapterError):
    """There is no such payment of ours."""

    code = "payment-not-found"


class PaymentConflict(AdapterError):
    """Another active payment stands in the way."""

    code = "payment-conflict"


class ConfigurationNotFound(AdapterError):
    """The merchant's channel has no active configuration for this adapter."""

    code = "configuration-not-found"


class ConfigurationInvalid(AdapterError):
    """The configuration, or the service that holds it, is unusable."""

    code = "configuration-error"


class CallerUnauthorized(AdapterError):
    """The caller's key is missing or wrong."""

    code = "unauthorized"


class PlatformUnauthorized(AdapterError):
    """Norce does not accept our key for this merchant."""

    code = "unauthorized"


class TranslationMissing(AdapterError):
    """No text for the order's culture."""

    code = "translation-not-found"


@dataclass(frozen=True, slots=True)
class ProviderFault:
    """What Qliro said of an error: its code, its messages and its trace id."""

    code: str = ""
    messages: tuple[str, ...] = ()
    reference: str = ""


class ProviderError(AdapterError):
    """Base of everything Qliro answers that is no success."""

    code = "qliro-error"

    def __init__(self, message: str, fault: ProviderFault | None = None) -> None:
        super().__init__(message)
        self.fault = fault or ProviderFault()


class ProviderRejected(ProviderError):
    """Qliro could not understand the request."""

    code = "qliro-bad-request"


class ProviderInvalid(ProviderError):
    """Qliro rejected field values."""

    code = "qliro-validation"


class ProviderOrderMissing(ProviderError):
    """Qliro does not know the order (any more)."""

    code = "qliro-order-not-found"


class ProviderOrderExpired(ProviderOrderMissing):
    """The Qliro order is too old to be changed or paid."""

    code = "qliro-order-expired"


class ProviderOrderCompleted(ProviderError):
    """The Qliro order has been paid meanwhile and can't be changed."""


class ProviderRefused(ProviderError):
    """Qliro refused for a business reason; certain that nothing was done."""


class ProviderBusy(ProviderRefused):
    """Another transaction is in process at Qliro, or the payment is on hold; nothing was done, retry later."""


class ProviderUnavailable(ProviderError):
    """No usable answer. With `sent` the request may have been carried out: the outcome is unknown.

    `retry_after` is what Qliro asks for, in seconds.
    """

    def __init__(
        self, message: str, fault: ProviderFault | None = None, *, sent: bool = True, retry_after: float = 0.0
    ) -> None:
        super().__init__(message, fault)
        self.sent = sent
        self.retry_after = retry_after


class RequestSeenBefore(ProviderUnavailable):
    """The provider has been sent this key before: nothing came of this request, and what came of that is unknown."""


class StalePayment(OrderConflict):
    """The payment was changed by someone else since it was read; nothing was written."""


class ClaimLost(OrderConflict):
    """The exclusion over the order ran out and went to another holder; nothing was written."""


class StoreUnavailable(AdapterError):
    """The database does not answer. Worth retrying."""
