"""Verbs: one function is one use case is one transaction, which the caller opened and commits."""
