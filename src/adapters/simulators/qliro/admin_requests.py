"""Reading the bodies of Admin requests (appendix B)."""

from adapters.simulators.qliro.items import INT32, check_signs, read_kind
from adapters.simulators.qliro.model import Item
from adapters.simulators.qliro.operations.additions import Addition
from adapters.simulators.qliro.operations.returns import Return
from adapters.simulators.qliro.operations.ship import Shipment
from adapters.simulators.qliro.operations.update import Update
from adapters.simulators.qliro.validation import INT64, ITEM_REFERENCE, Fields

MOST_LINES = 5
LINE_LENGTH = 115


def read_order_id(fields: Fields) -> int:
    return fields.integer("OrderId", required=True, least=1, most=INT64) or 0


def read_currency(fields: Fields) -> str | None:
    return fields.text("Currency", required=True)


def _read_line(fields: Fields, *, ex_required: bool) -> Item | None:
    """An item as Admin requests name it; signs are checked only where it makes a new line."""
    before = len(fields.problems.found)
    reference = fields.text("MerchantReference", required=True, pattern=ITEM_REFERENCE if ex_required else None)
    kind = read_kind(fields, required=True)
    quantity = fields.integer("Quantity", required=True, least=1, most=INT32)
    inc = fields.amount("PricePerItemIncVat", required=True)
    ex = fields.amount("PricePerItemExVat", required=ex_required)
    description = fields.text("Description", most=4000)
    if ex_required and inc is not None and ex is not None:
        check_signs(fields, kind, inc, ex)
    if len(fields.problems.found) > before or reference is None or quantity is None or inc is None:
        return None
    return Item(reference, kind, quantity, inc, inc if ex is None else ex, description)


def _read_lines(fields: Fields, *, ex_required: bool = False, may_be_empty: bool = False) -> list[Item]:
    rows = list(fields.rows("OrderItems", required=True))
    if not rows and not may_be_empty and fields.body.get("OrderItems") == []:
        fields.bad("OrderItems", "The OrderItems field must contain at least one item.")
    for row in rows:
        _check_invoice_lines(row)
    read = [_read_line(row, ex_required=ex_required) for row in rows]
    return [item for item in read if item is not None]


def _check_invoice_lines(row: Fields) -> None:
    metadata = row.sub("Metadata")
    if metadata is None:
        return
    for name in ("HeaderLines", "FooterLines"):
        lines = metadata.body.get(name)
        if lines is None:
            continue
        if not isinstance(lines, list) or len(lines) > MOST_LINES or any(len(str(x)) > LINE_LENGTH for x in lines):
            metadata.bad(name, f"At most {MOST_LINES} lines of {LINE_LENGTH} characters are allowed.")


def _groups(fields: Fields, name: str) -> list[Fields]:
    rows = list(fields.rows(name, required=True))
    if fields.body.get(name) == []:
        fields.bad(name, f"The {name} field must contain at least one element.")
    return rows


def _transaction_id(row: Fields, *, required: bool) -> int | None:
    return row.integer("PaymentTransactionId", required=required, most=INT64)


def read_shipments(fields: Fields) -> list[Shipment]:
    return [Shipment(_transaction_id(row, required=False), _read_lines(row)) for row in _groups(fields, "Shipments")]


def read_updates(fields: Fields) -> list[Update]:
    return [
        Update(_transaction_id(row, required=False), _read_lines(row, ex_required=True, may_be_empty=True))
        for row in _groups(fields, "Updates")
    ]


def read_additions(fields: Fields) -> list[Addition]:
    return [
        Addition(_transaction_id(row, required=True) or 0, _read_lines(row, ex_required=True))
        for row in _groups(fields, "Additions")
    ]


def read_returns(fields: Fields) -> list[Return]:
    """Fees belong in the first Return only; they are positive, discounts negative."""
    returns = []
    for index, row in enumerate(_groups(fields, "Returns")):
        if index > 0 and row.body.get("Fees"):
            row.bad("Fees", "Fees are allowed in the first return only.")
        fees = _adjustments(row, "Fees", sign=1)
        discounts = _adjustments(row, "Discounts", sign=-1)
        returns.append(Return(_transaction_id(row, required=True) or 0, _read_lines(row), fees, discounts))
    return returns


def _adjustments(row: Fields, name: str, *, sign: int) -> list[int]:
    amounts = []
    for line in row.rows(name):
        line.text("MerchantReference", required=True, most=400)
        line.text("Description", most=4000)
        inc = line.amount("PricePerItemIncVat", required=True)
        ex = line.amount("PricePerItemExVat", required=True)
        if inc is None or ex is None:
            continue
        if inc * sign <= 0 or ex * sign <= 0 or abs(inc) < abs(ex):
            line.bad(
                "PricePerItemIncVat", f"Items in {name} must have a {'positive' if sign > 0 else 'negative'} price."
            )
        amounts.append(inc)
    return amounts
