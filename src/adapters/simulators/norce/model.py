"""The shapes of Order API v0 (contract section b.2). Version 1 differs by a few members, see `render`."""

from typing import Final

from adapters.simulators.norce.shapes import (
    anything,
    boolean,
    either,
    filled,
    free,
    integer,
    like,
    many,
    maybe,
    moment,
    money,
    number,
    record,
    required,
    text,
)

ORDER_STATUSES: Final = ("checkout", "processing", "accepted", "completed", "declined", "removed")
PAYMENT_STATES: Final = (
    "intent",
    "removed",
    "processing",
    "failed",
    "confirmed",
    "pending",
    "declined",
    "reserved",
    "credited",
    "captured",
    "cancelled",
    "refunded",
)
SHIPPING_STATES: Final = ("intent", "removed", "processing", "failed", "confirmed")
PAYMENT_EVENTS: Final = (
    "open",
    "process",
    "confirm",
    "reopen",
    "cancel",
    "paymentAction",
    "capture",
    "refund",
)

country = like("[A-Za-z]{2}")
price = record({"includingVat": required(number), "excludingVat": required(number)})
total = record({"includingVat": required(money), "excludingVat": required(money)})

discount = record(
    {
        "type": either("item", "shipping", default="item"),
        "name": text,
        "code": text,
        "value": required(price),
        "attributes": free,
    },
    optional={"reference": text, "description": text},
)

item = record(
    {
        "id": text,
        "reference": text,
        "name": text,
        "sku": text,
        "url": text,
        "imageUrl": text,
        "quantity": required(integer),
        "unit": text,
        "price": required(price),
        "total": maybe(price),
        "originalTotal": maybe(price),
        "vatRate": required(number),
        "discounts": many(discount),
        "attributes": free,
    },
    optional={"logistics": free, "upsell": boolean, "productType": text, "items": many(anything)},
)

cart = record({"reference": text, "items": many(item), "discounts": many(discount), "attributes": free})

address = record(
    {
        "type": either("person", "organization", default="person"),
        "givenName": text,
        "familyName": text,
        "careOf": text,
        "reference": text,
        "organizationName": text,
        "streetAddress": text,
        "streetAddress2": text,
        "postalCode": text,
        "city": text,
        "region": text,
        "country": country,
        "phone": text,
        "email": text,
        "nationalIdentificationNumber": text,
        "organizationIdentificationNumber": text,
        "attributes": free,
    },
)

customer = record(
    {
        "billing": maybe(address),
        "shipping": maybe(address),
        "type": either("person", "organization", default="person"),
        "attributes": free,
    },
)

consent = record({"id": text, "checked": boolean, "text": text, "required": boolean})

pickup_location = record(
    {
        "reference": text,
        "name": text,
        "address": maybe(
            record({"streetAddress": text, "city": text, "postalCode": text, "country": country}),
        ),
    },
)

delivery_details = record(
    {
        "carrier": text,
        "class": text,
        "product": maybe(record({"reference": text, "name": text})),
        "pickupLocation": maybe(pickup_location),
    },
    optional={"carrierProductId": text},
)

shipping = record(
    {
        "state": either(*SHIPPING_STATES, default="intent"),
        "reference": text,
        "tmsReference": text,
        "adapterId": text,
        "name": text,
        "total": required(total),
        "vatRate": required(number),
        "deliveryDetails": maybe(delivery_details),
        "addons": many(record({"reference": text, "price": money})),
        "attributes": free,
    },
)

action = record({"adapterId": filled, "type": filled, "url": filled}, optional={"id": text})

upsell_transaction = record(
    {
        "id": text,
        "state": either("created", "actionRequired", "completed", "failed", default="created"),
        "itemIds": many(text),
        "attributes": free,
    },
)
upsell = record(
    {"eligible": boolean, "expiration": moment, "transactions": many(upsell_transaction), "attributes": free},
)

payment = record(
    {
        "adapterId": text,
        "name": text,
        "currency": like("[A-Za-z]{3}"),
        "type": either("default", "prepaid", "voucher", default="default"),
        "amount": required(money),
        "upperLimitAmount": money,
        "state": either(*PAYMENT_STATES, default="intent"),
        "reference": text,
        "attributes": free,
        "actions": many(action),
    },
    optional={
        "recurring": record({"token": filled, "description": text, "attributes": free}),
        "upsell": upsell,
    },
)

transaction = record(
    {
        "event": required(either(*PAYMENT_EVENTS)),
        "pspEvent": text,
        "amount": required(money),
        "isSuccess": boolean,
        "errorDetail": text,
        "pspStatus": text,
        "requestJson": text,
        "responseJson": text,
        "paymentAction": maybe(record({"id": text, "adapterId": text, "type": text, "url": text})),
    },
)

hook_v0 = record(
    {
        "adapterId": filled,
        "subscribeTo": filled,
        "target": text,
        "invoke": filled,
        "version": either("v0", "v1", default="v0"),
    },
)
hook_v1 = record(
    {
        "adapterId": filled,
        "scope": filled,
        "target": text,
        "invoke": filled,
        "reference": text,
        "description": text,
        "version": either("v0", "v1", default="v0"),
    },
)

notification = record(
    {
        "adapterId": text,
        "reference": filled,
        "description": text,
        "scope": filled,
        "schema": maybe(free),
        "invoke": filled,
        "version": either("v0", "v1", default="v0"),
    },
    optional={"delay": integer},
)

validation_v0 = record({"adapterId": filled, "url": filled})
validation_v1 = record({"adapterId": filled, "invoke": filled, "reference": text, "description": text})

state = record({"currentStatus": required(either(*ORDER_STATUSES))})

order = record(
    {
        "reference": text,
        "culture": like("[A-Za-z]{2,3}(?:-[A-Za-z]{2,2})*"),
        "currency": like("[A-Za-z]{3}"),
        "country": country,
        "cart": maybe(cart),
        "shippings": many(shipping),
        "payments": many(payment),
        "customer": maybe(customer),
        "consents": many(consent),
        "attributes": free,
    },
)
