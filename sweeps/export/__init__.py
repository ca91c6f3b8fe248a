"""A sweep's trials as a flat table, for a spreadsheet, pandas or R: written a part at a time, in bounded memory.

`trials.py` makes a row a trial, `epochs.py` a row an epoch; `csv_text.py` and `parquet.py` write them.
"""

from sweeps.export.csv_text import csv_parts as csv_parts
from sweeps.export.epochs import epoch_table as epoch_table
from sweeps.export.parquet import parquet_parts as parquet_parts
from sweeps.export.table import Table as Table
from sweeps.export.trials import trial_table as trial_table
