"""Any number of images read into a Parquet data set, with flat memory and exact resumption.

`batch` runs it; sources finds the images, archives opens what holds many, work reads one, schema says what a row is,
output owns the folder, local reads with the cores of this machine, and cluster with Ray.
"""

from digitscope.batch.batch import Progress, Summary, read_into

__all__ = ["Progress", "Summary", "read_into"]
