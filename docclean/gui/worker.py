"""The only QObject that calls the engine. It lives in the engine thread and does what lies on the desk."""

import logging
import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.errors import DoccleanError
from docclean.core.page import PixelArray
from docclean.core.progress import Progress
from docclean.engine.device import resolve_device
from docclean.engine.preview import Previewer
from docclean.engine.runner import run_jobs
from docclean.engine.session import EngineSession
from docclean.gui.desk import EngineDesk, EngineOptions, PreviewAnswer, PreviewRequest
from docclean.gui.training_work import Trainer, carry_out, train_model
from docclean.models.catalog import Catalog

logger = logging.getLogger(__name__)

_PROGRESS_INTERVAL_S = 0.05
_BAND_PX = 1_000_000
"""A preview is told in bands of about so many pixels, so that the first is there within a second."""


def open_session(options: EngineOptions) -> EngineSession:
    """Start the engine on a device.

    Raises:
        DeviceError: There is no such device.
        ModelError: The program's models are missing.
    """
    return EngineSession(
        resolve_device(options.device),
        Catalog.installed(dict(options.models)),
        threads=options.threads,
        memory_limit_mb=options.memory_limit_mb,
    )


class EngineWorker(QObject):
    """Runs pages and previews, as the desk says.

    Attributes:
        page_started: A page is begun; its job's id.
        progressed: A `Progress`, at most twenty a second; the last one of a stage always.
        page_done: A `PageResult`.
        run_finished: Nothing waits any more.
        preview_ready: A `PreviewAnswer`.
        engine_ready: The device's label; the engine was started, or started anew with other options.
        dropped: Ids of jobs that were taken off the desk because the engine cannot start.
        engine_failed: Why the engine cannot start, in one sentence.
        training_news: How the training is going; see `training_work`.
        training_done: A `TrainingEnd`.
    """

    page_started = Signal(str)
    progressed = Signal(object)
    page_done = Signal(object)
    run_finished = Signal()
    preview_ready = Signal(object)
    engine_ready = Signal(str)
    dropped = Signal(object)
    engine_failed = Signal(str)
    training_news = Signal(object)
    training_done = Signal(object)

    def __init__(
        self,
        desk: EngineDesk,
        open_engine: Callable[[EngineOptions], EngineSession] = open_session,
        train: Trainer = train_model,
    ) -> None:
        super().__init__()
        self._desk = desk
        self._open = open_engine
        self._train = train
        self._options = EngineOptions()
        self._session: EngineSession | None = None
        self._previewer: Previewer | None = None
        self._cancel = CancelToken()
        self._last_told = 0.0
        self._page = ""

    @Slot(object)
    def configure(self, options: EngineOptions) -> None:
        """Start the engine anew when it is needed next; also after models were added or removed."""
        self._options = options
        self._session = self._previewer = None

    @Slot()
    def forget_pages(self) -> None:
        """Files may have changed; previews read them again."""
        if self._previewer is not None:
            self._previewer.forget()

    @Slot()
    def work(self) -> None:
        """Do what lies on the desk: previews, pages, a training. Comes back when nothing does."""
        self._work_on_pages()
        if order := self._desk.begin_training():

            def between() -> None:
                self._desk.wait_while_training_is_held(order.cancel, self._serve_in_training)

            end = carry_out(order, self._options, self._train, self.training_news.emit, between)
            self._desk.end_training()
            self.training_done.emit(end)
            self._work_on_pages()

    def _work_on_pages(self, *, only_light: bool = False) -> None:
        try:
            self._serve_previews()
            self._run_pages(only_light=only_light)
        except DoccleanError as error:
            self.dropped.emit(self._desk.cancel_all())
            self.engine_failed.emit(str(error))
        except Exception:
            logger.exception("the engine")
            self.dropped.emit(self._desk.cancel_all())
            self.engine_failed.emit(_cannot_start())

    def _engine(self) -> EngineSession:
        if self._session is None:
            self._session = self._open(self._options)
            self._previewer = Previewer(self._session)
            self.engine_ready.emit(self._session.device.label)
        return self._session

    def _serve_in_training(self) -> None:
        """What need not wait for the end of a training: previews, and saving what was cleaned before."""
        self._work_on_pages(only_light=True)

    def _run_pages(self, *, only_light: bool) -> None:
        def is_wanted() -> bool:
            return self._desk.has_light_jobs if only_light else self._desk.is_busy

        if not is_wanted():
            return
        try:
            session = self._engine()
            while is_wanted():
                self._cancel, jobs = self._desk.begin(only_light=only_light)
                tokens, announce = self._desk.tokens, self._desk.announce
                for result in run_jobs(jobs, session, self._on_progress, self._cancel, tokens, announce=announce):
                    self._page = ""  # or the same page, cleaned again, would not be told to have started
                    self.page_done.emit(result)
                    self._serve_previews()
                self._desk.end()
        finally:
            self._desk.end()
            self.run_finished.emit()

    def _on_progress(self, progress: Progress) -> None:
        """Tell the window, and do what was asked for meanwhile."""
        if progress.job_id != self._page:
            self._page = progress.job_id
            self.page_started.emit(progress.job_id)
        now = time.monotonic()
        if progress.done >= progress.total or now - self._last_told >= _PROGRESS_INTERVAL_S:
            self._last_told = now
            self.progressed.emit(progress)
        skipped = self._desk.tokens.get(progress.job_id, self._cancel)
        self._desk.wait_while_paused(skipped, self._serve_previews)

    def _serve_previews(self) -> None:
        while asked := self._desk.next_preview():
            request, cancel = asked
            try:
                self._preview(request, cancel)
            except CancelledError:
                pass
            except DoccleanError as error:
                self.preview_ready.emit(PreviewAnswer(request, request.region, None, is_last=True, error=str(error)))
            except MemoryError:
                sentence = _text("{file}: does not fit into memory; close other programs.").format(
                    file=request.source.path
                )
                self.preview_ready.emit(PreviewAnswer(request, request.region, None, is_last=True, error=sentence))
            except Exception:
                logger.exception("preview of %s", request.source.path.name)
                words = _text("{file}: cannot be shown here because of a fault of the program; see its log.")
                sentence = words.format(file=request.source.path)
                self.preview_ready.emit(PreviewAnswer(request, request.region, None, is_last=True, error=sentence))
            finally:
                self._desk.answered(request)

    def _preview(self, request: PreviewRequest, cancel: CancelToken) -> None:
        """Restore the region from top to bottom, and tell whenever another band of it is ready."""
        self._engine()
        assert self._previewer is not None  # noqa: S101 - made with the session
        self._previewer.prepare(request.source, request.recipe)
        wanted = request.region
        rows = max(64, _BAND_PX // max(1, wanted.width))
        bands: list[PixelArray] = []
        for top in range(0, wanted.height, rows):
            part = wanted._replace(top=wanted.top + top, height=min(rows, wanted.height - top))
            begun = time.monotonic()
            region, pixels = self._previewer.restore_region(request.source, request.recipe, part, cancel)
            bands.append(pixels)
            is_last = top + rows >= wanted.height
            seconds = time.monotonic() - begun
            ready = region._replace(top=max(0, wanted.top), height=sum(len(band) for band in bands))
            answer = PreviewAnswer(request, ready, np.concatenate(bands), is_last=is_last, seconds=seconds)
            self.preview_ready.emit(answer)


def _text(words: str) -> str:
    return QCoreApplication.translate("EngineWorker", words)


def _cannot_start() -> str:
    return _text("The engine cannot start because of a fault of the program; see its log, and try another device.")
