"""Tables of rows in files, read and written a few rows at a time: JSON lines, CSV, Parquet."""
