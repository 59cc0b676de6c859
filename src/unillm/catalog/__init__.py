"""The models unillm knows: what each can do, and who says so."""

from unillm.catalog.lookup import find, models, vendor_of

__all__ = ["find", "models", "vendor_of"]
