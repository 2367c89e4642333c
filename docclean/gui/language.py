"""The language of the window: which translations there are, and which one is used."""

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from docclean.core.resources import resource_path

ENGLISH = "en"
"""The language that the texts are written in; it needs no file."""

_FILE = "docclean_{code}.qm"
_TRANSLATORS = ("docclean", "qtbase")


def available_languages() -> list[tuple[str, str]]:
    """Give codes, as in "de", and what the languages call themselves; English first."""
    names = sorted(path.name for path in resource_path("translations").glob(_FILE.format(code="*")))
    start, _, end = _FILE.partition("{code}")
    codes = [name.removeprefix(start).removesuffix(end) for name in names]
    return [(ENGLISH, "English"), *((code, QLocale(code).nativeLanguageName()) for code in codes)]


def choose_language(code: str) -> str:
    """Find the language to use.

    Args:
        code: What the user chose, as in "de" or "de-AT"; empty for what the system's languages are, the first first.

    Returns:
        One of the codes of `available_languages`; English where none fits.
    """
    there = [each for each, _ in available_languages()]
    for wish in [code] if code else QLocale.system().uiLanguages():
        name = wish.replace("-", "_")
        for candidate in (name, name.partition("_")[0]):
            if candidate in there:
                return candidate
    return ENGLISH


def install_language(application: QApplication, code: str) -> str:
    """Let docclean and Qt speak a language; widgets made from now on have its texts, numbers and direction.

    Args:
        application: Where the translators go; those of an earlier call are taken out.
        code: As for `choose_language`.

    Returns:
        The code of the language that is used now.
    """
    for name in _TRANSLATORS:
        for old in application.findChildren(QTranslator, f"{name}Translator"):
            application.removeTranslator(old)
            old.deleteLater()
    chosen = choose_language(code)
    system, locale = QLocale.system(), QLocale(chosen)
    locale = system if system.language() == locale.language() else locale
    QLocale.setDefault(locale)
    if chosen != ENGLISH:
        _install(application, "qtbase", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath), chosen)
        _install(application, "docclean", str(resource_path("translations")), chosen)
    application.setLayoutDirection(locale.textDirection())
    return chosen


def _install(application: QApplication, name: str, folder: str, code: str) -> None:
    translator = QTranslator(application)
    translator.setObjectName(f"{name}Translator")
    if translator.load(f"{name}_{code}", folder):
        application.installTranslator(translator)
    else:
        translator.deleteLater()
