"""Pay-outs as SIE 4 verifications: one per batch, balanced to the öre."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from adapters.reports.report import Write
from adapters.reports.settlements.sie import SieHead, Transaction, Verification, head, is_account, verification
from application.explain_settlements import SettlementReport
from domain.settlement_explanation import Category
from domain.settlement_totals import BatchKey, BatchTotals
from domain.vat import percent

HOME = "SEK"


@dataclass(frozen=True, slots=True, kw_only=True)
class SieAccounts:
    """Numbers of the general ledger; the defaults follow the BAS chart."""

    bank: str = "1930"
    claims: str = "1580"
    fees: str = "6570"
    input_vat: str = "2641"
    chargebacks: str = "1515"
    unexplained: str = "2999"
    rounding: str = "3740"

    @classmethod
    def of(cls, told: Mapping[str, str]) -> "SieAccounts":
        """With some of them replaced. Raises ValueError naming what is wrong."""
        known = {field.name for field in fields(cls)}
        for name, number in told.items():
            if name not in known:
                raise ValueError(f"{name!r} is none of {', '.join(sorted(known))}")
            if not is_account(number):
                raise ValueError(f"{name}: {number!r} is no account number")
        return cls(**told)


_NAMES = {
    "bank": "Bank",
    "claims": "Fordringar på Qliro",
    "fees": "Avgifter till Qliro",
    "input_vat": "Ingående moms",
    "chargebacks": "Återkrav från kortinnehavare",
    "unexplained": "Oförklarat, att utreda",
    "rounding": "Öresavrundning",
}
_TEXTS = {
    Category.CAPTURE: "Försäljning",
    Category.REFUND: "Återbetalning",
    Category.FEE: "Avgift",
    Category.CHARGEBACK: "Återkrav",
    Category.ELSEWHERE: "Annan kanal",
    Category.NOTHING: "Oförklarat",
}


class OtherCurrency(Exception):
    """A batch is in another currency than the file, and was not exchanged into it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SieReport:
    """The file's currency is the one that was asked about, else kronor."""

    accounts: SieAccounts
    company: str
    made_on: date
    version: str
    organisation: str = ""
    series: str = ""

    def __call__(self, report: SettlementReport, write: Write) -> None:
        """Raises OtherCurrency before anything is written."""
        currency = report.question.currency or HOME
        made = [self._verification(key, batch, currency) for key, batch in sorted(report.totals.batches.items())]
        told = SieHead(
            program="qliro-adapter",
            version=self.version,
            made_on=self.made_on,
            company=self.company or ", ".join(payee.name for payee in report.payees) or "-",
            currency=currency,
            organisation=self.organisation,
        )
        write(head(told, {getattr(self.accounts, name): text for name, text in _NAMES.items()}))
        for found in made:
            if any(row.amount for row in found.rows):
                write(verification(found, series=self.series))

    def _verification(self, key: BatchKey, batch: BatchTotals, currency: str) -> Verification:
        rows = list(self._rows(key, batch))
        if key.currency != currency:
            rows = self._exchanged(rows, key, batch, currency)
        return Verification(key.day, f"Qliro {key.batch or 'utan batch'} {key.account}", tuple(rows))

    def _rows(self, key: BatchKey, batch: BatchTotals) -> Iterator[Transaction]:
        yield Transaction(self.accounts.bank, batch.paid, f"Utbetalning {key.batch}".strip())
        order = list(Category)
        for (category, method, rate), sums in sorted(
            batch.shares.items(), key=lambda x: (order.index(x[0][0]), x[0][1], x[0][2] is None, x[0][2] or 0)
        ):
            text = " ".join(p for p in (_TEXTS[category], method, "" if rate is None else f"{percent(rate)} %") if p)
            if category is Category.FEE:
                yield Transaction(self.accounts.fees, -sums.net, text)
                yield Transaction(self.accounts.input_vat, -sums.vat, f"Moms på {text.lower()}")
            else:
                yield Transaction(self._account(category), -sums.gross, text)
        yield Transaction(self.accounts.unexplained, -batch.difference, "Utbetalt utöver specifikationen")

    def _account(self, category: Category) -> str:
        if category is Category.CHARGEBACK:
            return self.accounts.chargebacks
        return self.accounts.unexplained if category is Category.NOTHING else self.accounts.claims

    def _exchanged(
        self, rows: list[Transaction], key: BatchKey, batch: BatchTotals, currency: str
    ) -> list[Transaction]:
        """Each row at the batch's own rate; what rounding leaves over goes to the account for it."""
        exchange = batch.exchange
        if not any(row.amount for row in rows):
            return rows
        rate = None if exchange is None else Decimal(exchange.total) / batch.paid if batch.paid else exchange.rate
        if exchange is None or exchange.currency != currency or rate is None:
            raise OtherCurrency(f"Batch {key.batch} is in {key.currency} and was not exchanged into {currency}.")
        made = [
            Transaction(row.account, int((row.amount * rate).quantize(Decimal(1), ROUND_HALF_UP)), row.text)
            for row in rows
        ]
        return [*made, Transaction(self.accounts.rounding, -sum(row.amount for row in made), "Öresavrundning")]
