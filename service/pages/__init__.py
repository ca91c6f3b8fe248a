"""The web page: what people look at, rendered here and served with every asset that it needs.

A page acts through the functions that the API's routes call; no rule is written twice. Addresses stand outside of
`/api`, and whoever comes is known by a cookie (`sessions.py`) in place of a token.
"""
