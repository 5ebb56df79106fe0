"""OrderHtmlSnippet: the script tag a shop injects in its checkout page (section 5.2)."""

import json
from typing import Any

from adapters.simulators.qliro.auth import make_jwt
from adapters.simulators.qliro.model import Order
from adapters.simulators.qliro.state import SimState

WEBAPP_VERSION = "1.0.0"


def session_token(state: SimState, order: Order) -> str:
    """A bearer token for this order's web API, living for the session's 5 400 s."""
    now = int(state.clock.now().timestamp())
    return make_jwt(
        {
            "merchantId": order.merchant_key,
            "orderId": str(order.id),
            "country": order.country,
            "currency": order.currency,
            "language": order.language,
            "nbf": now,
            "exp": now + state.config.session_seconds,
            "iat": now,
            "iss": "QO",
        },
        state.jwt_key,
    )


def _look(order: Order) -> dict[str, Any]:
    asked = order.request
    return {
        "primaryColor": asked.get("PrimaryColor"),
        "callToActionColor": asked.get("CallToActionColor"),
        "callToActionHoverColor": asked.get("CallToActionHoverColor"),
        "backgroundColor": asked.get("BackgroundColor"),
        "cornerRadius": asked.get("CornerRadius"),
        "buttonCornerRadius": asked.get("ButtonCornerRadius"),
    }


def order_snippet(state: SimState, order: Order) -> str:
    """HTML with one self-contained script, CRLF inside, that loads the embedded checkout."""
    webapp = f"{state.url}/checkout/webapp/"
    settings: dict[str, Any] = {
        "checkoutWebAppBaseUrl": webapp,
        "checkoutWebAppVersion": WEBAPP_VERSION,
        "checkoutWebApiBaseUrl": f"{state.url}/checkout/webapi/",
        "qliroTermsUrl": f"{webapp}terms",
        "orderId": str(order.id),
        "country": order.country,
        "language": order.language.lower(),
        "auth": f"Bearer {session_token(state, order)}",
        "merchantConfirmationUrl": order.url("MerchantConfirmationUrl"),
        "merchantTermsUrl": order.url("MerchantTermsUrl"),
        "customerCheckoutStatus": order.status.value,
        "merchantIntegrityPolicyUrl": order.url("MerchantIntegrityPolicyUrl") or "",
        "pollMilliseconds": state.config.poll_milliseconds,
        "styling": _look(order),
    }
    lines = ",\r\n".join(f"    {name}: {_script_json(value)}" for name, value in settings.items())
    return (
        '<div id="qliro-root"></div><script type="text/javascript">(function(w, g, d) {\r\n'
        f"  w[g] = {{\r\n{lines}\r\n  }};\r\n"
        "  w[g].currentScript = d.currentScript;\r\n"
        "  var s = d.createElement('script');\r\n"
        "  s.async = true;\r\n"
        "  s.src = w[g].checkoutWebAppBaseUrl + 'bootstrap.js?v=' + w[g].checkoutWebAppVersion;\r\n"
        "  (d.head || d.body).appendChild(s);\r\n"
        '})(window, "q1Config", document);</script>'
    )


def _script_json(value: Any) -> str:
    """JSON that can't end the script element it stands in."""
    return json.dumps(value, ensure_ascii=True).replace("<", "\\u003c").replace("&", "\\u0026")
