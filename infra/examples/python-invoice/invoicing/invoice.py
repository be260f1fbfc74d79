from dataclasses import dataclass
from decimal import Decimal

from .tax import tax_by_rate


@dataclass(frozen=True)
class Line:
    """So many pieces of one thing, at a net price, taxed at a rate."""

    name: str
    quantity: int
    price: Decimal
    rate: Decimal

    def net(self) -> Decimal:
        return self.quantity * self.price


@dataclass(frozen=True)
class Invoice:
    """What a customer owes."""

    lines: list[Line]

    def net(self) -> Decimal:
        return sum((line.net() for line in self.lines), Decimal(0))

    def tax(self) -> Decimal:
        taxes = tax_by_rate([(line.rate, line.net()) for line in self.lines])
        return sum(taxes.values(), Decimal(0))

    def gross(self) -> Decimal:
        return self.net() + self.tax()
