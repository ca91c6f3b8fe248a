"""A sweep's logs: what its driver, coordinator and lanes had to say, in files of the storage that survive all of them.

`writing.py` is used by the process that has something to say, `reading.py` by whoever wants to know.
"""
