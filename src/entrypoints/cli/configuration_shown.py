"""Verdicts on configurations, for people and for programs."""

import json
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from adapters.norce.configuration_problems import Problem
from entrypoints.configuration_check import Checked, Setting

_HOSTS = {"https://pago.qit.nu": "Qliro's test environment", "https://payments.qit.nu": "Qliro's production"}


def show_json(checked: Sequence[Checked]) -> None:
    """One object: whether all is well, and each configuration with its errors, warnings and settings."""
    document = {
        "ok": not any(one.errors for one in checked),
        "configurations": [
            {
                "errors": [msgspec.to_builtins(problem) for problem in one.errors],
                "warnings": [msgspec.to_builtins(problem) for problem in one.warnings],
                "settings": {
                    setting.name: {"value": setting.value, "from": setting.place or "default"}
                    for setting in one.settings
                },
            }
            for one in checked
        ],
    }
    print(json.dumps(document, indent=2, ensure_ascii=False, default=_number))


def show_text(checked: Sequence[Checked]) -> None:
    """Lines that say first what is wrong."""
    for one in checked:
        if one.title:
            print(f"{one.title}:")
        for problem in one.errors:
            _tell("error", problem)
        for problem in one.warnings:
            _tell("warning", problem)
        print(_verdict(one))
        for setting in one.settings:
            print(_line(setting))


def _number(value: object) -> int | float:
    """A decimal as JSON has it."""
    number = Decimal(str(value))
    return int(number) if number == number.to_integral_value() else float(number)


def _tell(kind: str, problem: Problem) -> None:
    lines = [f"{kind}: {problem.path} {problem.why}", *([f"    right: {problem.right}"] if problem.right else [])]
    for line in lines:
        print("".join(character if character.isprintable() else "?" for character in line))


def _verdict(one: Checked) -> str:
    if one.errors:
        return f"Not usable: {_count(len(one.errors), 'error')}, {_count(len(one.warnings), 'warning')}."
    told = {setting.name: setting.value for setting in one.settings}
    where = _HOSTS.get(str(told["apiUrl"]), str(told["apiUrl"]))
    stopped = "" if told["active"] else " No new payments are made: it is not active."
    return f"Usable, {_count(len(one.warnings), 'warning')}. Payments are made at {where}.{stopped}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _line(setting: Setting) -> str:
    value = setting.value
    told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_number)
    shown = "-" if value is None else told
    place = f"  ({setting.place or 'default'})" if setting.place != setting.name else ""
    return f"  {setting.name:<30} {shown}{place}"
