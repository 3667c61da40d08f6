"""Published recordings, downloaded on first use or read from a folder of your own.

No data come with the package. `fetch` puts the files of a data set into the user's cache. If the
environment variable ``MIRROR_SIM_DATA`` names a folder, they are read from its subfolder of that
name, such as ``jerjian2020``, and nothing is downloaded. Either way their sha256 is checked.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown
from mirror_sim.base.files import cache_folder, check_writable
from mirror_sim.base.records import check_fields, record

FOLDER_VARIABLE = "MIRROR_SIM_DATA"
TIMEOUT_S = 30.0


@record
class DataSet:
    """Where published recordings are and how to know them.

    Parameters
    ----------
    name : str
        Also that of its folder.
    url : str
        The folder on the web.
    files : mapping of str to str
        The sha256 of each file.
    size_bytes : int
        Of all files together, about.
    source : str
        The paper.
    licence : str
        Of the place that they are downloaded from.

    Raises
    ------
    ValueError
        If a field is of the wrong type, empty or out of range.
    """

    name: str
    url: str
    files: Mapping[str, str]
    size_bytes: int
    source: str
    licence: str

    def __post_init__(self) -> None:
        check_fields(self, f"DataSet {self.name!r}", {"size_bytes": (1, 1e12)}, may_be_empty=())


DATASETS: Mapping[str, DataSet] = {
    data.name: data
    for data in (
        DataSet(
            name="jerjian2020",
            url="https://raw.githubusercontent.com/sjjerjian/grasp-mirror-neurons/"
            "017229e6ce04f3d7e07967b89d6fa11a99e51c14/data/",
            files={
                "data_05142020_simplePSTH.mat": (
                    "3cab2c5d7d28cd9cb6775f29112cf19bacb948d22f90726e77f6cc4cdf07c983"
                ),
                "Fig7_data1.mat": (
                    "c3801811e6e4d46f1e478ad4c9c88506ae6c0ed13333a235c2054fe102f52ab4"
                ),
            },
            size_bytes=4_700_000,
            source="Jerjian, Sahani & Kraskov 2020, eLife 9:e54139, doi 10.7554/eLife.54139",
            licence="GPL-3.0",
        ),
    )
}
"""The data sets by name."""


@checked_arguments()
def fetch(name: str) -> Path:
    """Make sure that the files of a data set are there and are the published ones.

    Parameters
    ----------
    name : str
        One of `DATASETS`.

    Returns
    -------
    Path
        The folder that holds them.

    Raises
    ------
    ValueError
        If there is no such data set, or a file is not the published one.
    OSError
        If a file is missing from the folder that ``MIRROR_SIM_DATA`` names, cannot be downloaded or
        cannot be stored.

    Examples
    --------
    >>> fetch("jerjan2020")
    Traceback (most recent call last):
    ...
    ValueError: unknown data set 'jerjan2020'. Did you mean 'jerjian2020'? Valid: jerjian2020
    """
    if name not in DATASETS:
        raise unknown("data set", name, DATASETS)
    data = DATASETS[name]
    own = os.environ.get(FOLDER_VARIABLE)
    if own:
        folder = Path(own) / name
        for file, sha256 in data.files.items():
            _check(folder / file, sha256)
        return folder
    folder = cache_folder() / "data" / name
    for file, sha256 in data.files.items():
        _download(data, folder, file, sha256)
    return folder


def _check(path: Path, sha256: str) -> None:
    if not path.is_file():
        reason = f"is missing from the folder that {FOLDER_VARIABLE} names; unset it to download"
        raise FileNotFoundError(errno.ENOENT, reason, str(path))
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise ValueError(
            f"{path} is not the published file: its sha256 is {found[:12]}..., not {sha256[:12]}..."
        )


def _download(data: DataSet, folder: Path, file: str, sha256: str) -> None:
    import pooch

    check_writable(folder, needed_bytes=data.size_bytes)
    url = data.url + file
    try:
        # A file that is there and has this hash is kept.
        pooch.retrieve(
            url,
            known_hash=f"sha256:{sha256}",
            fname=file,
            path=folder,
            downloader=pooch.HTTPDownloader(timeout=TIMEOUT_S),
        )
    except ValueError as error:
        raise ValueError(
            f"{url} is not the published file any more: its sha256 is not {sha256[:12]}..."
        ) from error
    except OSError as error:
        raise OSError(
            f"cannot download {url} ({type(error).__name__}). Connect to the network, or put the "
            f"file into a folder {data.name} and set {FOLDER_VARIABLE} to the folder above it"
        ) from error
