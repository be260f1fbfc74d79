from decimal import Decimal

from invoicing.invoice import Invoice, Line

FULL = Decimal("0.19")
REDUCED = Decimal("0.07")


def test_adds_up_one_line():
    invoice = Invoice([Line("drill", 1, Decimal("100.00"), FULL)])

    assert invoice.gross() == Decimal("119.00")


def test_taxes_each_rate_by_itself():
    invoice = Invoice(
        [Line("drill", 1, Decimal("100.00"), FULL), Line("manual", 1, Decimal("10.00"), REDUCED)]
    )

    assert invoice.tax() == Decimal("19.70")


def test_rounds_the_tax_of_a_rate_once():
    lines = [Line(name, 1, Decimal("0.33"), FULL) for name in ("screw", "nut", "washer")]

    assert Invoice(lines).tax() == Decimal("0.19")
