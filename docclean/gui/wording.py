"""The window's words. The engine's sentences name options of the command line, which are called otherwise here."""

import re

from PySide6.QtCore import QCoreApplication, QLocale

_CORES = re.compile(r"\b(\d+) cores\b")

_IN_THE_WINDOW = (
    ("or take its sub-folders too with --recursive", "or turn on “{subfolders}”"),
    ("those are taken with --recursive", "turn on “{subfolders}” to take it"),
    ("or replace it with --overwrite", "or turn on “{overwrite}”"),
    ("write one file per page with --format png", "choose PNG as the format"),
    ("the log file, which `docclean doctor` names", "the log file"),
    ("; see `docclean models list`", "; see the list of models"),
    (
        "give it with --password-file FILE, or type it when docclean asks for it on a terminal",
        "add it to the main window, which asks for the password",
    ),
    (
        "clean it with --break-signatures if that does not matter",
        "save it from the main window, which asks",
    ),
    ("--pdf-pages render cleans such pages too", "pages that are drawn can be cleaned too"),
)


def in_the_window(sentence: str) -> str:
    """Put a sentence that was made for the command line into the window's terms."""
    sentence = sentence.removeprefix("-o ")
    subfolders = QCoreApplication.translate("BatchForm", "Include &subfolders").replace("&", "")
    overwrite = QCoreApplication.translate("BatchForm", "&Overwrite existing results").replace("&", "")
    for typed, shown in _IN_THE_WINDOW:
        sentence = sentence.replace(typed, shown.format(subfolders=subfolders, overwrite=overwrite))
    return sentence


def device_words(label: str) -> str:
    """A device's name, as the engine gives it, in the window's language."""
    return _CORES.sub(lambda found: QCoreApplication.translate("wording", "{n} cores").format(n=found[1]), label)


def spell_count(count: int) -> str:
    """A number with the marks that the window's language puts between thousands, as in "1,240"."""
    return f"{count:,}".replace(",", QLocale().groupSeparator())


def counted_pages(count: int) -> str:
    """A number of pages, as in "1 page" and "1,240 pages"."""
    if count == 1:
        return QCoreApplication.translate("wording", "1 page")
    return QCoreApplication.translate("wording", "{count} pages").format(count=spell_count(count))


def duration(seconds: float) -> str:
    """A time to wait, as in "45 s", "1 min 30 s", "5 min" and "2 h 5 min"; rounded, the farther the coarser."""
    whole = round(seconds)
    if whole < 60:
        return QCoreApplication.translate("wording", "{s} s").format(s=max(1, whole))
    minutes, rest = divmod(whole, 60)
    if minutes < 10 and rest >= 10:
        return QCoreApplication.translate("wording", "{m} min {s} s").format(m=minutes, s=rest // 10 * 10)
    if minutes < 60:
        return QCoreApplication.translate("wording", "{m} min").format(m=minutes)
    hours, minutes = divmod(minutes, 60)
    return QCoreApplication.translate("wording", "{h} h {m} min").format(h=hours, m=minutes)


def file_size(count: int) -> str:
    """Bytes for people, as in "1.5 MB"."""
    return QLocale().formattedDataSize(count, 1, QLocale.DataSizeFormat.DataSizeSIFormat)
