"""Places for attempts: whatever becomes of an operation, each is given back once."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from unillm._flow.effects import Admit, Look, MayRetry, Quantile, Tally
from unillm._io import clock, log
from unillm.types.health import ADMITTED, FRESH, Admission, Entrant, HealthStore, Report, Stats

_CANCELLED = Report(outcome="cancelled")


class Leases:
    """What was admitted for one operation and has not reported.

    A place is noted before its store is asked, and until the store was told: so a call that is
    cancelled, or Ctrl-C, leaves none behind. A store takes each report once, which makes it
    harmless to tell it again. The lock is for async drivers, which ask some stores in threads:
    there a cancelled admission may still be on its way.
    """

    __slots__ = ("_held", "_lock", "_over")

    def __init__(self) -> None:
        """Begin with none."""
        self._held: dict[str, tuple[HealthStore, Entrant]] = {}
        # Reentrant: whoever was interrupted under it gives the rest back all the same.
        self._lock = threading.RLock()
        self._over = False

    @property
    def blocks(self) -> bool:
        """Tell whether a place is not given back yet, and giving it back may take long."""
        return any(store.blocks for store, _ in [*self._held.values()])

    def admit(self, effect: Admit) -> Admission:
        """Ask for a place. A store that fails keeps nobody from anything."""
        lease, store, entrant = effect.lease, effect.store, effect.entrant
        with self._lock:
            if self._over:  # it was cancelled before it came to this
                return Admission(admitted=False, reason="the call was called off")
            self._held[lease] = (store, entrant)
            try:
                admission = store.admit(lease, entrant, clock.monotonic())
            except Exception as error:  # noqa: BLE001 - whatever it is, it is no reason not to ask
                log.health_unknown(error)
                return ADMITTED
            if not admission.admitted:
                del self._held[lease]
            return admission

    def tally(self, effect: Tally) -> None:
        """Report how an attempt ended, if it has a place."""
        with self._lock:
            self._report(effect.lease, effect.report)

    def conclude(self) -> None:
        """Give back what is left, as the operation is over: what was not reported was cancelled."""
        with self._lock:
            self._over = True
            for lease in list(self._held):
                self._report(lease, _CANCELLED)

    def _report(self, lease: str, report: Report) -> None:
        held = self._held.get(lease)
        if held is None:
            return
        store, entrant = held
        try:
            store.report(lease, entrant, report, clock.monotonic())
        except Exception as error:  # noqa: BLE001 - the answer stands
            log.health_unknown(error)
        self._held.pop(lease, None)


def look(effect: Look) -> Sequence[Stats]:
    """Tell how targets stand; where their store fails, nothing is known of them."""
    try:
        return effect.store.look(effect.keys, clock.monotonic())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is no reason not to ask
        log.health_unknown(error)
        return [FRESH] * len(effect.keys)


def may_retry(effect: MayRetry) -> bool:
    """Tell whether one more attempt fits the retry budget; where its store fails, it does."""
    try:
        return effect.store.may_retry(effect.share, clock.monotonic())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is no reason not to ask
        log.health_unknown(error)
        return True


def quantile(effect: Quantile) -> float | None:
    """Tell in how many seconds answers begin; where their store fails, it is not known."""
    try:
        return effect.store.quantile(
            effect.key, effect.share, clock.monotonic(), whole=effect.whole
        )
    except Exception as error:  # noqa: BLE001 - whatever it is, it is no reason not to ask
        log.health_unknown(error)
        return None
