"""Searchable PDF: whether, and in which languages. What is missing on this machine is said with the command for it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from PySide6.QtCore import QLocale, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QShowEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from docclean.core.job import OutputFormat
from docclean.documents.formats import OUTPUT_SUFFIXES
from docclean.engine.text_recognition import Missing, MissingPart, installed_languages, missing_for_text
from docclean.gui.background import BackgroundWork

_FALLBACK = "eng"


@dataclass(frozen=True, slots=True)
class Recognition:
    """What can be recognized on this machine.

    Attributes:
        languages: Tesseract's names.
        missing: What has to be installed first; None if nothing has.
    """

    languages: tuple[str, ...] = ()
    missing: Missing | None = None


def look_for_recognition() -> Recognition:
    """Look what is installed; asks a program, so not in the window's thread."""
    languages = installed_languages() or ()
    return Recognition(languages, missing_for_text(languages or [_FALLBACK]))


def can_hold_text(output_format: OutputFormat, suffixes: Collection[str]) -> bool:
    """Whether any result is a PDF; `suffixes` are those of the inputs, in lower case."""
    is_kept = output_format is OutputFormat.KEEP and not set(OUTPUT_SUFFIXES["PDF"]).isdisjoint(suffixes)
    return output_format is OutputFormat.PDF or is_kept


class SearchableBox(QWidget):
    """A switch and a menu of languages.

    Attributes:
        edited: The user chose something else; `languages` has it.
    """

    edited = Signal()

    def __init__(self, parent: QWidget | None = None, *, look: Callable[[], Recognition] | None = None) -> None:
        """Ask nothing before it is seen.

        Args:
            parent: Qt's.
            look: Looks what is installed, in a thread of its own; None for `look_for_recognition`.
        """
        super().__init__(parent)
        self._look = look_for_recognition if look is None else look
        self._found: Recognition | None = None
        self._languages: tuple[str, ...] = ()
        self._can_hold_text = False
        self._work = BackgroundWork(self)
        self._work.succeeded.connect(self._on_found)
        self._box = QCheckBox(self.tr("Searchable text in"), self)
        self._box.setObjectName("output.searchable")
        self._button, self._menu = QToolButton(self), QMenu(self)
        self._button.setObjectName("output.languages")
        self._button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._button.setMenu(self._menu)
        self._button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._notice = QLabel(self)
        self._notice.setObjectName("output.searchableNotice")
        self._notice.setWordWrap(True)
        self._notice.setTextFormat(Qt.TextFormat.PlainText)
        self._notice.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._lay_out()
        self._box.clicked.connect(self._on_switch)
        self._menu.triggered.connect(self._on_language)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._on_state)
        self._explain()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._box)
        row.addWidget(self._button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self._notice)

    @property
    def languages(self) -> tuple[str, ...]:
        """Chosen languages; none when results shall hold no text."""
        return self._languages

    def show_languages(self, languages: tuple[str, ...]) -> None:
        """Show a choice; nothing is told."""
        self._languages = languages
        self._explain()

    def show_format(self, output_format: OutputFormat, suffixes: Collection[str]) -> None:
        """Say whether results can hold text; see `can_hold_text`."""
        self._can_hold_text = can_hold_text(output_format, suffixes)
        self._explain()

    def close_work(self) -> None:
        """Wait until nothing is being looked for."""
        self._work.wait()

    def showEvent(self, event: QShowEvent) -> None:
        """Qt's: look when it is seen for the first time."""
        super().showEvent(event)
        if self._found is None and not self._work.is_running:
            self._work.start(self._look)

    @Slot(Qt.ApplicationState)
    def _on_state(self, state: Qt.ApplicationState) -> None:
        """The user came back, perhaps from installing what was missing."""
        is_lacking = self._found is not None and self._found.missing is not None
        if state == Qt.ApplicationState.ApplicationActive and is_lacking and not self._work.is_running:
            self._work.start(self._look)

    @Slot(object)
    def _on_found(self, found: Recognition) -> None:
        self._found = found
        self._explain()

    def _explain(self) -> None:
        """Bring switch, menu and notice in line with what is chosen and with what is there."""
        found = self._found or Recognition()
        is_able = self._can_hold_text and self._found is not None and found.missing is None
        self._box.setChecked(bool(self._languages))
        self._box.setEnabled(is_able)
        self._button.setEnabled(is_able)
        chosen = self._languages or self._usual()
        self._button.setText(", ".join(language_name(language) for language in chosen))
        self._button.setAccessibleName(self.tr("Languages of the text: {0}").format(self._button.text()))
        reason = "" if self._can_hold_text else self.tr("Only PDF results can hold text.")
        lack = self._words_of(found.missing)
        self._box.setToolTip(reason or lack or self.tr("Text that Tesseract reads, unseen under the pages."))
        self._notice.setText(lack)
        self._notice.setVisible(self._can_hold_text and bool(lack))
        self._fill_menu(found.languages, chosen)

    def _words_of(self, missing: Missing | None) -> str:
        """Say what is missing; empty if nothing is."""
        if missing is None:
            return ""
        match missing.part:
            case MissingPart.LIBRARY:
                words = self.tr("Searchable text needs the library OCRmyPDF. To install it: {0}")
            case MissingPart.PROGRAM:
                words = self.tr("Searchable text needs the program Tesseract. To install it: {0}")
            case _:
                words = self.tr("Tesseract has no language yet. To install one: {0}")
        return words.format(missing.command)

    def _fill_menu(self, known: Collection[str], chosen: Collection[str]) -> None:
        self._menu.clear()
        for language in sorted({*known, *chosen}, key=lambda name: language_name(name).casefold()):
            action = self._menu.addAction(language_name(language))
            action.setData(language)
            action.setCheckable(True)
            action.setChecked(language in chosen)

    def _usual(self) -> tuple[str, ...]:
        """The window's language, where Tesseract has it."""
        known = self._found.languages if self._found is not None else ()
        own = QLocale.languageToCode(self.locale().language(), QLocale.LanguageCodeType.ISO639Part2T)
        return (own if own in known else next((language for language in known if language == _FALLBACK), own),)

    @Slot(bool)
    def _on_switch(self, is_on: bool) -> None:  # noqa: FBT001 - a signal's argument
        self._languages = self._usual() if is_on else ()
        self._explain()
        self.edited.emit()

    @Slot(QAction)
    def _on_language(self, action: QAction) -> None:
        """Switch a language; the last one stays. The order is that in which they were chosen: the first one leads."""
        language = action.data()
        chosen = self._languages or self._usual()
        if language not in chosen:
            self._languages = (*chosen, language)
        elif len(chosen) > 1:
            self._languages = tuple(other for other in chosen if other != language)
        self._explain()
        self.edited.emit()


def language_name(language: str) -> str:
    """Name of one of Tesseract's languages as those call it who speak it; Tesseract's own name where Qt knows none."""
    code, _, variant = language.partition("_")
    known = QLocale.codeToLanguage(code, QLocale.LanguageCodeType.ISO639Part2)
    if known in (QLocale.Language.AnyLanguage, QLocale.Language.C):
        return language
    name = QLocale(known).nativeLanguageName() or QLocale.languageToString(known)
    name = name if known != QLocale.Language.English else QLocale.languageToString(known)
    return f"{name} ({variant})" if variant else name
