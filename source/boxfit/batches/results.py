"""Results of a batch: a folder of this machine, or in a store, of which the driver then has a copy."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from boxfit.batches.job import LOG
from boxfit.batches.store import StoreError, open_store
from boxfit.batches.summary import write_summary


class Results:
    """Folder of the results on this machine; a context manager.

    Attributes:
        folder: The folder, with all records from the start.
        url: Address that its files are put to, or "".
    """

    url = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Results:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        pass

    def publish(self) -> None:
        """Write the summary of all records.

        Raises:
            BoxfitError: If a file cannot be written, or a store fails.
        """
        write_summary(self.folder)


class _Mirror(Results):
    """Scratch folder for the records and the summary of results in a store."""

    def __init__(self, url: str, own: str) -> None:
        self.url, self._own, self._store = url, own, open_store(url)
        self._scratch = TemporaryDirectory(prefix="boxfit-")
        super().__init__(Path(self._scratch.name) / self._store.name)
        self.folder.mkdir()
        self._fetch_records(but="")
        self._fetched = self._size()

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Put up what a run that ends by an error has recorded, and remove the folder."""
        with self._scratch, suppress(StoreError):
            if kind is not None:
                self._put([])

    def publish(self) -> None:
        """Write the summary of all records, those of other shards too, and put it up with those of this one."""
        self._fetch_records(but=self._own)
        super().publish()
        page = sorted(path.relative_to(self.folder).as_posix() for path in self.folder.glob("page/*.js"))
        self._put(["summary.csv", *page, "index.html"])  # Last the one that refers to the others.

    def _fetch_records(self, but: str) -> None:
        names = (name for name in self._store.entries() if name.startswith("results") and name.endswith(".jsonl"))
        self._store.fetch([name for name in names if name != but], self.folder)

    def _put(self, names: Sequence[str]) -> None:
        """Put up the records of this run, if there are any, and other files."""
        own = [self._own, LOG] if self._size() != self._fetched else []
        self._store.put(self.folder, {name: name for name in (*own, *names) if (self.folder / name).is_file()})

    def _size(self) -> int:
        path = self.folder / self._own
        return path.stat().st_size if path.is_file() else 0


def open_results(place: Path | str, own: str) -> Results:
    """Return the results in a folder, or a copy of those at an address.

    Args:
        place: The folder or address.
        own: Name of the file of records that this program writes, or "" for none.

    Raises:
        StoreError: If the store fails.
    """
    return Results(place) if isinstance(place, Path) else _Mirror(place, own)
