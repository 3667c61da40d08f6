"""Published recordings, downloaded on first use or read from a folder of your own.

No data come with the package. `fetch` puts the files of a data set into the user's cache. If the
environment variable ``MIRROR_SIM_DATA`` names a folder, they are read from its subfolder of that
name, such as ``jerjian2020``, and nothing is downloaded. Either way their sha256 is checked every
time.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown
from mirror_sim.base.files import atomic_path, cache_folder, check_writable
from mirror_sim.base.records import check_fields, record

if TYPE_CHECKING:
    from requests.exceptions import RequestException

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
                "Fig7_data2.mat": (
                    "36e7406b336b03d414fd45fd65ebd8f11776c706e4d30199b77dfb3260a236a3"
                ),
            },
            size_bytes=8_800_000,
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
        If a file is missing from the folder that ``MIRROR_SIM_DATA`` names or cannot be read there,
        cannot be downloaded or cannot be stored. What is damaged in the cache is downloaded again.

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
        folder = _expanded(own) / name
        _check_folder(data, folder)
        return folder
    folder = cache_folder() / "data" / name
    for file, sha256 in data.files.items():
        if not _is_published(folder / file, sha256):
            _download(data, folder, file, sha256)
    return folder


def _expanded(folder: str) -> Path:
    try:
        return Path(folder).expanduser().absolute()
    except RuntimeError as error:
        reason = f"there is no such home folder; {FOLDER_VARIABLE} names it"
        raise FileNotFoundError(errno.ENOENT, reason, folder) from error


def _check_folder(data: DataSet, folder: Path) -> None:
    """Refuse a folder of the user's own that does not hold the published files."""
    if not folder.is_dir():
        reason = (
            f"is no folder; {FOLDER_VARIABLE} must name the folder above {data.name}. "
            "Unset it to download"
        )
        raise FileNotFoundError(errno.ENOENT, reason, str(folder))
    for file, sha256 in data.files.items():
        path = folder / file
        remedy = f"Put the file of {data.url} there, or unset {FOLDER_VARIABLE} to download"
        if not path.exists():
            reason = f"is missing from the folder that {FOLDER_VARIABLE} names. {remedy}"
            raise FileNotFoundError(errno.ENOENT, reason, str(path))
        if not path.is_file():
            # A pipe, say: to read it could wait for ever.
            raise OSError(errno.EINVAL, f"is not a regular file. {remedy}", str(path))
        try:
            found = _sha256(path)
        except OSError as error:
            reason = f"cannot be read ({error.strerror}). {remedy}"
            raise OSError(error.errno, reason, str(path)) from error
        if found != sha256:
            raise ValueError(
                f"{path} is not the published file: {_unlike(found, sha256)}. {remedy}"
            )


def _is_published(path: Path, sha256: str) -> bool:
    try:
        return path.is_file() and _sha256(path) == sha256
    except OSError:
        return False


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _unlike(found: str, sha256: str) -> str:
    return f"its sha256 is {found[:12]}..., not {sha256[:12]}..."


def _download(data: DataSet, folder: Path, file: str, sha256: str) -> None:
    import pooch
    from requests.exceptions import RequestException

    check_writable(folder, needed_bytes=data.size_bytes)
    if (folder / file).is_dir():
        reason = "is a folder where a downloaded file has to be. Move it away"
        raise IsADirectoryError(errno.EISDIR, reason, str(folder / file))
    url = data.url + file
    # What stood there, a damaged file or a pipe, stays until the new file is whole and checked.
    with atomic_path(folder / file) as temporary:
        try:
            pooch.HTTPDownloader(timeout=TIMEOUT_S)(url, str(temporary), None)
        except RequestException as error:
            raise OSError(
                f"cannot download {url} {_reason_and_remedy(error)}, or put the file into a "
                f"folder {data.name} and set {FOLDER_VARIABLE} to the folder above it"
            ) from error
        found = _sha256(temporary)
        if found != sha256:
            raise ValueError(
                f"{url} is not the published file any more, or a page of the network came in its "
                f"place: {_unlike(found, sha256)}"
            )


def _reason_and_remedy(error: RequestException) -> str:
    if error.response is None:
        return f"({type(error).__name__}). Connect to the network"
    return f"(the server answered {error.response.status_code}). Try again later"
