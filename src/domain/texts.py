"""Texts that customers read on their rows."""

LONGEST_DESCRIPTION = 4000
_ROUNDING = {
    "sv": "Öresavrundning",
    "nb": "Avrunding",
    "nn": "Avrunding",
    "no": "Avrunding",
    "da": "Afrunding",
    "fi": "Pyöristys",
    "de": "Rundung",
    "nl": "Afronding",
    "fr": "Arrondi",
}


def description(text: str, otherwise: str = "") -> str:
    """`text` on one line and within the provider's limit; `otherwise` when it says nothing."""
    if "\n" in text or "\r" in text or "\t" in text:
        text = " ".join(text.split())
    return text[:LONGEST_DESCRIPTION].strip() or otherwise


def rounding_text(culture: str) -> str:
    return _ROUNDING.get(culture[:2].lower(), "Rounding")
