from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def round_money(amount: Decimal) -> Decimal:
    """Rounds half up to a whole cent."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)
