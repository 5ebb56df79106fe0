"""Limits of everything in a create or update request besides items and URLs (appendix A)."""

from collections.abc import Iterable

from adapters.simulators.qliro.items import check_signs, read_kind
from adapters.simulators.qliro.presentation import check_presentation
from adapters.simulators.qliro.validation import COLOUR, ITEM_REFERENCE, Fields

COLOURS = ("PrimaryColor", "CallToActionColor", "CallToActionHoverColor", "BackgroundColor")
FLAGS = ("AskForNewsletterSignup", "AskForNewsletterSignupChecked")
ADDRESS = {
    "FirstName": 100, "LastName": 100, "CompanyName": 100, "Street": 100, "Street2": 40, "PostalCode": 15,
    "City": 100, "CareOf": 100, "Area": 100, "AreaCode": 10,
}  # fmt: skip
LOCKS = ("Information", "Email", "MobileNumber", "PersonalNumber", "Address")
MOST_METADATA = 30


def check_options(fields: Fields) -> None:
    """Fields that only create knows, and then those that update shares."""
    for name in COLOURS:
        fields.text(name, pattern=COLOUR)
    for name in ("CornerRadius", "ButtonCornerRadius"):
        fields.integer(name, least=0, most=1000)
    for name in FLAGS:
        fields.flag(name)
    fields.integer("MinimumCustomerAge", least=0, most=150)
    check_presentation(fields)
    fields.sub("MerchantProvidedQuestion")
    check_customer(fields)
    check_update_options(fields)


def check_update_options(fields: Fields) -> None:
    """Limits of the fields that PUT may change as well."""
    fields.flag("RequireIdentityVerification")
    fields.text("ShippingAdditionalHeader", most=300)
    fields.text("MerchantConstraintName", most=100)
    fields.text("PaymentId")
    _check_metadata(fields)
    _check_fees(fields)
    _check_shipping_methods(fields)
    _check_unifaun(fields)
    person = fields.sub("PickupPersonDetails")
    if person is not None:
        _texts(person, {"FirstName": 100, "LastName": 100, "Mobile": 50, "Email": 255})


def check_customer(fields: Fields) -> None:
    """CustomerInformation of create and update."""
    info = fields.sub("CustomerInformation")
    if info is None:
        return
    _texts(info, {"PersonalNumber": 50, "VatNumber": 50, "Email": 255, "MobileNumber": 50})
    _one_of(info, "JuridicalType", ("Physical", "Company"))
    for name in LOCKS:
        info.flag(f"LockCustomer{name}")
    for name in ("Address", "ShippingAddress"):
        address = info.sub(name)
        if address is not None:
            _texts(address, ADDRESS)


def _texts(fields: Fields, limits: dict[str, int]) -> None:
    for name, most in limits.items():
        fields.text(name, most=most)


def _one_of(fields: Fields, name: str, names: Iterable[str]) -> None:
    value = fields.text(name)
    if value is not None and value.casefold() not in {n.casefold() for n in names}:
        fields.bad(name, f"The value '{value}' is not valid for {name}.")


def _check_metadata(fields: Fields) -> None:
    rows = list(fields.rows("MerchantProvidedMetadata"))
    if len(rows) > MOST_METADATA:
        fields.bad("MerchantProvidedMetadata", f"At most {MOST_METADATA} pairs are allowed.")
    for row in rows:
        _texts(row, {"Key": 50, "Value": 250})


def _check_fees(fields: Fields) -> None:
    container = fields.sub("ApplicableFees")
    fees = container.sub("Fees") if container is not None else None
    if fees is None:
        return
    for method in fees.body:
        for row in fees.rows(method):
            row.text("MerchantReference", required=True, pattern=ITEM_REFERENCE)
            row.text("Description", most=4000)
            kind = read_kind(row, required=True)
            inc = row.amount("AmountIncludingVat", required=True)
            ex = row.amount("AmountExcludingVat", required=True)
            if inc is not None and ex is not None:
                check_signs(row, kind, inc, ex, "AmountIncludingVat")


def _check_shipping_methods(fields: Fields) -> None:
    rows = list(fields.rows("AvailableShippingMethods"))
    for row in rows:
        _texts(row, {"ShippingFeeMerchantReference": 450, "Brand": 50, "LabelDisplayName": 50})
        _check_priced(row)
        for option in row.rows("SecondaryOptions"):
            option.text("MerchantReference", required=True, most=450)
            option.text("DisplayName", required=True, most=100)
            _texts(option, {"City": 450, "Address": 450, "PostalCode": 100})
            _check_lines(option)
        for service in row.rows("AdditionalShippingServices"):
            _check_priced(service)
        for label in row.rows("OptionLabels"):
            label.text("Name", required=True, most=50)
            label.text("DisplayType", most=50)
    _check_categories(fields, rows)


def _check_priced(row: Fields) -> None:
    row.text("MerchantReference", required=True, most=450)
    row.text("DisplayName", required=True, most=100)
    inc, ex = row.amount("PriceIncVat") or 0, row.amount("PriceExVat") or 0
    row.amount("OriginalPrice")
    if ex < 0 or inc < ex:
        row.bad("PriceIncVat", "Shipping prices must not be negative, nor lower with VAT than without.")
    _check_lines(row)


def _check_lines(row: Fields) -> None:
    lines = row.body.get("Descriptions")
    if lines is None:
        return
    if not isinstance(lines, list) or len(lines) > 3 or any(len(str(line)) > 200 for line in lines):
        row.bad("Descriptions", "At most 3 lines of 200 characters are allowed.")


def _check_categories(fields: Fields, rows: list[Fields]) -> None:
    categories = [row.text("CategoryDisplayName") for row in rows]
    named = {c for c in categories if c}
    if len(named) > 2 or (named and not all(categories)):
        fields.bad("AvailableShippingMethods", "CategoryDisplayName: on all methods or none, 2 values at most.")
    if len({label for row in rows if (label := row.body.get("LabelDisplayName"))}) > 3:
        fields.bad("AvailableShippingMethods", "LabelDisplayName: 3 values at most.")


def _check_unifaun(fields: Fields) -> None:
    configuration = fields.sub("ShippingConfiguration")
    unifaun = configuration.sub("Unifaun") if configuration is not None else None
    tags = unifaun.sub("Tags") if unifaun is not None else None
    if unifaun is not None:
        unifaun.text("CheckoutId")
    if tags is None:
        return
    if len(tags.body) > 20:
        tags.problems.add(tags.path, "At most 20 tags are allowed.")
    for key in tags.body:
        tags.text(key, most=30)
        if len(key) > 20:
            tags.bad(key, "A tag key must not be longer than 20 characters.")
