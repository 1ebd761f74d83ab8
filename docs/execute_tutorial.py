"""Renews the outputs of docs/tutorial.ipynb: python docs/execute_tutorial.py, with the extra dev."""

from pathlib import Path

import nbformat
from nbclient import NotebookClient

path = Path(__file__).with_name("tutorial.ipynb")
notebook = nbformat.read(path, as_version=4)
NotebookClient(notebook, timeout=600, record_timing=False, coalesce_streams=True).execute()
notebook.metadata["language_info"] = {"name": "python"}  # Without the version that happened to run it.
nbformat.write(notebook, path)
