"""The providers by the seed's names; one file a protocol."""
