"""Thin adapters that make unillm the model inside other libraries."""
