"""Tables that are labelled in parts.

`part` says what a part is, how it is labelled and what is counted in it; `respondents` joins the
rows of a person over parts. There are two ways to read and keep parts:

- a large file on this machine, in order: `large` and `work`, in processes of `workers`, kept in a
  `spool` until `assembly` makes one file of it;
- many parquet files on machines that share a disk: `table` and `slices`, kept by `storage` as a
  folder of parts; `tasks` are what a worker does, `dask` and `dask_plugins` reach the workers.

`forecast` reads a large file's parts to say what asking a model about them would take.
"""
