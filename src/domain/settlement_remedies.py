"""What a person does about each discrepancy between pay-outs and captures, in a sentence."""

from domain.discrepancy import DiscrepancyKind

REMEDIES = {
    DiscrepancyKind.SETTLEMENT_WITHOUT_CAPTURE: (
        "Find the order in Qliro's portal: refresh its payment if it is one of ours, else ask Qliro what it is."
    ),
    DiscrepancyKind.CAPTURE_WITHOUT_SETTLEMENT: "Ask Qliro when it will be paid, naming the order and transaction.",
    DiscrepancyKind.SETTLED_AMOUNT_DIFFERS: "Compare with the order in Qliro's portal and claim the difference.",
    DiscrepancyKind.SETTLED_FEE_DIFFERS: "Compare with the agreement: claim the difference, or correct the tariff.",
    DiscrepancyKind.SETTLED_CURRENCY_DIFFERS: "Ask Qliro why the pay-out is in another currency than the order.",
    DiscrepancyKind.CHARGEBACK: "Decide before Qliro's deadline whether to dispute it; book the loss.",
}
