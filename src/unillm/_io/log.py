"""The log: stdlib logging under ``unillm``. It never holds keys or content."""

from __future__ import annotations

import logging
import os
import warnings
from urllib.parse import urlsplit

from unillm._flow.effects import Head, Send, Sleep
from unillm.types.budget import Budget, BudgetState, StoreAwayError
from unillm.types.record import Observer, Record

logger = logging.getLogger("unillm")
logger.addHandler(logging.NullHandler())


def configure_from_environment() -> None:
    """Show the log on standard error if ``UNILLM_LOG`` names a level such as ``debug``."""
    level = os.environ.get("UNILLM_LOG", "").strip().upper()
    shown = any(not isinstance(h, logging.NullHandler) for h in logger.handlers)
    if not level or shown:
        return
    if level not in logging.getLevelNamesMapping():
        message = f"UNILLM_LOG={level!r} is no level: use debug, info, warning or error"
        warnings.warn(message, RuntimeWarning, stacklevel=2)
        return
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.propagate = False  # or a program that logs for itself would show every line twice
    logger.setLevel(level)


def sent(effect: Send) -> None:
    """Log that a request goes out."""
    if logger.isEnabledFor(logging.DEBUG):
        parts = urlsplit(effect.wire.url)
        place = f"{parts.scheme}://{parts.hostname}:{parts.port or ''}{parts.path}"
        logger.debug("%s %s (%d bytes)", effect.wire.method, place, len(effect.wire.body))


def answered(head: Head) -> None:
    """Log that an answer begins."""
    if logger.isEnabledFor(logging.DEBUG):
        logger.debug("status %d, %s", head.status, head.headers.get("content-type", "no type"))


def pausing(effect: Sleep) -> None:
    """Log that an attempt failed and another will be made, or that something is waited for."""
    if effect.reason is None:
        logger.debug("waiting for %.2f s", effect.seconds)
        return
    kind = type(effect.reason).__name__
    logger.info("retrying in %.2f s after %s (%s)", effect.seconds, kind, effect.reason.provider)


def is_heard(observers: tuple[Observer, ...]) -> bool:
    """Tell whether anybody wants to know how an operation ended: a record takes time to make."""
    return bool(observers) or logger.isEnabledFor(logging.DEBUG)


def tell(observers: tuple[Observer, ...], record: Record) -> None:
    """Tell every observer; what one raises is logged and goes no further."""
    if logger.isEnabledFor(logging.DEBUG):
        how = type(record.error).__name__ if record.error else record.outcome
        whom = f"{record.provider}:{record.model}"
        made = len(record.attempts)
        logger.debug("%s %s after %.2f s, attempts: %d", whom, how, record.duration, made)
    for observer in observers:
        try:
            observer(record)
        except Exception:
            logger.exception("the observer %r raised; the call is not affected", observer)


def soft_limit(budget: Budget, state: BudgetState) -> None:
    """Tell that a budget's soft limit was passed: whom it names, else the log."""
    if budget.on_soft is None:
        account = f" ({state.key})" if state.key else ""
        message = "of the budget %r%s $%s of $%s are spent"
        logger.warning(message, state.budget, account, state.spent, state.usd)
        return
    try:
        budget.on_soft(state)
    except Exception:
        logger.exception("on_soft of the budget %r raised; the call is not affected", budget.name)


def copy_failed(error: Exception) -> None:
    """Log that the copy of a call failed, which nobody waits for."""
    logger.info("the copy of a call failed: %s", type(error).__name__)


def copy_dropped(number: int) -> None:
    """Log that copies of calls are not made, since there are too many; ever more rarely."""
    if number & (number - 1) == 0:
        logger.warning("too many copies of calls are under way: %d were not made", number)


def unflushed(error: Exception) -> None:
    """Log that a store does not know of all that was spent, at the end of a client."""
    why = str(error) if isinstance(error, StoreAwayError) else type(error).__name__
    logger.warning("a client is closed, and what was spent is not all told: %s", why)


def unsettled(budget: Budget, error: Exception) -> None:
    """Log that a store could not be told what was spent."""
    kind = type(error).__name__
    logger.warning("the store of the budget %r was not told what was spent: %s", budget.name, kind)


def health_unknown(error: Exception) -> None:
    """Log that a store of how targets fare could not be asked, or told."""
    logger.warning("the store of health failed: %s", type(error).__name__)
