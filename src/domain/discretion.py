"""What others say in their own words may repeat what they were sent: keys, addresses with tokens, somebody's number.

Names and streets cannot be told from other words: they stay.
"""

import re

HIDDEN = "***"
_CREDENTIALS = re.compile(r"bearer|basic|qliro |token=|://", re.IGNORECASE)
_SCHEMES = re.compile(
    r"\b(Bearer|Basic)\s+(?=[\w+/=.~-]*[\d+/=._~-])[\w+/=.~-]{6,}|\b(Qliro)\s+[A-Za-z0-9+/]{40,}={0,2}", re.IGNORECASE
)
_TOKENS = re.compile(r"\b(token=)[^&\s\"'<>,;)\]}]+", re.IGNORECASE)
_USERINFO = re.compile(r"(://)[^/\s@]+@")
_PERSONAL = re.compile(r"@|\d[\d -]{5}|\+\d")
_MAIL = re.compile(r"[^\s@<>\"'(),;:=/*]{1,64}@[^\s@<>\"'(),;:=/*]+")
_UUID = r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"
_TIME = r"\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}\S*"
_NUMBERS = re.compile(
    rf"({_UUID}|{_TIME})"
    r"|(?<!\w)(?:\d{6}|\d{8})[-+A][0-9]{3}[0-9A-Z](?!\w)"  # personal number with its sign
    r"|(?<!\w)\d(?:[ -]?\d){11,18}(?!\w)"  # card; personal number with its century
    r"|(?<![\w.])(\d{10,11})(?!\w|\.\d)"  # personal number without either; or an id
    r"|(?<!\w)(?:\+|00)\d[\d -]{6,14}\d(?!\w)|(?<!\w)0\d{1,3}[ -]\d[\d -]{4,10}\d(?!\w)"  # phone
)
_DATE = re.compile(r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{4}")
_LARGEST_ID = 2**31


def without_credentials(text: str) -> str:
    """The text as it is, but for what opens doors: bearer keys, signatures, tokens and passwords in addresses."""
    if not _CREDENTIALS.search(text):
        return text
    text = _SCHEMES.sub(lambda found: f"{found[1] or found[2]} {HIDDEN}", text)
    return _USERINFO.sub(rf"\1{HIDDEN}@", _TOKENS.sub(rf"\1{HIDDEN}", text))


def discreet(text: str) -> str:
    """The text as it may be kept: also without e-mail addresses, personal, card and telephone numbers.

    Ids of Qliro's, instants and UUIDs stay.
    """
    text = without_credentials(text)
    if not _PERSONAL.search(text):
        return text
    return _NUMBERS.sub(_number, _MAIL.sub("[e-mail]", text))


def _number(found: re.Match[str]) -> str:
    if found[1] or (found[2] and not _of_a_person(found[2])):
        return found[0]
    return "[number]"


def _of_a_person(digits: str) -> bool:
    """Qliro's ids fit into 32 bits and begin with no zero; what could be one is a person's when it adds up."""
    if digits[0] == "0" or int(digits) >= _LARGEST_ID:
        return True
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(digits))
    return bool(_DATE.fullmatch(digits)) and sum(value - 9 * (value > 9) for value in doubled) % 10 == 0
