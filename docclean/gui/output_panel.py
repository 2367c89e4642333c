"""Where results go, what they are called, how they are stored. Shows a choice, and tells a new one when it is sound."""

import os
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QStandardPaths, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QToolButton,
    QWidget,
)

from docclean.core.files import is_folder, is_there
from docclean.core.job import OutputFormat
from docclean.core.output_choice import OutputChoice, explain_pattern, named
from docclean.core.page import PageSource
from docclean.documents.naming import plan_outputs
from docclean.gui.searchable_box import SearchableBox
from docclean.gui.storage_box import StorageBox
from docclean.gui.wheel_guard import WheelGuard
from docclean.gui.wording import file_size

_EXAMPLE = PageSource(path=Path("scan.jpg"), relative=Path("scan.jpg"))


class OutputPanel(QWidget):
    """The controls of an `OutputChoice`.

    Attributes:
        output_edited: The new `OutputChoice`; never one that cannot be carried out.
    """

    output_edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("output")
        self._choice = OutputChoice()
        self._example, self._pages = _EXAMPLE, 0
        self._default: Path | None = None
        self._format = QComboBox(self)
        self._into_folder = QRadioButton(self.tr("Into a folder"), self)
        self._replace = QRadioButton(self.tr("Replace the originals"), self)
        self._storage, self._searchable = StorageBox(self), SearchableBox(self)
        self._suffixes = frozenset[str]()
        self._folder, self._pattern = QLineEdit(self), QLineEdit(self)
        self._browse = QToolButton(self)
        self._folder_fault, self._name_line = self._line("folderFault"), self._line("example")
        self._warning, self._summary = self._line("warning"), self._line("summary")
        self._estimate = self._line("estimate")
        self._estimate.hide()
        self._prepare()
        self._lay_out()
        self._guard = WheelGuard(self)
        self._guard.watch(self._format)
        self._connect()
        self.show_choice(self._choice)

    def _line(self, name: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(f"output.{name}")
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label

    def _prepare(self) -> None:
        self._format.setObjectName("output.format")
        self._format.setAccessibleName(self.tr("Format of the results"))
        for output_format, words in (
            (OutputFormat.KEEP, self.tr("Same as input")),
            (OutputFormat.PNG, "PNG"),
            (OutputFormat.TIFF, "TIFF"),
            (OutputFormat.JPEG, "JPEG"),
            (OutputFormat.WEBP, "WebP"),
            (OutputFormat.PDF, "PDF"),
        ):
            self._format.addItem(words, output_format)
        self._targets = QButtonGroup(self)
        for button, name in ((self._into_folder, "intoFolder"), (self._replace, "replace")):
            button.setObjectName(f"output.{name}")
            self._targets.addButton(button)
        self._folder.setObjectName("output.folder")
        self._folder.setPlaceholderText(self.tr("asked for when you save"))
        self._folder.setAccessibleName(self.tr("Folder for the results"))
        self._browse.setObjectName("output.browse")
        self._browse.setText("…")
        self._browse.setAccessibleName(self.tr("Choose a folder"))
        self._browse.setToolTip(self.tr("Choose a folder"))
        self._browse.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._pattern.setObjectName("output.pattern")
        self._pattern.setToolTip(
            self.tr("{stem} is the name of the original, {n} its number, {page} the page in its file.")
        )
        self._warning.setText(self.tr("Saving puts the results in the place of your originals. That cannot be undone."))

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        grid.setColumnMinimumWidth(0, 16)
        grid.setColumnStretch(2, 1)
        format_label, self._name_label = QLabel(self.tr("Format"), self), QLabel(self.tr("Name"), self)
        format_label.setBuddy(self._format)
        self._name_label.setBuddy(self._pattern)
        grid.addWidget(format_label, 0, 0, 1, 2)
        grid.addWidget(self._format, 0, 2, 1, 2)
        for row, (label, control) in enumerate(self._storage.rows, start=1):
            grid.addWidget(label, row, 0, 1, 2)
            grid.addWidget(control, row, 2, 1, 2)
        grid.addWidget(self._searchable, 3, 0, 1, 4)
        grid.addWidget(self._into_folder, 4, 0, 1, 4)
        grid.addWidget(self._folder, 5, 1, 1, 2)
        grid.addWidget(self._browse, 5, 3)
        grid.addWidget(self._folder_fault, 6, 1, 1, 3)
        grid.addWidget(self._name_label, 7, 1)
        grid.addWidget(self._pattern, 7, 2, 1, 2)
        grid.addWidget(self._name_line, 8, 1, 1, 3)
        grid.addWidget(self._replace, 9, 0, 1, 4)
        grid.addWidget(self._warning, 10, 1, 1, 3)
        grid.addWidget(self._summary, 11, 0, 1, 4)
        grid.addWidget(self._estimate, 12, 0, 1, 4)

    def _connect(self) -> None:
        self._format.activated.connect(self._on_edit)
        self._storage.edited.connect(self._on_edit)
        self._searchable.edited.connect(self._on_edit)
        self._folder.editingFinished.connect(self._on_edit)
        self._pattern.textEdited.connect(self._on_edit)
        self._into_folder.clicked.connect(self._on_edit)
        self._replace.clicked.connect(self._on_edit)
        self._browse.clicked.connect(self._ask_folder)

    def close_work(self) -> None:
        """Wait until nothing is being looked for."""
        self._searchable.close_work()

    @property
    def choice(self) -> OutputChoice:
        """What is chosen; while something unsound is being typed, what was chosen before."""
        return self._choice

    def show_choice(self, choice: OutputChoice) -> None:
        """Show a choice; nothing is told."""
        self._choice = choice
        self._format.setCurrentIndex(self._format.findData(choice.format))
        self._folder.setText(_shown(choice.folder) if choice.folder is not None else "")
        self._pattern.setText(choice.pattern)
        self._storage.show_storage(choice.storage)
        self._searchable.show_languages(choice.languages)
        (self._replace if choice.replaces_originals else self._into_folder).setChecked(True)
        self._folder_fault.hide()
        self._explain()

    def show_pages(
        self,
        pages: int,
        example: PageSource | None = None,
        folder: Path | None = None,
        suffixes: frozenset[str] = frozenset(),
    ) -> None:
        """Say how many pages will be written.

        Args:
            pages: Their number.
            example: The page whose name is shown; None for a made-up one.
            folder: Where results go as long as no folder is chosen; None if the user is asked for one.
            suffixes: Those of the files' names, in lower case: what results in "the same format" can be.
        """
        self._suffixes = suffixes
        self._pages, self._example, self._default = pages, example or _EXAMPLE, folder
        self._folder.setPlaceholderText(_shown(folder) if folder else self.tr("asked for when you save"))
        self._explain()

    @Slot(object)
    def show_estimate(self, sizes: tuple[int, int] | None) -> None:
        """Say how large results will be and inputs are, bytes; None says nothing."""
        words = ""
        if sizes is not None:
            words = self.tr("About {0}, now {1}").format(*map(file_size, sizes))
        self._estimate.setText(words)
        self._estimate.setVisible(bool(words))

    def estimate_words(self) -> str:
        """What is said about the size; empty if nothing is."""
        return self._estimate.text()

    @Slot()
    def _on_edit(self) -> None:
        folder, fault = _read_folder(self._folder.text())
        self._folder_fault.setText(fault)
        self._folder_fault.setVisible(bool(fault))
        if not fault and not explain_pattern(self._pattern.text()):
            choice = OutputChoice(
                folder=folder,
                pattern=self._pattern.text(),
                format=self._format.currentData(),
                replaces_originals=self._replace.isChecked(),
                storage=self._storage.storage,
                languages=self._searchable.languages,
            )
            if choice != self._choice:
                self._choice = choice
                self.output_edited.emit(choice)
        self._explain()

    def _explain(self) -> None:
        """Say what the choice leads to."""
        replaces = self._replace.isChecked()
        output_format = OutputFormat.KEEP if replaces else OutputFormat(self._format.currentData())
        self._storage.show_format(output_format, self._suffixes)
        self._searchable.show_format(output_format, self._suffixes)
        for part in (self._folder, self._browse, self._pattern, self._name_label):
            part.setEnabled(not replaces)
        fault = explain_pattern(self._pattern.text())
        self._name_line.setText(fault or self._example_words())
        self._name_line.setVisible(not replaces)
        self._warning.setVisible(replaces)
        self._summary.setText(self._summary_words())

    def _example_words(self) -> str:
        source = named(self._example, 1, self._choice.model_copy(update={"pattern": self._pattern.text()}))
        (path,) = plan_outputs([source], Path("out"), format=self._choice.format, is_folder=True)
        return f"{self._example.path.name} → {path.name}"

    def _summary_words(self) -> str:
        choice = self._choice
        pages = self.tr("1 page") if self._pages == 1 else self.tr("{n} pages").format(n=self._pages)
        kind = self.tr("the same format")
        if choice.format is not OutputFormat.KEEP:
            kind = self.tr("as {format}").format(format=self._format.currentText())
        if self._pages == 0:
            return ""
        if choice.replaces_originals:
            return self.tr("{pages} in place of the originals, {kind}").format(pages=pages, kind=kind)
        folder = choice.folder or self._default
        if folder is None:
            return self.tr("{pages} to a folder of your choice, {kind}").format(pages=pages, kind=kind)
        return self.tr("{pages} to {folder}, {kind}").format(pages=pages, folder=_shown(folder), kind=kind)

    @Slot()
    def _ask_folder(self) -> None:
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        start = str(self._choice.folder) if self._choice.folder is not None else documents
        dialog = QFileDialog(self, self.tr("Folder for the results"), start)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.use_folder)
        dialog.open()

    @Slot(str)
    def use_folder(self, folder: str) -> None:
        """Take a folder, as if it had been typed."""
        self._folder.setText(_shown(Path(folder)))
        self._on_edit()


def _read_folder(text: str) -> tuple[Path | None, str]:
    """Read what was typed; gives the folder, and one sentence about what is wrong with it."""
    text = text.strip()
    if not text:
        return None, ""
    path = Path(os.path.expanduser(text))  # noqa: PTH111 - pathlib raises where there is no such user
    fault = ""
    if "\0" in text or not path.is_absolute():
        fault = _text("Give the whole path of the folder, for example ~/Clean.")
    elif is_there(path) and not is_folder(path):
        fault = _text("{name} is a file; name a folder.").format(name=path.name)
    return (None if fault else path), fault


def _shown(path: Path) -> str:
    """A path with the user's own folder cut short."""
    try:
        home = Path.home()
    except RuntimeError:
        return str(path)
    return str(Path("~") / path.relative_to(home)) if path.is_relative_to(home) else str(path)


def _text(words: str) -> str:
    return QCoreApplication.translate("OutputPanel", words)
