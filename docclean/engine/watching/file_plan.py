"""What there is to do with one file of a watched folder, given what was done before."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from docclean.core.errors import ReadError
from docclean.core.files import is_there
from docclean.core.job import PageJob
from docclean.core.page import PageSource
from docclean.core.recipe import Recipe
from docclean.documents.discover import discover
from docclean.documents.naming import output_candidates
from docclean.engine.fingerprints import Fingerprints
from docclean.engine.journal import Journal
from docclean.engine.journal_rows import PageEntry, PageStatus
from docclean.engine.journal_verdicts import Standing
from docclean.engine.planning import CleanOptions, output_format_named, output_spec


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What there is to do with a file.

    Attributes:
        jobs: Pages to clean.
        outputs: The files of all its pages, also of those that were done before.
        skipped: Why none of its pages is wanted; empty if some are.
    """

    jobs: tuple[PageJob, ...] = ()
    outputs: tuple[Path, ...] = ()
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class FilePlanner:
    """Plans files for a watched folder.

    A file that was cleaned in exactly this way is not cleaned again, even if its result was taken away or edited
    since: a watched folder is worked off once, it mirrors nothing.

    A new version of a file replaces the result of the old one if that is as docclean left it. Where files leave the
    folder when they are done, another one of the same name is no new version, but another document, and gets a name of
    its own. So does whatever would replace a file that docclean did not write, or that somebody edited.

    Attributes:
        options: What was asked for; `output` is a folder.
        recipe: What to do with every page.
        fingerprints: Those that the journal uses.
        inputs_leave: Whether files leave the folder when they are done.
    """

    options: CleanOptions
    recipe: Recipe
    fingerprints: Fingerprints
    inputs_leave: bool = False

    def plan(self, path: Path, relative: Path, journal: Journal) -> FilePlan:
        """Plan one file.

        Args:
            path: The file.
            relative: Its path below the watched folder, which the result keeps.
            journal: Of the output folder.

        Raises:
            ReadError: The file cannot be read.
            WriteError: The journal cannot be used.
        """
        options = self.options
        found = discover((path,), recursive=False, pages=options.pages, render_dpi=options.render_dpi)
        if found.failed:
            raise ReadError(path, found.failed[0].reason)
        if not found.sources:
            return FilePlan(skipped=str(found.skipped[0]))
        sources = [source.model_copy(update={"relative": relative}) for source in found.sources]
        for outputs in output_candidates(sources, options.output, output_format_named(options.output_format)):
            plan = self._with_names(sources, outputs, journal)
            if plan is not None:
                return plan
        raise AssertionError("there is always another number")

    def _with_names(self, sources: Sequence[PageSource], outputs: Sequence[Path], journal: Journal) -> FilePlan | None:
        """Plan with these names of the results; None if one of them is another's."""
        left: list[PageJob] = []
        jobs = [self._job(source, output) for source, output in zip(sources, outputs, strict=True)]
        for output, group in groupby(jobs, key=lambda job: job.output.path):
            members = list(group)
            standing = self._standing(members, output, journal)
            if standing is None:
                return None
            if standing is not Standing.DONE:
                left += members if standing is Standing.NEW else map(_replacing, members)
        return FilePlan(tuple(left), tuple(dict.fromkeys(outputs)))

    def _job(self, source: PageSource, output: Path) -> PageJob:
        spec = output_spec(self.options, output, output_format_named(self.options.output_format))
        return PageJob(id=str(source.page), source=source, recipe=self.recipe, output=spec)

    def _standing(self, jobs: Sequence[PageJob], output: Path, journal: Journal) -> Standing | None:
        """Tell whether a result is DONE, may be made (NEW), or may replace an older one (CHANGED); None for neither."""
        verdict = journal.verdict(jobs)
        if verdict.standing in (Standing.DONE, Standing.NEW):
            return verdict.standing
        entries = journal.entries(output)
        if self._was_made(entries, jobs, journal):
            return Standing.DONE
        if self.options.overwrite:
            return Standing.CHANGED
        if verdict.standing in (Standing.FOREIGN, Standing.ALTERED) or self._is_anothers(entries, jobs[0], journal):
            return None
        return Standing.CHANGED if verdict.is_own else Standing.NEW

    def _was_made(self, entries: Sequence[PageEntry], jobs: Sequence[PageJob], journal: Journal) -> bool:
        """Whether a result was made in exactly this way once, whatever became of it since."""
        if [entry.page for entry in entries] != [job.source.page for job in jobs]:
            return False
        digest = journal.digest_of(jobs[0].source.path)
        return all(
            entry.status is PageStatus.DONE
            and (entry.input_sha256, entry.fingerprint) == (digest, self.fingerprints.of(job))
            for entry, job in zip(entries, jobs, strict=True)
        )

    def _is_anothers(self, entries: Sequence[PageEntry], job: PageJob, journal: Journal) -> bool:
        """Whether what the journal knows by this name is the result of another document."""
        if self.inputs_leave and not is_there(job.output.path):
            return False
        if not self.inputs_leave and all(entry.input == job.source.path for entry in entries):
            return False
        digest = journal.digest_of(job.source.path)
        return any(entry.input_sha256 != digest for entry in entries)


def _replacing(job: PageJob) -> PageJob:
    return job.model_copy(update={"output": job.output.model_copy(update={"overwrite": True})})
