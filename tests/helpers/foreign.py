"""Files that others made: the test files in the source packages of libraries, fetched once and kept.

They cannot be in this repository, because their licenses are many. pip fetches each package by name and version; its
checksum is part of the code. The files are kept in the user's cache folder, or in the folder that the environment
variable DOCCLEAN_FOREIGN_FILES names. pip is a process of its own, which the refusal of connections in
`tests/conftest.py` does not reach: this is the one place where a test may lead to a download. Without a network the
tests that want these files are skipped.
"""

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import platformdirs
import pytest

FOLDER_VARIABLE = "DOCCLEAN_FOREIGN_FILES"
_SUFFIXES = frozenset({".bmp", ".gif", ".jp2", ".jpg", ".jpeg", ".pdf", ".pgm", ".png", ".tif", ".tiff", ".webp"})
_LIMIT_S = 300

# Taken now, because every test gets other folders and has its environment changed.
_ENVIRONMENT = dict(os.environ)
_CACHE = Path(os.environ.get(FOLDER_VARIABLE) or platformdirs.user_cache_path("docclean-foreign-files"))


class SourcePackage(NamedTuple):
    """A source package of the Python package index.

    Attributes:
        version: The version that the tests were written against.
        sha256: Checksum of the archive, hexadecimal.
        folder: Folder in the archive, below the one that it is named after, whose files are kept.
    """

    version: str
    sha256: str
    folder: str


PACKAGES = {
    "img2pdf": SourcePackage("0.6.3", "219518020f5bd242bdc46493941ea3f756f664c2e86f2454721e74353f58cd95", "src/tests"),
    "ocrmypdf": SourcePackage(
        "17.13.0", "151c35d810eb628fbc5cb9bbe80b834ecf094737efa0e7a2e9e1fac3c730ed49", "tests/resources"
    ),
    "pikepdf": SourcePackage(
        "10.18.0", "cb555ebff93482e8a6eb55881488b469bbb2b5675161c1b93a0510a8642d98d0", "tests/resources"
    ),
    "pillow": SourcePackage(
        "13.0.0", "cdcd1ba258178f7356d74170c9a81ba4eab6a5d55748bc402a5a2a6fe6be3510", "Tests/images"
    ),
    "pypdf": SourcePackage("7.1.1", "2eff4e2fc5fb22a6d6711e6f1166cdc9ab5765d90cd0d77dfea3f4aa91a27b1d", "resources"),
}


class UnavailableError(Exception):
    """The files cannot be had; one sentence."""


def foreign_file(name: str) -> Path:
    """Give a file that another project tests itself with; skip the test where it cannot be had.

    Args:
        name: Package and path below its folder, such as "ocrmypdf/ccitt.pdf".

    Returns:
        The file, which is read-only; other runs use it too, so copy it before anything works with its folder.
    """
    package, _, path = name.partition("/")
    try:
        found = foreign_folder(package) / path
    except UnavailableError as reason:
        pytest.skip(str(reason))
    assert found.is_file(), f"{name} is not in {package} {PACKAGES[package].version}"
    return found


def foreign_folder(package: str) -> Path:
    """Give the folder with a package's test files; fetch them when they are not there yet.

    Raises:
        UnavailableError: There is no network, or what came is not what the tests were written against.
    """
    source = PACKAGES[package]
    folder = _CACHE / f"{package}-{source.version}"
    if not folder.is_dir():
        reason = _fetch(package)
        if reason:
            raise UnavailableError(reason)
    return folder


@functools.cache  # a network that is not there is asked once
def _fetch(package: str) -> str:
    """Put a package's files into the cache; give the reason why that cannot be done, or nothing."""
    source = PACKAGES[package]
    try:
        _CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_CACHE, prefix=".", suffix=".part") as scratch:
            archive = _download(package, Path(scratch))
            if hashlib.sha256(archive.read_bytes()).hexdigest() != source.sha256:
                return f"the source package of {package} {source.version} has another checksum"
            unpacked = Path(scratch) / "files"
            unpack(archive, source.folder, unpacked)
            _take_place(unpacked, _CACHE / f"{package}-{source.version}")
    except (OSError, UnavailableError, subprocess.SubprocessError) as fault:
        return f"the source package of {package} {source.version} cannot be fetched: {fault}"
    return ""


def _download(package: str, folder: Path) -> Path:
    """Let pip fetch the archive. It asks the build tool for the package's name too, which takes seconds."""
    requirement = f"{package}=={PACKAGES[package].version}"
    options = ["--quiet", "--no-deps", "--no-binary", package, "--retries", "0", "--timeout", "20"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), requirement]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env=_ENVIRONMENT,
        timeout=_LIMIT_S,
        stdin=subprocess.DEVNULL,
    )
    archives = sorted(folder.glob("*.tar.gz"))
    if done.returncode or not archives:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise UnavailableError(lines[0] if lines else f"pip ended with {done.returncode}")
    return archives[0]


def unpack(archive: Path, folder: str, target: Path) -> None:
    """Unpack the documents and images below one folder of an archive, under their paths in that folder.

    Raises:
        UnavailableError: A name leads out of the folder.
    """
    target.mkdir()
    with tarfile.open(archive) as tar:
        for member in tar:
            path = PurePosixPath(*PurePosixPath(member.name).parts[1:])
            if not member.isfile() or not path.is_relative_to(folder) or path.suffix.lower() not in _SUFFIXES:
                continue
            if ".." in path.parts:
                raise UnavailableError(f"the archive has a file named {member.name}")
            content = tar.extractfile(member)
            assert content is not None  # the member is a file
            place = target / path.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            with content, place.open("wb") as file:
                shutil.copyfileobj(content, file)
            place.chmod(0o444)


def _take_place(unpacked: Path, folder: Path) -> None:
    """Give files their name at once; another run may have been quicker."""
    try:
        unpacked.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
