"""The plan of a sweep before it starts: what it trains, and how long that takes by what was measured before.

`plan.py` counts, `calibration.py` knows rates, `reference.py` has those of a reference machine.
"""
