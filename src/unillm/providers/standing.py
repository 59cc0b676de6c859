"""What becomes of a model: unknown, renamed, or switched off soon."""

from __future__ import annotations

from datetime import date, timedelta

from unillm.catalog.lookup import close_to, vendor_of
from unillm.types.edits import Note
from unillm.types.model import ModelInfo
from unillm.types.profile import Profile

SOON = timedelta(days=60)
"""How long beforehand it is said that a model will be switched off."""

WARNED = frozenset({"retired_model", "renamed_model"})
"""Codes of notes that a warning says too, since what they tell of breaks a program one day."""


def standing(name: str, profile: Profile, info: ModelInfo | None, today: date) -> tuple[Note, ...]:
    """Return what should be known of a model before it is relied on.

    Only a model's own vendor is spoken for: others serve weights as long as they like.

    Args:
        name: The model, as it was named.
        profile: The dialect of whom it is asked of.
        info: What the catalog knows of it.
        today: The day, in UTC.
    """
    if info is None:
        return () if profile.assumed is None else (_unknown(name, profile.name),)
    if info.vendor != profile.name:
        return ()
    if info.retired is not None and info.retired - today <= SOON:
        return (_retired(name, info, info.retired, today),)
    if name.lower() in info.legacy:
        message = f"{name} is an older name: {info.vendor} answers with {info.id}. Ask for that."
        return (Note("renamed_model", message),)
    return ()


def _unknown(name: str, provider: str) -> Note:
    close = [found for found in close_to(name) if vendor_of(found) == provider]
    alike = f" Known are {', '.join(close)}." if close else ""
    message = (
        f"{name} is not in unillm's catalog: what newer models of {provider} do not take is "
        f"assumed of it.{alike}"
    )
    return Note("unknown_model", message)


def _retired(name: str, info: ModelInfo, day: date, today: date) -> Note:
    when = "was switched off" if day <= today else "will be switched off"
    instead = f" Ask {info.successor} instead." if info.successor else ""
    return Note("retired_model", f"{name} {when} by {info.vendor} on {day}.{instead}")
