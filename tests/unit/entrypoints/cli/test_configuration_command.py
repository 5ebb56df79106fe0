"""`qliro-adapter configuration check`: everything wrong at once, what is odd, and what will count."""

import copy
import io
import json
from pathlib import Path
from typing import Any

import pytest

from entrypoints.cli.__main__ import main
from entrypoints.http.configuration_table import ACTIVE, FIELDS
from tests.unit.entrypoints.http.test_configuration_schema import GROUPED

SECRET = "never-shown-anywhere"
GOOD = {**GROUPED, "apiSettings": {**GROUPED["apiSettings"], "merchantApiSecret": SECRET, "merchantApiKey": SECRET}}


class Shell:
    """Runs the command as a shell would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: Path) -> None:
        self._monkeypatch, self._capsys, self._place = monkeypatch, capsys, place
        monkeypatch.chdir(place)

    def run(self, *words: str, stdin: bytes = b"") -> tuple[int, str, str]:
        self._monkeypatch.setattr("sys.argv", ["qliro-adapter", "configuration", "check", *words])
        self._monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            main()
        told = self._capsys.readouterr()
        assert SECRET not in told.out + told.err
        assert isinstance(ended.value.code, int)
        return ended.value.code, told.out, told.err

    def check(self, document: object) -> tuple[int, dict[str, Any]]:
        """The verdict as programs read it."""
        file = self._place / "configuration.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        status, out, _ = self.run(str(file), "--format", "json")
        return status, json.loads(out)

    def one(self, document: object) -> dict[str, Any]:
        return dict(self.check(document)[1]["configurations"][0])


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shell:
    return Shell(monkeypatch, capsys, tmp_path)


def changed(**members: object) -> dict[str, Any]:
    """A good document with these options."""
    document = copy.deepcopy(GOOD)
    document["options"] = members
    return document


def paths(problems: list[dict[str, str]]) -> list[str]:
    return [problem["path"] for problem in problems]


def test_a_good_one_is_usable_and_says_what_counts(shell: Shell) -> None:
    status, told = shell.check(GOOD)
    (one,) = told["configurations"]
    assert (status, told["ok"], one["errors"], one["warnings"]) == (0, True, [], [])
    assert list(one["settings"]) == [field.name for field in (ACTIVE, *FIELDS)]
    assert one["settings"]["primaryColor"] == {"value": "#ffffff", "from": "options.primaryColor"}
    assert one["settings"]["upsellTimeoutSeconds"] == {"value": 300, "from": "default"}
    assert one["settings"]["merchantApiSecret"] == {"value": "***", "from": "apiSettings.merchantApiSecret"}
    assert one["settings"]["discountLocalizations"]["value"] == {"sv-SE": "Rabatt"}
    assert one["settings"]["declineLocalizations"]["from"] == "localizationOptions.declineText"


def test_people_read_the_verdict_in_lines(shell: Shell) -> None:
    status, out, _ = shell.run("-", stdin=json.dumps(GOOD).encode())
    lines = out.splitlines()
    assert status == 0
    assert lines[0] == "Usable, 0 warnings. Payments are made at Qliro's test environment."
    assert "  merchantApiKey                 ***  (apiSettings.merchantApiKey)" in lines
    assert "  recurring                      false  (default)" in lines


def test_one_that_is_not_active_says_so(shell: Shell) -> None:
    _, out, _ = shell.run("-", stdin=json.dumps({**GOOD, "active": False}).encode())
    assert "not active" in out


def test_every_wrong_field_is_told_at_once_with_its_place_and_what_is_right(shell: Shell) -> None:
    document = changed(primaryColor="red", cornerRadius=-1, minimumCustomerAge="18", merchantReferenceSource="Cart")
    document["apiSettings"] = {"apiUrl": "http://pago.qit.nu", "merchantApiKey": "x" * 51}
    document["redirectUrls"]["termsUrl"] = "shop"
    document["localizationOptions"] = {"discountText": {"svenska": "Rabatt", "sv": 7}, "declineText": []}
    document["active"] = "yes"
    document.pop("id")
    status, told = shell.check(document)
    (one,) = told["configurations"]
    assert (status, told["ok"], one["settings"]) == (1, False, {})
    assert sorted(paths(one["errors"])) == [
        "active", "apiSettings.apiUrl", "apiSettings.merchantApiKey", "id",
        "localizationOptions.declineText", "localizationOptions.discountText.sv",
        "localizationOptions.discountText.svenska", "merchantApiSecret", "options.cornerRadius",
        "options.merchantReferenceSource", "options.minimumCustomerAge", "options.primaryColor",
        "redirectUrls.termsUrl",
    ]  # fmt: skip
    assert all(error["why"] and error["right"] for error in one["errors"])
    assert "x" * 51 not in json.dumps(told)


def test_people_read_every_error(shell: Shell) -> None:
    status, out, _ = shell.run("-", stdin=json.dumps(changed(primaryColor="red", recurring=1)).encode())
    assert status == 1
    assert "error: options.primaryColor is not a colour\n    right: six hexadecimal digits like #1A2B3C\n" in out
    assert "error: options.recurring is not a boolean\n    right: true or false\n" in out
    assert out.endswith("Not usable: 2 errors, 0 warnings.\n")


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({**GOOD, "$schema": 7}, "$schema"),
        ({**GOOD, "id": "walley_checkout_adapter"}, "id"),
        ({**GOOD, "adapter": {}}, "adapter.publicUrl"),
        ({**GOOD, "adapter": None}, "adapter"),
        ({**GOOD, "active": None}, "active"),
        ({**GOOD, "options": []}, "options"),
        ({**GOOD, "apiUrl": "https://evil.example"}, "apiUrl"),
    ],
)
def test_what_norce_would_refuse_is_an_error_too(shell: Shell, document: dict[str, Any], path: str) -> None:
    status, told = shell.check(document)
    assert status == 1
    assert path in paths(told["configurations"][0]["errors"])


@pytest.mark.parametrize(
    ("options", "path", "right"),
    [
        ({"primarycolour": "#fff"}, "options.primarycolour", "primaryColor"),
        ({"primaryColour": "#fff"}, "options.primaryColour", "primaryColor"),
        ({"minCustomerAge": 18}, "options.minCustomerAge", "minimumCustomerAge"),
        ({"zzz": 1}, "options.zzz", ""),
        ({"merchantReferenceSource": "orderid"}, "options.merchantReferenceSource", "OrderId"),
        ({"upsellTimeoutSeconds": 5}, "options.upsellTimeoutSeconds", "useUpsell"),
        ({"askForNewsletterSignupChecked": True}, "options.askForNewsletterSignupChecked", "askForNewsletterSignup"),
        ({"minimumCustomerAge": 18, "enforcedJuridicalType": "company"}, "options.minimumCustomerAge", "leave one"),
        ({"declineText": {"sv": {"stock": "Slut"}}}, "options.declineText.sv.stock", "outOfStock"),
    ],
)
def test_what_is_odd_is_a_warning(shell: Shell, options: dict[str, Any], path: str, right: str) -> None:
    one = shell.one(changed(**options))
    assert one["errors"] == []
    (warning,) = [each for each in one["warnings"] if each["path"] == path]
    assert right in warning["right"]


def test_a_misspelt_group_is_a_warning_and_what_it_held_is_missing(shell: Shell) -> None:
    document = {("apisettings" if name == "apiSettings" else name): value for name, value in GOOD.items()}
    one = shell.one(document)
    assert one["warnings"][0]["right"] == "perhaps apiSettings is meant"
    assert {"apiUrl", "merchantApiKey", "merchantApiSecret"} <= set(paths(one["errors"]))


def test_two_values_for_one_field_and_one_name_twice_are_warnings(shell: Shell) -> None:
    document = {**changed(cornerRadius=3), "cornerRadius": 4}
    one = shell.one(document)
    assert paths(one["warnings"]) == ["options.cornerRadius"]
    assert one["settings"]["cornerRadius"] == {"value": 4, "from": "cornerRadius"}
    twice = json.dumps(GOOD)[:-1] + ', "active": false}'
    status, out, _ = shell.run("-", "--format", "json", stdin=twice.encode())
    assert status == 0
    assert paths(json.loads(out)["configurations"][0]["warnings"]) == ["active"]


def test_addresses_without_tls_and_unknown_placeholders_are_warnings(shell: Shell) -> None:
    document = copy.deepcopy(GOOD)
    document["redirectUrls"]["merchantTermsUrl"] = "http://localhost:3000/?o={orderid}"
    warnings = shell.one(document)["warnings"]
    assert [warning["why"] for warning in warnings] == ["is without TLS", "holds {orderid}, which is not replaced"]
    assert warnings[1]["right"] == "{orderId}"


def test_a_channel_of_several_adapters_is_searched_for_ours(shell: Shell) -> None:
    status, told = shell.check([{"id": "klarna_checkout_adapter", "junk": 1}, GOOD, {"id": "norce_adapter"}])
    assert (status, len(told["configurations"])) == (0, 1)
    assert shell.check({"configurations": [GOOD]})[0] == 0
    assert shell.check({"qliro_checkout_adapter": GOOD})[0] == 0


def test_a_channel_without_ours_or_with_two_is_not_usable(shell: Shell) -> None:
    status, told = shell.check([{"id": "qliro_adapter"}])
    assert status == 1
    assert told["configurations"][0]["errors"][0]["right"] == "qliro_checkout_adapter instead of qliro_adapter"
    assert shell.check([])[0] == 1
    assert shell.check("text")[0] == 1
    status, told = shell.check([GOOD, changed(primaryColor="red")])
    assert status == 1
    assert [len(one["errors"]) for one in told["configurations"]] == [1, 2]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"{'a': 1}", b"[" * 100_000])
def test_what_is_no_json_is_wrong_usage(shell: Shell, content: bytes) -> None:
    status, out, err = shell.run("-", stdin=content)
    assert (status, out) == (2, "")
    assert "no JSON" in err


def test_a_file_that_is_not_there_is_wrong_usage(shell: Shell, tmp_path: Path) -> None:
    assert shell.run(str(tmp_path / "missing.json"))[0] == 2
    assert shell.run(str(tmp_path))[0] == 2
    assert shell.run()[0] == 2
    assert shell.run("-", "--format", "xml")[0] == 2


def test_the_settings_in_force_have_their_say(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    document = {name: value for name, value in GOOD.items() if name != "adapter"}
    assert paths(shell.one(document)["errors"]) == ["adapter.publicUrl"]
    monkeypatch.setenv("ADAPTER_PUBLIC_URL", "https://adapter.example.com")
    one = shell.one(document)
    assert one["settings"]["publicUrl"] == {"value": "https://adapter.example.com", "from": "ADAPTER_PUBLIC_URL"}
    monkeypatch.setenv("ADAPTER_QLIRO_HOSTS", "https://payments.qit.nu")
    (error,) = shell.one(document)["errors"]
    assert (error["path"], error["right"]) == ("apiSettings.apiUrl", "https://payments.qit.nu")


def test_numbers_are_read_exactly(shell: Shell) -> None:
    assert shell.one(changed(cornerRadius=4.0))["errors"] == []
    text = json.dumps(changed(cornerRadius=1)).replace('"cornerRadius": 1', '"cornerRadius": 4.00000000000000000001')
    status, _, _ = shell.run("-", stdin=text.encode())
    assert status == 1
