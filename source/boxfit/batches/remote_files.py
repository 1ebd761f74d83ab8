"""Sources in a store, or results there: each source is fetched to this machine, fitted here, and its files put up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

from boxfit.batches.job import LOG, Job, Record, Task
from boxfit.batches.store import local_place, open_store
from boxfit.errors import BoxfitError, DatasetError


def files_of(job: Job, source: str) -> dict[str, str]:
    """Return the files of a source in a store, without those of the results, each with a text that changes with it.

    Raises:
        DatasetError: If there are none.
        StoreError: If the store fails.
    """
    root = f"{job.root_url}/"
    results = f"{job.output_url.removeprefix(root)}/" if job.output_url.startswith(root) else None
    found = open_store(job.root_url).files(source)
    files = {name: stamp for name, stamp in found.items() if results is None or not name.startswith(results)}
    if not files:
        raise DatasetError(f"{job.root_url if source == '.' else root + source} holds no files: name another folder")
    return files


def hash_remote(job: Job, source: str) -> str:
    """Hash the names, sizes and times (or checksums) of the files of a source in a store, without fetching them.

    Raises:
        BoxfitError: As `files_of`.
    """
    text = "\n".join(f"{name} {stamp}" for name, stamp in sorted(files_of(job, source).items()))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@contextmanager
def at_hand(task: Task, job: Job, key: str) -> Iterator[Job]:
    """Give a job with folders of this machine to fit a source in; its files are put up when the block ends.

    Args:
        task: The source.
        job: A job; one without addresses is given as it is.
        key: Path of the source's files in the results.

    Raises:
        StoreError: If a store fails.
    """
    if not (job.root_url or job.output_url):
        yield job
        return
    with TemporaryDirectory(prefix="boxfit-") as scratch:
        here = job
        if job.root_url:
            store = open_store(job.root_url)
            here = replace(here, root=Path(scratch) / "sources" / store.name)
            store.fetch(files_of(job, task.source), here.root)
        if job.output_url:
            here = replace(here, output=Path(scratch) / "results")
            here.output.mkdir()
        try:
            yield here
        except BoxfitError as error:
            raise type(error)(str(error).replace(str(here.root), job.root_url or str(job.root))) from error
        if job.output_url:
            made = [path for path in here.output.rglob("*") if path.is_file() and path.name[0] != "."]
            names = [path.relative_to(here.output).as_posix() for path in made]
            store = open_store(job.output_url)
            store.put(here.output, {name: f"logs/{key}.txt" if name == LOG else name for name in names})


def name_by_url(records: Sequence[Record], here: Job) -> None:
    """Put the address of the sources into messages, in place of the folder that they were fetched to."""
    folder = str(here.root)
    for record in records if here.root_url else ():
        record["error"] = record["error"] and record["error"].replace(folder, here.root_url)
        for name in {"warnings", "remarks"} & record.keys():
            record[name] = [text.replace(folder, here.root_url) for text in record[name]]


@contextmanager
def names_of_files(job: Job) -> Iterator[Path]:
    """Give a folder with an empty file for each file of the root, by which the formats are recognised.

    Raises:
        DatasetError: If there are no files.
        StoreError: If the store fails, or a name cannot be that of a file.
    """
    with TemporaryDirectory(prefix="boxfit-") as scratch:
        root = Path(scratch) / open_store(job.root_url).name
        for name in files_of(job, "."):
            place = local_place(root, name)
            with suppress(FileExistsError, NotADirectoryError):  # A store may have a file and a folder of one name.
                place.parent.mkdir(parents=True, exist_ok=True)
                place.touch()
        yield root
