from decimal import Decimal

from invoicing.money import round_money


def test_rounds_half_up():
    assert round_money(Decimal("0.125")) == Decimal("0.13")
    assert round_money(Decimal("0.124")) == Decimal("0.12")
