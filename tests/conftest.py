"""Plugins and fixtures for every test."""

pytest_plugins = ["tests.house.skips", "unillm.testing.pytest_plugin"]
