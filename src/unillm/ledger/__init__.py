"""Where operations are kept: what each used and cost, attempt by attempt."""

from unillm.ledger.backlog import Flushed
from unillm.ledger.entries import Entry, EntryAttempt
from unillm.ledger.ledger import Ledger
from unillm.ledger.periods import When
from unillm.ledger.sessions import Loss
from unillm.ledger.spend import Projection, Spend, SpendRow

__all__ = [
    "Entry",
    "EntryAttempt",
    "Flushed",
    "Ledger",
    "Loss",
    "Projection",
    "Spend",
    "SpendRow",
    "When",
]
