"""A catalogue of tiny models in place of the installed ones, and a logger left as it was."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from docclean.core.recipe import Task
from docclean.models.catalog import Catalog
from tests.helpers.models import catalog_of, tiny_model


@pytest.fixture(autouse=True)
def untouched_logger() -> Iterator[None]:
    logger = logging.getLogger("docclean")
    before = (logger.level, logger.propagate, list(logger.handlers))
    yield
    for handler in set(logger.handlers) - set(before[2]):
        handler.close()
    logger.level, logger.propagate, logger.handlers = before


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = tmp_path_factory.mktemp("models")
    tiny_model(models, "denoise-standard-8")
    tiny_model(models, "wash-1", task=Task.DEWATERMARK)
    return models


@pytest.fixture
def catalog(tiny_models: Path, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    found = catalog_of(tiny_models)
    monkeypatch.setattr(Catalog, "installed", classmethod(lambda cls: found))
    return found
