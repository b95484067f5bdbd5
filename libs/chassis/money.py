"""How many digits the smallest unit of a currency has, by ISO 4217."""

_NONE = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
    *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
)
_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_DIGITS = {**dict.fromkeys(_NONE, 0), **dict.fromkeys(_THREE, 3)}


def minor_digits(currency: str) -> int:
    """Digits behind the point: 2 for EUR, 0 for JPY, 3 for KWD; 2 for a currency that is not known."""
    return _DIGITS.get(currency, 2)
