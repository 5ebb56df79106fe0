"""Requests that are made again and again."""

import msgspec
from bench.fixed_rate import told_anew
from bench.world import Request


def request(body: object) -> Request:
    return Request(method="POST", target="/", headers={"x": "y"}, body=msgspec.json.encode(body))


def test_a_push_tells_the_same_of_another_moment() -> None:
    push = request({"OrderId": 7, "NotificationType": "CustomerCheckoutStatus", "Timestamp": "2025-02-03T04:05:06"})
    bodies = [msgspec.json.decode(told_anew(push, number).body) for number in (1, 2)]
    assert bodies[0]["Timestamp"] != bodies[1]["Timestamp"]
    assert {body["OrderId"] for body in bodies} == {7}
    assert told_anew(push, 1).headers == {"x": "y"}


def test_a_purchase_is_validated_as_it_is() -> None:
    asked = request({"OrderId": 7, "Timestamp": "2025-02-03T04:05:06"})
    assert told_anew(asked, 1) is asked
