"""Bytes on the wire: sessions, routes, framing; knows no service."""
