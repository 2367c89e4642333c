"""What a model is: its manifest as a page to read before choosing."""

import math
from collections.abc import Mapping
from html import escape

from PySide6.QtCore import QCoreApplication, QEvent, QLocale
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QTextBrowser, QWidget

from docclean.gui.shown_names import model_name
from docclean.gui.task_words import task_heading
from docclean.gui.wording import file_size
from docclean.models.catalog import DamagedModel, ModelEntry
from docclean.models.library import files_fault, size_on_disk
from docclean.models.manifest import Metric, ModelManifest

_FIGURES = (
    "rmse",
    "psnr_db",
    "ssim",
    "ink_lost",
    "ink_added",
    "marks_kept",
    "color_error",
    "character_errors",
    "clean_rmse",
)
_SHARES = {"ink_lost", "ink_added", "marks_kept", "character_errors"}
_BEFORE, _AFTER = "raw_", "cleaned_"
_PARENT, _NEW = "parent_", "new_"


class ModelCard(QTextBrowser):
    """Shows one model, sound or damaged."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("modelCard")
        self.setAccessibleName(self.tr("About this model"))
        self.setOpenLinks(False)
        self.document().setDocumentMargin(16)
        self._model: ModelEntry | DamagedModel | None = None
        self._is_default = False

    def show_model(self, model: ModelEntry | DamagedModel | None, *, is_default: bool = False) -> None:
        """Show a model, or none."""
        self._model, self._is_default = model, is_default
        self._write()

    def changeEvent(self, event: QEvent) -> None:
        """Qt's: colors are part of the text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_model"):
            self._write()

    def _write(self) -> None:
        muted = self.palette().color(QPalette.ColorRole.PlaceholderText).name()
        line = self.palette().color(QPalette.ColorRole.Mid).name()
        self.document().setDefaultStyleSheet(
            f"h2 {{ font-size: large; margin: 0; }} h3 {{ font-size: medium; margin: 16px 0 4px 0; }}"
            f"p {{ margin: 0 0 4px 0; }} ul {{ margin: 0 0 0 -24px; }} li {{ margin: 0 0 4px 0; }}"
            f".muted {{ color: {muted}; }} th {{ color: {muted}; font-weight: normal; }}"
            f"td, th {{ padding: 2px 8px 2px 0; }} hr {{ background-color: {line}; }}"
        )
        match self._model:
            case ModelEntry() as entry:
                self.setHtml(_html_of(entry, is_default=self._is_default))
            case DamagedModel() as damaged:
                self.setHtml(_html_of_damaged(damaged))
            case None:
                self.clear()


_translate = QCoreApplication.translate


def _html_of(entry: ModelEntry, *, is_default: bool) -> str:
    manifest = entry.manifest
    origin = _translate("ModelCard", "came with docclean") if entry.is_builtin else _translate("ModelCard", "your own")
    facts = [task_heading(manifest.task), origin]
    if is_default:
        facts.append(_translate("ModelCard", "default"))
    if not manifest.recommended:
        facts.append(_translate("ModelCard", "not recommended"))
    fault = files_fault(entry)
    parts = [
        f"<h2>{escape(model_name(manifest))}</h2><p class='muted'>{escape(' · '.join(facts))}</p>",
        f"<p><b>{escape(fault)}</b></p>" if fault else "",
        _verdict(manifest),
        _section(_translate("ModelCard", "What it is for"), manifest.card.use_for),
        _section(_translate("ModelCard", "What it is bad at"), manifest.card.limits),
        *(_figures(metric) for metric in manifest.metrics),
        f"<h3>{_translate('ModelCard', 'Trained on')}</h3>",
        f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in manifest.training.data)}</ul>",
        _facts(entry),
    ]
    return "".join(parts)


def _verdict(manifest: ModelManifest) -> str:
    """How the model did against the one that it was made from; the words are the run's own."""
    if not manifest.verdict:
        return ""
    heading = _translate("ModelCard", "Compared with {parent}").format(parent=manifest.parent)
    return f"<h3>{escape(heading)}</h3>{''.join(f'<p>{escape(each)}</p>' for each in manifest.verdict)}"


def _html_of_damaged(model: DamagedModel) -> str:
    heading = (
        f"<h2>{escape(model.folder.name)}</h2><p class='muted'>{_translate('ModelCard', 'damaged, and left out')}</p>"
    )
    return heading + _section(_translate("ModelCard", "What is wrong"), str(model.error))


def _section(heading: str, text: str) -> str:
    return f"<h3>{escape(heading)}</h3><p>{escape(text)}</p>"


def _facts(entry: ModelEntry) -> str:
    manifest = entry.manifest
    rows = [
        (_translate("ModelCard", "Size"), file_size(size_on_disk(entry))),
        (_translate("ModelCard", "License"), manifest.license),
        (_translate("ModelCard", "Made from"), manifest.parent),
        (_translate("ModelCard", "Id"), manifest.id),
        (_translate("ModelCard", "Folder"), "" if entry.is_builtin else str(entry.folder)),
    ]
    cells = "".join(
        f"<tr><th align='left'>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows if value
    )
    return f"<h3>{_translate('ModelCard', 'Facts')}</h3><table cellspacing='0'>{cells}</table>"


def _figures(metric: Metric) -> str:
    """One set of figures: what was measured, before and after."""
    columns = {
        _BEFORE: _translate("ModelCard", "before"),
        _AFTER: _translate("ModelCard", "after"),
        _PARENT: _translate("ModelCard", "its parent"),
        _NEW: _translate("ModelCard", "this model"),
    }
    parts = (_PARENT, _NEW) if any(name.startswith(_NEW) for name in metric.values) else (_BEFORE, _AFTER)
    known = [name for name in _FIGURES if any(part + name in metric.values for part in parts)]
    if known:
        head = "".join(f"<th width='72' align='right'>{columns[part]}</th>" for part in parts)
        rows = "".join(_row(name, metric.values, parts) for name in known)
    else:
        head = "<th></th>"
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td align='right'>{_number(value)}</td></tr>"
            for name, value in metric.values.items()
        )
    pages = metric.values.get("pages")
    count = f" ({pages:.0f} {_translate('ModelCard', 'pages')})" if pages is not None and math.isfinite(pages) else ""
    title = f"<h3>{_translate('ModelCard', 'Measured')}: {escape(metric.set)}{escape(count)}</h3>"
    return f"{title}<table cellspacing='0' width='520'><tr><th></th>{head}</tr>{rows}</table>"


def _row(name: str, values: Mapping[str, float], parts: tuple[str, str]) -> str:
    cells = "".join(
        f"<td align='right'>{_figure(name, values[part + name]) if part + name in values else '–'}</td>"  # noqa: RUF001 - a dash for nothing
        for part in parts
    )
    return f"<tr><td>{escape(_figure_name(name))}</td>{cells}</tr>"


def _figure_name(name: str) -> str:
    names = {
        "rmse": _translate("ModelCard", "Difference from the clean page (0 to 1, less is better)"),
        "psnr_db": _translate("ModelCard", "Signal to noise (dB, more is better)"),
        "ssim": _translate("ModelCard", "Likeness in structure (0 to 1, more is better)"),
        "ink_lost": _translate("ModelCard", "Ink lost"),
        "ink_added": _translate("ModelCard", "Dirt taken for ink, against the ink there is"),
        "marks_kept": _translate("ModelCard", "Dots and small marks kept"),
        "color_error": _translate("ModelCard", "Difference in color (0 to 1, less is better)"),
        "character_errors": _translate("ModelCard", "Characters that a program reads wrongly"),
        "clean_rmse": _translate("ModelCard", "Difference made to clean pages (0 to 1, less is better)"),
    }
    return names[name]


def _figure(name: str, value: float) -> str:
    if name in _SHARES:
        return f"{QLocale().toString(100 * value, 'f', 1)}\N{NO-BREAK SPACE}%"
    return QLocale().toString(value, "f", 1 if name == "psnr_db" else 3)


def _number(value: float) -> str:
    return QLocale().toString(value, "g", 4)
