"""Write into a model's manifest which real pages it has learned from.

    python packaging/record_learned_pages.py resources/models/ID noisyoffice [MORE ...]

Fine-tuning holds such pages out last, because the model does better on them than on new ones. The folders are those
that `docclean train --pairs` was given. Pages are told by digests of their pixels; no name is kept.
"""

import sys
from pathlib import Path

from docclean.documents.discover import discover
from docclean.models.manifest import MANIFEST, read_manifest, write_manifest
from docclean.training.pairs import pixels_digest, read_sheet

_ANY_DPI = 200.0
"""Pairs for training are images, which have pixels at no resolution in particular."""


def main() -> None:
    """Record the dirty pages of some folders of pairs."""
    folder, *pairs = map(Path, sys.argv[1:])
    sources = [source for each in pairs for source in discover([each / "dirty"], recursive=False).sources]
    pages = [{"dirty_sha256": pixels_digest(read_sheet(source, _ANY_DPI))} for source in sources]
    manifest = read_manifest(folder / MANIFEST)
    settings = {**manifest.training.settings, "learned": pages}
    training = manifest.training.model_copy(update={"settings": settings})
    write_manifest(folder, manifest.model_copy(update={"training": training}))
    sys.stdout.write(f"{folder.name}: {len(pages)} pages\n")


if __name__ == "__main__":
    main()
