"""Compares the tax of issued invoices with the tax on the sum of each rate."""

import json
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from invoicing.money import round_money  # noqa: E402

invoices = json.loads(Path("data/invoices.json").read_text())
report = Path("reports/corrections.csv")
report.parent.mkdir(exist_ok=True)

wrong = 0
for invoice in invoices:
    sums = defaultdict(Decimal)
    for rate, net in invoice["lines"]:
        sums[Decimal(rate)] += Decimal(net)
    due = sum(round_money(rate * net) for rate, net in sums.items())
    difference = due - Decimal(invoice["tax"])
    if difference:
        wrong += 1
        with report.open("a") as lines:
            lines.write(f"{invoice['id']},{difference}\n")
        print(f"{invoice['id']}: tax {invoice['tax']}, due {due}, difference {difference}")

print(f"{wrong} of {len(invoices)} invoices")
