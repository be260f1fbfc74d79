from collections import defaultdict
from decimal import Decimal

from .money import round_money


def tax_by_rate(amounts: list[tuple[Decimal, Decimal]]) -> dict[Decimal, Decimal]:
    """Tax of pairs of rate and net amount, by rate, in whole cents."""
    taxes: dict[Decimal, Decimal] = defaultdict(Decimal)
    for rate, net in amounts:
        taxes[rate] += round_money(net * rate)
    return dict(taxes)
