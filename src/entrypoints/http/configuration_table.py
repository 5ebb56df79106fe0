"""Every field of a merchant's configuration. Its reader is `adapters.norce.configuration_document`."""

from entrypoints.http.configuration_kinds import (
    ANY_OBJECT,
    BASE,
    COLOUR_TEXT,
    DECLINES,
    FLAG,
    HOST,
    LINK,
    QUESTIONS,
    RATES,
    SHIPPING,
    TEXTS,
    Field,
    choice,
    text,
    whole,
)

_API, _URLS, _OPTIONS, _WORDS = "apiSettings", "redirectUrls", "options", "localizationOptions"
_SHOP = "https://shop.example.com"
_DONE = f"{_SHOP}/confirmation?orderId={{orderId}}&channel={{channel}}"
GROUPS = {
    "adapter": ("Adapter", "Where this adapter is reached."),
    _API: ("Qliro account", "Which account at Qliro is used. Key and secret come from Qliro and belong together."),
    _URLS: ("Pages of the shop", "Addresses; {orderId}, {merchant} and {channel} in them are replaced."),
    _OPTIONS: ("Options", "How the checkout looks and what it asks for. Everything may be left out."),
    _WORDS: ("Texts", "Words that customers read, by culture. Without them the built-in ones are used."),
}
ACTIVE = Field("active", "", FLAG, "New payments are made; existing ones go on in any case.", default=True)
FIELDS = (
    Field(
        "publicUrl", "adapter", BASE, "Address under which Qliro and Norce reach this adapter.",
        title="Public address", example="https://adapter.example.com",
    ),
    Field(
        "apiUrl", _API, HOST, "Qliro's host: https://pago.qit.nu for tests, https://payments.qit.nu for business.",
        required=True, title="Address of Qliro", example="https://pago.qit.nu",
    ),
    Field(
        "merchantApiKey", _API, text(50), "The merchant's key at Qliro.",
        required=True, title="API key", example="SHOP_SE", secret=True,
    ),
    Field(
        "merchantApiSecret", _API, {**text(500), "format": "password"}, "Signs requests to Qliro. Keep it secret.",
        required=True, title="API secret", secret=True,
    ),
    Field(
        "merchantConfirmationUrl", _URLS, LINK, "Where Qliro sends the customer after the purchase.",
        ("confirmationUrl",), required=True, title="Confirmation page", example=_DONE,
    ),
    Field(
        "merchantTermsUrl", _URLS, LINK, "The shop's terms.",
        ("termsUrl",), required=True, title="Terms", example=f"{_SHOP}/terms",
    ),
    Field(
        "merchantIntegrityPolicyUrl", _URLS, LINK, "The shop's privacy policy.",
        ("integrityPolicyUrl",), title="Privacy policy", example=f"{_SHOP}/privacy",
    ),
    Field("primaryColor", _OPTIONS, COLOUR_TEXT, "Colour of headings and marks.", example="#1A2B3C"),
    Field("backgroundColor", _OPTIONS, COLOUR_TEXT, "Colour behind; Qliro tones down strong ones.", example="#F5F5F5"),
    Field("callToActionColor", _OPTIONS, COLOUR_TEXT, "Colour of buttons.", example="#00AA88"),
    Field("callToActionHoverColor", _OPTIONS, COLOUR_TEXT, "Colour of buttons under the pointer.", example="#008866"),
    Field("cornerRadius", _OPTIONS, whole(1_000), "Roundness of boxes, in pixels.", example=8),
    Field("buttonCornerRadius", _OPTIONS, whole(1_000), "Roundness of buttons, in pixels.", example=4),
    Field(
        "minimumCustomerAge", _OPTIONS, whole(150),
        "Years; 0 for none. When set, nobody can buy as a company: leave it out for business customers.", example=18,
    ),
    Field(
        "requireIdentityVerification", _OPTIONS, FLAG,
        "Customers prove who they are (BankID). Only asked for in Sweden.", default=False, example=True,
    ),
    Field(
        "enforcedJuridicalType", _OPTIONS,
        choice(
            {
                "Physical": "Private persons only",
                "Company": "Companies only",
                "OrderCustomerType": "What the order's customer is",
            }
        ),
        "Who may buy; without it customers choose themselves.", ("enforcedCustomerType",),
        title="Enforced customer type", example="Company",
    ),
    Field(
        "merchantConstraintName", _OPTIONS, text(100), "Name of a rule at Qliro that filters payment methods.",
        title="Constraint name", example="no-invoice",
    ),
    Field(
        "askForNewsletterSignup", _OPTIONS, FLAG, "Customers are asked whether they want the newsletter.",
        title="Ask about newsletter", default=False, example=True,
    ),
    Field(
        "askForNewsletterSignupChecked", _OPTIONS, FLAG, "The newsletter's box is ticked to begin with.",
        title="Newsletter ticked", default=False, example=False,
    ),
    Field(
        "merchantReferenceSource", _OPTIONS,
        choice({"OrderId": "Order id", "OrderCartReference": "Reference of the order's cart"}),
        "What Qliro shows as the order's reference, shortened to 25 characters.",
        title="Reference at Qliro", default="OrderId", example="OrderCartReference",
    ),
    Field(
        "mapDiscountPerRow", _OPTIONS, FLAG,
        "Discounts lower the prices of the rows they belong to, instead of being rows of their own.",
        title="Discounts per row", default=False, example=True,
    ),
    Field(
        "useIntegratedShipping", _OPTIONS, FLAG, "Qliro offers delivery in its checkout.",
        title="Integrated shipping", default=False, example=True,
    ),
    Field(
        "shippingConfiguration", _OPTIONS, SHIPPING,
        "With integrated shipping: nShift's checkout; without one Qliro delivers with Ingrid.",
        title="Delivery platform",
        example={"unifaun": {"checkoutId": "1A2B3C4D", "tags": {"warehouse": "north"}}},
    ),
    Field(
        "shippingVatRates", _OPTIONS, RATES, "VAT rates that delivery may have, in percent; else the cart's own.",
        title="VAT rates of delivery", example=[25],
    ),
    Field("recurring", _OPTIONS, FLAG, "Cards are saved, to be charged again later.", default=False, example=True),
    Field(
        "useUpsell", _OPTIONS, FLAG, "Offers after the purchase are wanted.",
        title="Upsell", default=False, example=True,
    ),
    Field(
        "upsellTimeoutSeconds", _OPTIONS, whole(86_400), "Time for an offer, in seconds.",
        title="Time for upsell", default=300, example=600,
    ),
    Field(
        "loyaltyConfiguration", _OPTIONS, ANY_OBJECT, "Qliro's loyalty sign-up (Voyado, Klaviyo); handed on as it is.",
        title="Loyalty", example={"Provider": "Voyado"},
    ),
    Field(
        "discountLocalizations", _WORDS, TEXTS, "Name of discount rows.",
        ("discountText",), title="Discounts", example={"sv-SE": "Rabatt", "en": "Discount"},
    ),
    Field(
        "voucherLocalizations", _WORDS, TEXTS, "Name of the row for gift vouchers and other payments.",
        ("voucherText",), title="Vouchers", example={"sv-SE": "Presentkort"},
    ),
    Field(
        "newsletterLocalizations", _WORDS, QUESTIONS, "The question about the newsletter; else Qliro's own.",
        ("newsletterText",), title="Newsletter question", example={"sv-SE": "Ja, jag vill ha nyhetsbrevet!"},
    ),
    Field(
        "declineLocalizations", _WORDS, DECLINES, "What the customer reads when a purchase is stopped, by reason.",
        ("declineText",), title="Stopped purchases", example={"sv-SE": {"outOfStock": "Slut i lager."}},
    ),
)  # fmt: skip
