from datetime import UTC, datetime

import pytest

from adapters.qliro.checkout_mapping import checkout_answered
from adapters.qliro.ledger_mapping import ledger_answered
from adapters.qliro.outcome_mapping import created_order_id, outcome_answered, placed_answered, upsell_answered
from domain.checkout import CheckoutLine, CheckoutStatus, LineType
from domain.errors import LedgerDisagrees, ProviderUnavailable
from domain.ledger import ActionKind, ItemAction, Transaction, TransactionKind, TransactionStatus
from domain.order import Address
from domain.outcomes import Accepted, Outcome, Pending, Unknown
from domain.saved_card import SavedCard
from tests.golden import golden


def test_a_completed_checkout_is_read_exactly() -> None:
    checkout = checkout_answered(golden("qliro/checkout-completed.json"))
    assert (checkout.provider_order_id, checkout.merchant_reference) == (4177001, "oHkTwPqZ-1")
    assert checkout.status is CheckoutStatus.COMPLETED
    assert (checkout.total, checkout.currency, checkout.country, checkout.language) == (202_901, "SEK", "SE", "sv-se")
    assert checkout.lines == (
        CheckoutLine("T-2", "Tält för två", LineType.PRODUCT, 2, 98_500, 78_800, 3301001),
        CheckoutLine("box-1", "Ombud", LineType.SHIPPING, 1, 5_900, 4_720, 3301001, "box-1", "SE-7", "1234", "Unifaun"),
        CheckoutLine("InvoiceFee", "", LineType.FEE, 1, 1, 1),
    )
    assert (checkout.payment_method, checkout.payment_type, checkout.newsletter) == ("QLIRO_INVOICE", "INVOICE", True)


def test_the_snippet_is_passed_on_unchanged() -> None:
    checkout = checkout_answered(golden("qliro/checkout-completed.json"))
    assert checkout.snippet == '<script>\r\n  (function (w) { w.q1 = "sv-se"; })(window)\r\n</script>'


def test_the_customers_numbers_stay_with_the_billing_address() -> None:
    checkout = checkout_answered(golden("qliro/checkout-completed.json"))
    assert checkout.billing == Address(
        type="person",
        given_name="Ebba",
        family_name="Berg",
        street_address="Storgatan 1",
        postal_code="97231",
        city="Luleå",
        country="SE",
        phone="+46700000000",
        email="ebba@example.com",
        national_identification_number="790625-5307",
    )
    assert checkout.shipping == Address(
        type="person",
        given_name="Åke",
        street_address="Hamngatan 2",
        country="SE",
        phone="+46700000000",
        email="ebba@example.com",
    )


def test_what_is_masked_or_missing_is_not_known() -> None:
    checkout = checkout_answered(golden("qliro/checkout-in-process.json"))
    assert checkout.status is CheckoutStatus.IN_PROCESS
    assert (checkout.total, checkout.currency, checkout.lines) == (0, "NOK", ())
    assert checkout.billing == Address(
        type="organization", postal_code="0150", organization_identification_number="123456785"
    )
    assert checkout.shipping is None
    assert checkout.payment_method is None
    assert checkout.newsletter is None


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (b'"InProcess"', CheckoutStatus.IN_PROCESS),
        (b'"ONHOLD"', CheckoutStatus.ON_HOLD),
        (b'"refused"', CheckoutStatus.REFUSED),
        (b'"Success"', CheckoutStatus.COMPLETED),
        (b'"Beamed"', CheckoutStatus.UNKNOWN),
        (b"null", CheckoutStatus.UNKNOWN),
        (b"2", CheckoutStatus.COMPLETED),
        (b"99", CheckoutStatus.UNKNOWN),
    ],
)
def test_a_status_unheard_of_is_unknown_not_a_guess(told: bytes, status: CheckoutStatus) -> None:
    raw = b'{"OrderId":1,"TotalPrice":1,"Currency":"SEK","CustomerCheckoutStatus":%s}' % told
    assert checkout_answered(raw).status is status


def test_why_a_transaction_failed_is_one_line_that_can_be_stored() -> None:
    members = b'"PaymentTransactionId":%d,"Type":"Capture","Amount":1,"Status":"Error"'
    wire = b"{" + members + b',"ErrorCode":%s,"ErrorCodeDescription":%s}'
    books = b'{"OrderId":1,"Currency":"SEK","PaymentTransactions":[%s,%s]}' % (
        wire % (6, b'"DECLINED\\u0007"', b'" The bank\\r\\n says no\\u0007 %s"' % (b"!" * 5_000)),
        wire % (7, b"null", b"null"),
    )
    told, silent = ledger_answered(books).transactions
    assert told.error_code == "DECLINED"
    assert told.reason.startswith("The bank says no !!!")
    assert len(told.reason) <= 300
    assert silent.reason == "Qliro ended transaction 7 with Error."


@pytest.mark.parametrize("until", ["1764000000", '"soon"', "null", "{}", "true", '"0001-01-01T00:00:00+05:00"'])
@pytest.mark.parametrize("eligible", ["true", '"yes"', "1", "null"])
def test_a_purchase_is_read_whatever_it_says_of_selling_more(eligible: str, until: str) -> None:
    told = f'"Upsell": {{"EligibleForUpsell": {eligible}, "EligibleForUpsellUntil": {until}}}'
    checkout = checkout_answered(golden("qliro/checkout-completed.json").replace(b'"Upsell": null', told.encode()))
    assert checkout.status is CheckoutStatus.COMPLETED
    assert (checkout.upsell.eligible, checkout.upsell.until) == (eligible == "true", None)


@pytest.mark.parametrize(
    ("told", "year"),
    [
        ("28", 28),
        ('"28"', 28),
        ("2028.0", None),
        ("2028", 2028),
        ("20281", None),
        ('"\u0662\u0668"', None),
        ('"soon"', None),
        ("[1]", None),
        ("null", None),
    ],
)
def test_a_purchase_is_read_however_it_says_when_the_saved_card_runs_out(told: str, year: int | None) -> None:
    card = f', "MerchantSavedCreditCard": {{"Id": "card-1", "ExpiryYear": {told}, "ExpiryMonth": {told}}}}}'
    raw = golden("qliro/checkout-completed.json").rstrip().removesuffix(b"}") + card.encode()
    saved = checkout_answered(raw).saved_card
    assert saved is not None
    assert (saved.token, saved.expiry_year, saved.expiry_month) == ("card-1", year, year)


def test_the_books_are_read_exactly() -> None:
    ledger = ledger_answered(golden("qliro/admin-order.json"))
    assert (ledger.provider_order_id, ledger.merchant_reference, ledger.currency) == (4177001, "oHkTwPqZ-1", "SEK")
    reserved_at = datetime(2026, 2, 11, 8, 5, 0, 123_456, tzinfo=UTC)
    captured_at = datetime(2026, 2, 12, 8, 0, tzinfo=UTC)
    kind, status = TransactionKind, TransactionStatus
    assert ledger.transactions == (
        Transaction(3301001, None, kind.PREAUTHORIZATION, status.SUCCESS, 187_000, reserved_at),
        Transaction(3301050, 3301001, kind.CAPTURE, status.SUCCESS, 98_500, captured_at),
        Transaction(3301060, 3301050, kind.REFUND, status.ERROR, 1_050, None, "DECLINED"),
        Transaction(3301061, None, kind.UNKNOWN, status.UNKNOWN, 100),
    )
    assert [(a.kind, a.transaction_id, a.type) for a in ledger.actions] == [
        (ActionKind.RESERVE, 3301001, LineType.PRODUCT),
        (ActionKind.RESERVE, 3301001, LineType.DISCOUNT),
        (ActionKind.SHIP, 3301050, LineType.PRODUCT),
        (ActionKind.UNKNOWN, 0, LineType.PRODUCT),
    ]
    assert ledger.actions[1] == ItemAction(
        ActionKind.RESERVE, 3301001, "gift", "Presentkort", LineType.DISCOUNT, 1, -10_000, -10_000
    )
    assert ledger.actions[3].price_ex == 98_500


def transaction(members: str) -> Transaction:
    """The only one in the books, as it is read."""
    books = ledger_answered(
        f'{{"OrderId":1,"Currency":"SEK","PaymentTransactions":[{{"PaymentTransactionId":7,{members}}}]}}'.encode()
    )
    (only,) = books.transactions
    return only


@pytest.mark.parametrize(
    ("amount", "kind"),
    [
        ("-10.50", TransactionKind.CREDIT),
        ("10.50", TransactionKind.UPDATE_INVOICE),
        ("0", TransactionKind.UPDATE_INVOICE),
    ],
)
def test_an_invoice_that_became_smaller_gave_money_back(amount: str, kind: TransactionKind) -> None:
    told = transaction(f'"Amount":{amount},"Type":"UpdateInvoice","Status":"Success","OriginalPaymentTransactionId":3')
    assert (told.kind, told.parent, told.amount) == (kind, 3, abs(int(float(amount) * 100)))


@pytest.mark.parametrize("told", [("Created", "Success"), ("Success", "Created"), ("Success", "Success")])
def test_a_transaction_that_is_told_twice_is_one_as_it_was_decided(told: tuple[str, str]) -> None:
    mentions = ",".join(
        f'{{"PaymentTransactionId":7,"Type":"Capture","Amount":10,"Status":"{status}"}}' for status in told
    )
    books = ledger_answered(f'{{"OrderId":1,"Currency":"SEK","PaymentTransactions":[{mentions}]}}'.encode())
    assert [(t.id, t.status) for t in books.transactions] == [(7, TransactionStatus.SUCCESS)]
    assert (books.totals().captured, books.mark) == (1_000, 1)


@pytest.mark.parametrize(("number", "kind"), list(enumerate(TransactionKind))[:-1])
def test_every_kind_of_transaction_is_known_by_name_and_number(number: int, kind: TransactionKind) -> None:
    assert transaction(f'"Amount":1,"Type":{number},"Status":"Created"').kind is kind
    assert transaction(f'"Amount":1,"Type":"{kind.value.upper()}","Status":"Created"').kind is kind


@pytest.mark.parametrize(("number", "status"), list(enumerate(TransactionStatus))[:-1])
def test_every_status_of_a_transaction_is_known_by_name_and_number(number: int, status: TransactionStatus) -> None:
    assert transaction(f'"Amount":1,"Type":"Capture","Status":{number}').status is status
    assert transaction(f'"Amount":1,"Type":"Capture","Status":"{status.value.lower()}"').status is status


def test_books_in_two_currencies_are_not_believed() -> None:
    raw = golden("qliro/admin-order.json").replace(b'"sek"', b'"NOK"')
    with pytest.raises(LedgerDisagrees):
        ledger_answered(raw)


@pytest.mark.parametrize(
    ("raw", "outcome"),
    [
        (b'{"PaymentTransactions":[{"PaymentTransactionId":7,"Status":"Created"}]}', Pending((7,))),
        (b'{"PaymentTransactions":[{"PaymentTransactionId":7,"Status":"Success"}]}', Accepted((7,))),
        (b'{"PaymentTransactions":[{"PaymentTransactionId":7,"Status":4}]}', Accepted((7,))),
        (
            b'{"PaymentTransactions":[{"PaymentTransactionId":7,"Status":"Success"},{"PaymentTransactionId":8}]}',
            Pending((7, 8)),
        ),
        (b'{"PaymentTransactionId":7,"Status":"InProcess"}', Pending((7,))),
        (
            b'{"PaymentTransactionId":7,"Status":"Created","ReversalPaymentTransactionId":8,'
            b'"ReversalPaymentTransactionStatus":"Created"}',
            Pending((7, 8)),
        ),
        (b'{"PaymentTransactions":null}', Pending(())),
        (b"{}", Pending(())),
        (b"", Unknown("Qliro's answer can't be understood")),
        (b"<html>", Unknown("Qliro's answer can't be understood")),
        (b'{"PaymentTransactions":[{"PaymentTransactionId":"x"}]}', Unknown("Qliro's answer can't be understood")),
        (b"[" * 5_000, Unknown("Qliro's answer can't be understood")),
    ],
)
def test_a_received_operation_is_pending_until_it_is_said_to_be_done(raw: bytes, outcome: Outcome) -> None:
    assert outcome_answered(raw) == outcome


@pytest.mark.parametrize(
    ("told", "link"),
    [
        ('"https://qliro.example/pay"', "https://qliro.example/pay"),
        ('" http://qliro.example/pay "', "http://qliro.example/pay"),
        ('"ftp://qliro.example/pay"', ""),
        ('"javascript:alert(1)"', ""),
        ('"https://qliro.example/\\u0007"', ""),
        ('"https://' + "x" * 1_992 + '"', "https://" + "x" * 1_992),
        ('"https://' + "x" * 1_993 + '"', ""),
        ("null", ""),
    ],
)
def test_a_customer_is_sent_to_the_web_and_nowhere_else(told: str, link: str) -> None:
    answer = upsell_answered(b'{"UpsellLink":%b}' % told.encode())
    assert (answer.outcome, answer.link) == (Pending(()), link)


def test_an_answer_to_an_upsell_that_cannot_be_read_decides_nothing() -> None:
    answer = upsell_answered(b"<html>")
    assert (answer.outcome, answer.link) == (Unknown("Qliro's answer can't be understood"), "")


@pytest.mark.parametrize(
    ("transactions", "decided"),
    [
        ("null", False),
        ("[]", False),
        ('[{"Status":"Created"}]', False),
        ('[{"Status":"Success"}]', True),
        ('[{"Status":"Error"}]', True),
        ('[{"Status":"Success"},{"Status":"InProcess"}]', False),
        ('[{"Status":"InProcess"},{"Status":"Success"}]', False),
    ],
)
def test_a_payment_without_the_customer_is_decided_when_all_its_transactions_are(
    transactions: str, decided: bool
) -> None:
    placed = placed_answered(f'{{"OrderId":7,"PaymentTransactions":{transactions}}}'.encode())
    assert (placed.provider_order_id, placed.decided) == (7, decided)


@pytest.mark.parametrize(
    ("told", "brand"),
    [
        ("0", ""),
        ("1", "VISA"),
        ("3", "AMEX"),
        ("4", ""),
        ("-1", ""),
        ('"visa"', "VISA"),
        ('"Unknown"', ""),
        ('"Dankort"', "DANKORT"),
        ("null", ""),
    ],
)
def test_a_saved_card_is_read_with_its_brand_and_numbers(told: str, brand: str) -> None:
    numbers = '"MaskedNumber": "4111********1111", "Bin": "411111", "Last4Digits": "1111"'
    card = f', "MerchantSavedCreditCard": {{"Id": "card-1", "BrandName": {told}, {numbers}}}}}'
    raw = golden("qliro/checkout-completed.json").rstrip().removesuffix(b"}") + card.encode()
    assert checkout_answered(raw).saved_card == SavedCard("card-1", brand, "4111********1111", "411111", "1111")


NO_ORDERS = [
    b"",
    b"null",
    b"[]",
    b"<html>oops</html>",
    b"{}",
    b'{"OrderId":"x"}',
    b'{"OrderId":null}',
    b'{"OrderId":1,"Currency":"SEK"}',
    b'{"OrderId":1,"TotalPrice":1}',
    b'{"OrderId":1,"TotalPrice":"NaN","Currency":"SEK"}',
    b'{"OrderId":1,"TotalPrice":1e400,"Currency":"SEK"}',
    b'{"OrderId":1,"TotalPrice":1,"Currency":"SEK","OrderItems":[{"Quantity":1}]}',
    b'{"OrderId":1,"TotalPrice":1,"Currency":"SEK","OrderItems":[{"Quantity":1.5,"PricePerItemIncVat":1}]}',
    b'{"OrderId":1,"TotalPrice":1,"Currency":"SEK","OrderItems":[{"Quantity":-1,"PricePerItemIncVat":1}]}',
    b'{"OrderId":1,"TotalPrice":1,"Currency":"SEK","OrderItems":{}}',
    golden("qliro/checkout-completed.json")[:500],
    b'{"OrderId":1,"x":' + b"[" * 4_000 + b"]" * 4_000 + b"}",
    b'{"OrderId":1,"MerchantReference":"\xff"}',
]


@pytest.mark.parametrize("raw", NO_ORDERS, ids=range(len(NO_ORDERS)))
def test_an_answer_that_is_no_order_is_qliros_failure(raw: bytes) -> None:
    with pytest.raises(ProviderUnavailable):
        checkout_answered(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b'{"OrderId":1}',
        b'{"OrderId":1,"Currency":"SEK","PaymentTransactions":[{"PaymentTransactionId":1}]}',
        b'{"OrderId":1,"Currency":"SEK","PaymentTransactions":[{}]}',
        b'{"OrderId":1,"Currency":"SEK","OrderItemActions":[{"Quantity":0.5,"PricePerItemIncVat":1}]}',
    ],
)
def test_an_answer_that_is_no_ledger_is_qliros_failure(raw: bytes) -> None:
    with pytest.raises(ProviderUnavailable):
        ledger_answered(raw)


def test_a_new_orders_id_must_be_told() -> None:
    assert created_order_id(b'{"OrderId":4009289,"PaymentLink":null}') == 4009289
    with pytest.raises(ProviderUnavailable):
        created_order_id(b'{"PaymentLink":null}')


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
def test_a_moment_that_has_no_time_in_utc_is_not_known(told: str) -> None:
    assert transaction(f'"Type":"Capture","Amount":1,"Status":"Success","Timestamp":"{told}"').at is None
