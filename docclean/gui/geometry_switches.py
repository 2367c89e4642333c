"""Four switches for what is put straight on a page besides its dirt."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from docclean.core.recipe import Geometry


class GeometrySwitches(QWidget):
    """Shows what pages have in common, and tells what was touched; decides nothing.

    Attributes:
        touched: Name of a field of `Geometry`, and whether it is on.
    """

    touched = Signal(str, bool)

    def __init__(self, prefix: str, parent: QWidget | None = None, *, columns: int = 1) -> None:
        """Build the switches, all off.

        Args:
            prefix: Begins the names of the controls.
            parent: Qt's.
            columns: How many switches stand side by side.
        """
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        self._boxes: dict[str, QCheckBox] = {}
        for number, (name, words, tip) in enumerate(self._words()):
            box = QCheckBox(words, self)
            box.setObjectName(f"{prefix}.{name}")
            box.setToolTip(tip)
            box.setAccessibleDescription(tip)
            box.clicked.connect(partial(self._on_click, name))
            grid.addWidget(box, number // columns, number % columns)
            self._boxes[name] = box
        grid.setColumnStretch(columns, 1)

    def _words(self) -> tuple[tuple[str, str, str], ...]:
        return (
            (
                "deskew",
                self.tr("Straighten"),
                self.tr("Turns the page until its lines are level, by up to 10 degrees. The page keeps its size."),
            ),
            (
                "borders",
                self.tr("Remove dark borders"),
                self.tr("Paints paper over dark rims that touch the edge of the page. Pictures and covers stay."),
            ),
            (
                "punch_holes",
                self.tr("Remove punch holes"),
                self.tr("Paints paper over the holes of a punch. One round spot alone is no hole and stays."),
            ),
            (
                "crop",
                self.tr("Crop to the contents"),
                self.tr("Cuts off empty paper and dark borders, but for 4 mm. Whatever is on the page stays."),
            ),
        )

    def show_geometries(self, geometries: Sequence[Geometry]) -> None:
        """Show what pages have in common; nothing is told. Without pages the switches are disabled."""
        for name, box in self._boxes.items():
            values = {bool(getattr(geometry, name)) for geometry in geometries}
            is_mixed = len(values) > 1
            box.setEnabled(bool(geometries))
            box.setTristate(is_mixed)
            is_on = Qt.CheckState.Checked if True in values else Qt.CheckState.Unchecked
            box.setCheckState(Qt.CheckState.PartiallyChecked if is_mixed else is_on)

    def geometry_wanted(self) -> Geometry:
        """What is switched on."""
        return Geometry(**{name: box.isChecked() for name, box in self._boxes.items()})

    def _on_click(self, name: str) -> None:
        self._boxes[name].setTristate(False)
        self.touched.emit(name, self._boxes[name].isChecked())
