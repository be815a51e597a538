"""Fixtures that several tests of the network share."""

from tests.helpers.real_proxies import authority, microsocks, tinyproxy

__all__ = ["authority", "microsocks", "tinyproxy"]
