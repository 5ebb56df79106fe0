"""A row's goods as Ingrid is told of them: `Metadata.Ingrid` (section 13, appendix A)."""

from datetime import datetime

from adapters.simulators.qliro.validation import Fields

INT32 = 2**31 - 1
_INGRID = {"Weight", "Sku", "ShippingDate", "Attributes", "Dimensions", "OutOfStock", "Discount"}
_DIMENSIONS = ("Height", "Length", "Width")


def check_goods(fields: Fields) -> None:
    """`Metadata.Ingrid` of a row: its members, their types and limits, and nothing else."""
    ingrid = fields.sub("Ingrid")
    if ingrid is None:
        return
    _known(ingrid, _INGRID)
    ingrid.integer("Weight", least=0, most=INT32)
    ingrid.text("Sku")
    ingrid.flag("OutOfStock")
    discount = ingrid.amount("Discount")
    if discount is not None and discount < 0:
        ingrid.bad("Discount", "The Discount must not be negative.")
    dimensions = ingrid.sub("Dimensions")
    if dimensions is not None:
        _known(dimensions, set(_DIMENSIONS))
        for name in _DIMENSIONS:
            dimensions.integer(name, least=0, most=INT32)
    attributes = ingrid.body.get("Attributes")
    if attributes is not None and not (isinstance(attributes, list) and all(isinstance(a, str) for a in attributes)):
        ingrid.bad("Attributes", "Cannot deserialize the JSON value: an array of strings was expected.")
    _check_dates(ingrid)


def _check_dates(ingrid: Fields) -> None:
    dates = ingrid.sub("ShippingDate")
    if dates is None:
        return
    _known(dates, {"Start", "End"})
    for name in ("Start", "End"):
        text = dates.text(name)
        try:
            datetime.fromisoformat(text or "2026-01-01")
        except ValueError:
            dates.bad(name, "Could not convert the value to a date.")


def _known(fields: Fields, names: set[str]) -> None:
    for name in fields.body:
        if name not in names:
            fields.bad(name, f"Could not find member '{name}'.")
