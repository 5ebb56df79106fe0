import base64
import hashlib
import json
from typing import Any

import pytest

from adapters.simulators.qliro.auth import sign
from adapters.simulators.qliro.config import QliroSimConfig, SimMerchant
from tests.simulators.qliro.bench import KEY, SECRET, Bench, code, line, token

ORDERS = "/checkout/merchantapi/Orders"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            b'{"MerchantApiKey":"TestKey","MerchantReference":"NC-100045","Currency":"SEK"}',
            "4iOg9YtxxA5U1QQWKZvn6/rfSjOGJmAyypjLWk7kJ3g=",
        ),
        (b"", "67wFduDAS/Ut4dw9sZOuNfC/xQKiVjkFx5TQMs5xX9w="),
        (
            '{"MerchantApiKey":"TestKey","Description":"Kött på svåra öar"}'.encode(),
            "wraL1HKDZW3O2UZ6yphTrcbCU2UJeURZhvl+lYG/JzE=",
        ),
        (
            json.dumps(
                {"MerchantApiKey": "TestKey", "Description": "Kött på svåra öar"}, separators=(",", ":")
            ).encode(),
            "RgvdqRhn60LU4UQM0emKbwJs+CdsMpu9cyLCu4XkJJI=",
        ),
    ],
)
def test_a_token_is_the_digest_of_body_and_secret(body: bytes, expected: str) -> None:
    assert sign(body, "TestSecret123") == expected


async def test_a_signature_counts_for_exactly_the_bytes_sent(bench: Bench) -> None:
    raw = json.dumps({"MerchantApiKey": KEY, **bench.order_body()}).encode()
    respaced = json.dumps(json.loads(raw), separators=(",", ":")).encode()
    headers = {"Authorization": token(raw), "Content-Type": "application/json"}

    async with bench.http.post(bench.sim.url + ORDERS, data=respaced, headers=headers) as answer:
        assert answer.status == 401
        assert await answer.read() == b""
    async with bench.http.post(bench.sim.url + ORDERS, data=raw, headers=headers) as answer:
        assert answer.status == 201


@pytest.mark.parametrize("header", [None, "", "Qliro", "Qliro x", "Bearer abc", "qliro " + sign(b"", SECRET)])
async def test_without_a_good_token_the_answer_is_an_empty_401(bench: Bench, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}

    async with bench.http.get(f"{bench.sim.url}{ORDERS}/1", headers=headers) as answer:
        assert (answer.status, await answer.read()) == (401, b"")


async def test_the_api_key_must_belong_to_the_secret() -> None:
    other = SimMerchant("other", "other-secret")
    bench = await Bench.open(QliroSimConfig(merchants=(SimMerchant(KEY, SECRET), other)))
    try:
        status, answer = await bench.send("POST", ORDERS, bench.order_body(MerchantApiKey="other"))
        assert (status, code(answer)) == (400, "UNAUTHORIZED")
        order_id = await bench.create()
        bench.secret = "other-secret"
        status, answer = await bench.send("GET", f"{ORDERS}/{order_id}")
        assert (status, code(answer)) == (400, "MERCHANT_MISMATCH")
    finally:
        await bench.close()


async def test_a_created_order_is_in_process_and_shows_a_snippet(bench: Bench) -> None:
    body = bench.order_body()
    raw = json.dumps({"MerchantApiKey": KEY, **body}).encode()
    headers = {"Authorization": token(raw), "Content-Type": "application/json"}
    async with bench.http.post(bench.sim.url + ORDERS, data=raw, headers=headers) as answer:
        made = await answer.json()
        assert answer.headers["Location"].endswith(f"/checkout/merchantapi/Orders/{made['OrderId']}")
    assert made["PaymentLink"] is None

    status, order = await bench.send("GET", f"/CHECKOUT/merchantapi/orders/{made['OrderId']}")

    assert status == 200
    assert (order["CustomerCheckoutStatus"], order["TotalPrice"]) == ("InProcess", 603.0)
    assert order["Customer"] is order["PaymentMethod"] is None
    snippet = order["OrderHtmlSnippet"]
    assert "\r\n" in snippet
    assert f'orderId: "{made["OrderId"]}"' in snippet
    assert 'language: "sv-se"' in snippet
    claims = json.loads(base64.urlsafe_b64decode(snippet.split("Bearer ")[1].split(".")[1] + "=="))
    assert claims["exp"] - claims["nbf"] == 5400
    assert (claims["iss"], claims["orderId"]) == ("QO", str(made["OrderId"]))
    status, found = await bench.send("GET", f"{ORDERS}?merchantReference={body['MerchantReference']}")
    assert found["OrderId"] == made["OrderId"]


def items(count: int) -> list[dict[str, Any]]:
    return [line(f"SKU-{n}", 1) for n in range(count)]


ACCEPTED: list[dict[str, Any]] = [
    {"MerchantReference": "A" * 25},
    {"OrderItems": items(1)},
    {"OrderItems": items(200)},
    {"OrderItems": [line("x" * 200, 1)]},
    {"OrderItems": [line("Å (é).'-_&,/–+0:9 ж", 1)]},
    {"OrderItems": [line("A", 1), line("A", 2)]},
    {"OrderItems": [line("A", 1.25, ex=1, VatRate=25.00)]},
    {"OrderItems": [line("A", 1), line("GIFT", 0)]},
    {"OrderItems": [{"MerchantReference": "A", "Quantity": 1, "PricePerItemIncVat": 10}]},
    {"OrderItems": [line("A", 10, kind="product")]},
    {"OrderItems": [line("A", 10, Metadata={"MerchantData": "x" * 250})]},
    {"MerchantProvidedMetadata": [{"Key": "k" * 50, "Value": "v" * 250}] * 30},
    {"CornerRadius": 1000, "PrimaryColor": "#00AB84"},
    {"AskForNewsletterSignupText": "Ja tack!"},
    {"SomethingNew": {"Nested": 1}},
]
INVALID: list[dict[str, Any]] = [
    {"MerchantReference": "A" * 26},
    {"MerchantReference": "A B"},
    {"MerchantReference": "A|B"},
    {"MerchantReference": None},
    {"OrderItems": None},
    {"OrderItems": []},
    {"OrderItems": items(201)},
    {"OrderItems": {"0": line("A", 1)}},
    {"OrderItems": [line("x" * 201, 1)]},
    {"OrderItems": [line("A#1", 1)]},
    {"OrderItems": [line("A🙂", 1)]},
    {"OrderItems": [line("A", 1, quantity=0)]},
    {"OrderItems": [line("A", 1, Quantity=1.5)]},
    {"OrderItems": [line("A", 1, PricePerItemIncVat="1.00")]},
    {"OrderItems": [line("A", 1), line("A", 1)]},
    {"OrderItems": [line("A", 1, ex=2)]},
    {"OrderItems": [line("A", 10), line("B", -1)]},
    {"OrderItems": [line("A", 10), line("B", -1, kind="Fee")]},
    {"OrderItems": [line("A", 10), line("B", 1, kind="Discount")]},
    {"OrderItems": [line("A", 10, kind="Voucher")]},
    {"OrderItems": [line("A", 1.25, ex=1, VatRate=12)]},
    {"OrderItems": [line("A", 10, Description="x" * 4001)]},
    {"OrderItems": [line("A", 10, Metadata={"MerchantData": "x" * 251})]},
    {"MerchantTermsUrl": None},
    {"MerchantConfirmationUrl": "/thanks"},
    {"MerchantConfirmationUrl": "http://shop.example/thanks"},
    {"MerchantProvidedMetadata": [{"Key": "k", "Value": "v"}] * 31},
    {"MerchantProvidedMetadata": [{"Key": "k" * 51, "Value": "v"}]},
    {"CornerRadius": 1001},
    {"PrimaryColor": "green"},
    {"EnforcedJuridicalType": "Robot"},
    {"CustomerInformation": {"Address": {"Street2": "x" * 41}}},
    {"AvailableShippingMethods": [{"MerchantReference": "S", "DisplayName": "x" * 101}]},
]


@pytest.mark.parametrize("changes", ACCEPTED, ids=str)
async def test_create_accepts_what_is_within_the_limits(bench: Bench, changes: dict[str, Any]) -> None:
    status, answer = await bench.send("POST", ORDERS, bench.order_body() | changes)

    assert status == 201, answer


@pytest.mark.parametrize("changes", INVALID, ids=str)
async def test_create_refuses_what_is_outside_the_limits(bench: Bench, changes: dict[str, Any]) -> None:
    status, answer = await bench.send("POST", ORDERS, bench.order_body(**changes))

    assert (status, code(answer)) == (400, "INVALID_INPUT")
    assert answer["ErrorMessage"].startswith("Property: ")
    assert not bench.sim.state.orders


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Currency": "NOK"}, "PAYMENT_METHOD_NOT_CONFIGURED"),
        ({"Language": "fi"}, "PAYMENT_METHOD_NOT_CONFIGURED"),
        ({"MerchantCheckoutStatusPushUrl": None}, "MERCHANT_URL_NOT_SET"),
        ({"MerchantOrderManagementStatusPushUrl": None}, "MERCHANT_URL_NOT_SET"),
        ({"OrderItems": [line("A", 1), line("B", -2, kind="Discount")]}, "INVALID_REQUEST_TOTAL_AMOUNT"),
    ],
)
async def test_create_refuses_what_the_merchant_is_not_set_up_for(
    bench: Bench, changes: dict[str, Any], expected: str
) -> None:
    status, answer = await bench.send("POST", ORDERS, bench.order_body(**changes))

    assert (status, code(answer)) == (400, expected)


@pytest.mark.parametrize("extra", [{"PricePerItemIncVat": 1.005}, {"VatRate": 12.345}])
async def test_a_third_decimal_is_a_system_error(bench: Bench, extra: dict[str, Any]) -> None:
    status, answer = await bench.send("POST", ORDERS, bench.order_body(OrderItems=[line("A", 1) | extra]))

    assert (status, code(answer)) == (500, "SYSTEM_ERROR")


async def test_several_violations_come_in_one_text(bench: Bench) -> None:
    _, answer = await bench.send("POST", ORDERS, bench.order_body(MerchantReference="", CornerRadius=-1))

    assert answer["ErrorMessage"].count("Property: ") == 2


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff{}"])
async def test_a_body_that_is_no_json_object_is_an_invalid_request(bench: Bench, raw: bytes) -> None:
    signature = base64.b64encode(hashlib.sha256(raw + SECRET.encode()).digest()).decode()
    headers = {"Authorization": f"Qliro {signature}", "Content-Type": "application/json"}

    async with bench.http.post(bench.sim.url + ORDERS, data=raw, headers=headers) as answer:
        assert answer.status == 400
        assert code(await answer.json()) == "INVALID_REQUEST"


async def test_an_update_replaces_the_whole_list(bench: Bench) -> None:
    order_id = await bench.create()
    body = {"OrderItems": [line("NEW", 10)], "MerchantUpdateVersion": "v2"}

    assert await bench.send("PUT", f"{ORDERS}/{order_id}", body) == (200, "")

    _, order = await bench.send("GET", f"{ORDERS}/{order_id}")
    assert [i["MerchantReference"] for i in order["OrderItems"]] == ["NEW"]
    assert order["TotalPrice"] == 10.0


async def test_an_update_is_refused_when_it_comes_too_late(bench: Bench) -> None:
    paid, old, waiting = await bench.bought(), await bench.create(), await bench.create()
    await bench.sim.buy(waiting, three_d_secure="wait")
    body = {"OrderItems": [line("NEW", 10)]}

    assert code((await bench.send("PUT", f"{ORDERS}/{paid}", body))[1]) == "ORDER_COMPLETED"
    assert code((await bench.send("PUT", f"{ORDERS}/{waiting}", body))[1]) == "OPERATION_NOT_SUPPORTED"
    assert (await bench.send("PUT", f"{ORDERS}/{old}", body))[0] == 200
    bench.sim.state.clock.advance(86_400 + 1)
    assert code((await bench.send("PUT", f"{ORDERS}/{old}", body))[1]) == "ORDER_EXPIRED"
    assert (await bench.send("PUT", f"{ORDERS}/{old}", {**body, "MerchantUpdateVersion": "x" * 37}))[0] == 400


async def test_unknown_orders_are_404_bare_for_merchants_and_json_for_admin(bench: Bench) -> None:
    assert await bench.send("GET", f"{ORDERS}/4999999") == (404, None)
    assert (await bench.send("GET", f"{ORDERS}/abc"))[0] == 400
    status, answer = await bench.send("GET", "/checkout/adminapi/v2/orders/4999999")
    assert (status, code(answer)) == (404, "ORDER_NOT_FOUND")
    assert (await bench.send("GET", "/checkout/adminapi//v2/orders/4999999"))[0] == 404


@pytest.mark.parametrize("price", ["1E+999999999", "1E-999999999", "1E+99999999999999999999"])
async def test_a_number_out_of_all_bounds_is_refused(bench: Bench, price: str) -> None:
    body = {"MerchantApiKey": KEY, **bench.order_body()}
    body["OrderItems"][0]["PricePerItemIncVat"] = 12345.25
    raw = json.dumps(body).replace("12345.25", price).encode()
    headers = {"Authorization": token(raw), "Content-Type": "application/json"}
    async with bench.http.post(bench.sim.url + ORDERS, data=raw, headers=headers) as answer:
        assert answer.status == 400
        assert "ErrorCode" in await answer.json()
