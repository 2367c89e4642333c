"""How results are packed: the way, and the quality where the way loses. Offers what the format of results allows."""

from collections.abc import Collection

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QComboBox, QLabel, QSpinBox, QWidget

from docclean.core.job import Compression, OutputFormat, Storage
from docclean.documents.formats import OUTPUT_SUFFIXES
from docclean.gui.wheel_guard import WheelGuard

_PDF = frozenset(Compression)
_TIFF = frozenset({Compression.KEEP, Compression.LOSSLESS, Compression.JPEG})
_LOSSY_FORMATS = (OutputFormat.JPEG, OutputFormat.WEBP)
_LOSSY_SUFFIXES = frozenset(suffix for name in ("JPEG", "WEBP", "JPEG2000") for suffix in OUTPUT_SUFFIXES[name])


def compressions_of(output_format: OutputFormat, suffixes: Collection[str]) -> frozenset[Compression]:
    """Ways of packing that results can have.

    Args:
        output_format: Format of the results.
        suffixes: Suffixes of the inputs, in lower case, which say what KEEP means.
    """
    has_pdf = output_format is OutputFormat.PDF
    has_tiff = output_format is OutputFormat.TIFF
    if output_format is OutputFormat.KEEP:
        has_pdf = not set(OUTPUT_SUFFIXES["PDF"]).isdisjoint(suffixes)
        has_tiff = not set(OUTPUT_SUFFIXES["TIFF"]).isdisjoint(suffixes)
    if has_pdf:
        return _PDF
    return _TIFF if has_tiff else frozenset()


def has_quality(output_format: OutputFormat, suffixes: Collection[str], compression: Compression) -> bool:
    """Whether a quality can be chosen."""
    if output_format in _LOSSY_FORMATS:
        return True
    if output_format is OutputFormat.KEEP and not _LOSSY_SUFFIXES.isdisjoint(suffixes):
        return True
    return bool(compressions_of(output_format, suffixes)) and compression is not Compression.LOSSLESS


class StorageBox(QObject):
    """The controls of a `Storage`, which lie in the grid of the widget that owns them.

    Attributes:
        edited: The user chose something else; `storage` has it.
        rows: Labels and their controls, one a line.
    """

    edited = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._format, self._suffixes = OutputFormat.KEEP, frozenset[str]()
        self._storage = Storage()
        self._compression, self._quality = QComboBox(parent), QSpinBox(parent)
        self._compression.setObjectName("output.compression")
        self._compression.setAccessibleName(self.tr("How results are packed"))
        self._quality.setObjectName("output.quality")
        self._quality.setAccessibleName(self.tr("Quality of the results"))
        self._quality.setRange(0, 100)
        self._quality.setSpecialValueText(self.tr("automatic"))
        self._quality.setToolTip(self.tr("1 is small and coarse, 100 large and fine. Black and white never loses."))
        self.rows = self._labelled(parent)
        self._guard = WheelGuard(self)
        self._guard.watch(self._compression, self._quality)
        self._compression.activated.connect(self._on_edit)
        self._quality.valueChanged.connect(self._on_edit)
        self._offer()

    def _labelled(self, parent: QWidget) -> tuple[tuple[QLabel, QWidget], ...]:
        rows: tuple[tuple[QLabel, QWidget], ...] = (
            (QLabel(self.tr("Packing"), parent), self._compression),
            (QLabel(self.tr("Quality"), parent), self._quality),
        )
        for label, control in rows:
            label.setBuddy(control)
        return rows

    @property
    def storage(self) -> Storage:
        """What is chosen."""
        return self._storage

    def show_storage(self, storage: Storage) -> None:
        """Show a choice; nothing is told."""
        self._storage = storage
        self._offer()

    def show_format(self, output_format: OutputFormat, suffixes: Collection[str]) -> None:
        """Offer what goes with a format; see `compressions_of`."""
        wanted = output_format, frozenset(suffixes)
        if wanted != (self._format, self._suffixes):
            self._format, self._suffixes = wanted
            self._offer()

    def _offer(self) -> None:
        """Fill the list. A way that the format does not know stays chosen: the format may change again."""
        known = compressions_of(self._format, self._suffixes)
        self._compression.blockSignals(True)
        self._compression.clear()
        for compression, words in self._ways():
            if compression in known or compression is self._storage.compression:
                self._compression.addItem(words, compression)
        self._compression.setCurrentIndex(self._compression.findData(self._storage.compression))
        self._compression.blockSignals(False)
        self._compression.setEnabled(bool(known))
        reason = "" if known else self.tr("This format leaves no choice; TIFF and PDF do.")
        self._compression.setToolTip(reason or self.tr("Mixed: text sharp above a coarse background, in PDF only."))
        self._quality.blockSignals(True)
        self._quality.setValue(self._storage.quality or 0)
        self._quality.blockSignals(False)
        self._quality.setEnabled(has_quality(self._format, self._suffixes, self._storage.compression))

    def _ways(self) -> tuple[tuple[Compression, str], ...]:
        return (
            (Compression.KEEP, self.tr("As in the original")),
            (Compression.LOSSLESS, self.tr("Without loss")),
            (Compression.JPEG, "JPEG"),
            (Compression.JPEG2000, "JPEG 2000"),
            (Compression.MRC, self.tr("Mixed, for small files")),
        )

    @Slot()
    def _on_edit(self) -> None:
        storage = Storage(
            compression=Compression(self._compression.currentData()), quality=self._quality.value() or None
        )
        if storage != self._storage:
            self._storage = storage
            self._quality.setEnabled(has_quality(self._format, self._suffixes, storage.compression))
            self.edited.emit()
