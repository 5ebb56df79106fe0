"""Every published endpoint and who answers it."""

from aiohttp import web

from entrypoints.http import norce_callbacks, order_management, payments, qliro_callbacks

PAYMENTS = "/api/checkout/v1/orders/{order_id}/payments"
CALLBACKS = "/api/checkout/v1/callback/orders/{order_id}/payments/{payment_id}"
OPERATIONS = "/api/order/v1/orders/{order_id}/payments/{payment_id}"


def api_routes() -> list[web.RouteDef]:
    """The routes of the API."""
    return [
        web.post(PAYMENTS, payments.create),
        web.post(PAYMENTS + "/recurring", payments.renew),
        web.get(PAYMENTS + "/{payment_id}", payments.read),
        web.post(PAYMENTS + "/{payment_id}/remove", payments.remove),
        web.post(CALLBACKS + "/validate", qliro_callbacks.validate),
        web.post(CALLBACKS + "/push", qliro_callbacks.push),
        web.post(CALLBACKS + "/status", qliro_callbacks.status),
        web.post(CALLBACKS + "/save-recurring-details", qliro_callbacks.saved_card),
        web.post(CALLBACKS + "/notification", qliro_callbacks.notification),
        web.post(CALLBACKS + "/customer-update", qliro_callbacks.customer_update),
        web.post(CALLBACKS + "/shipping-option-update", qliro_callbacks.shipping_option_update),
        web.post(CALLBACKS + "/cart-changed", norce_callbacks.cart_changed),
        web.post(CALLBACKS + "/update-payment", norce_callbacks.cart_changed),
        web.post(CALLBACKS + "/state-changed", norce_callbacks.state_changed),
        web.post(CALLBACKS + "/upsell/complete", norce_callbacks.upsell_complete),
        web.post(OPERATIONS + "/refresh", order_management.refresh),
        web.post(OPERATIONS + "/cancel", order_management.cancel),
        web.post(OPERATIONS + "/capture", order_management.capture),
        web.post(OPERATIONS + "/refund", order_management.refund),
    ]
