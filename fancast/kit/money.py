"""Integer cents inside; dollars only at a face's edge, and never a float in between."""

from decimal import Decimal, InvalidOperation

_CENT = Decimal("0.01")


def cents_from_dollars(value: object) -> int:
    """Read dollars as a wire may say them (9, 9.5, "9.50") into cents.

    Raises ValueError for anything that is not a number or has a fraction of a cent.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError("not an amount of money")
    try:
        dollars = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError("not an amount of money") from None
    if not dollars.is_finite() or abs(dollars) > 10_000_000:
        raise ValueError("not an amount of money")
    if dollars != dollars.quantize(_CENT):
        raise ValueError("an amount has at most two decimals")
    return int(dollars * 100)


def dollars_text(cents: int) -> str:
    """`1250` → `"12.50"`."""
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    return f"{sign}{cents // 100}.{cents % 100:02d}"


def dollars_number(cents: int) -> int | float:
    """Dollars as a JSON number: whole amounts without a fraction, as the vendors' typed clients want."""
    whole, rest = divmod(cents, 100)
    return whole if rest == 0 else cents / 100


def share(cents: int, basis_points: int) -> int:
    """A share of an amount, rounded half up to a cent: the one rounding rule there is."""
    return (cents * basis_points + 5_000) // 10_000
