"""Nouns: frozen records, enums and pure rules. No input or output, no clock."""
