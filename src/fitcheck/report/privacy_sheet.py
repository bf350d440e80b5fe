"""What works council and data protection need to know of a run; every sentence follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fitcheck.llm.cache import KEEP_DAYS
from fitcheck.privacy.suppress import MIN_DETAIL, MIN_GROUP
from fitcheck.report.run_file import Asked, RunFile, Sending
from fitcheck.report.texts import Texts

Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the sheet."""

    id: str
    heading: str
    sentences: tuple[str, ...] = ()
    facts: Rows = ()
    """Names with what is to be said of each."""
    headings: tuple[str, ...] = ()
    """Of the table."""
    rows: Rows = ()
    """Of the table."""
    questions: tuple[str, ...] = ()
    """What people have to fill in."""


@dataclass(frozen=True, slots=True)
class PrivacySheet:
    """The sheet in one language."""

    title: str
    lead: str
    sections: tuple[Section, ...]


def make_privacy_sheet(run: RunFile, texts: Texts) -> PrivacySheet:
    """Return what is to be said of a run.

    What a run file cannot know, such as the contract with a provider, stands as questions.
    """
    writer = _Writer(run, texts)
    return PrivacySheet(texts.of("privacy.title"), writer.lead(), tuple(writer.sections()))


class _Writer:
    def __init__(self, run: RunFile, texts: Texts) -> None:
        self.run, self.texts = run, texts
        self.labeller = run.classifier
        self.asked, self.vectors = run.classifier.asked, run.classifier.vectors
        self.remote = [server for server in self.labeller.sendings if not server.is_local]

    def lead(self) -> str:
        """Return the one thing to know: what left the house."""
        t, labeller = self.texts, self.labeller
        if not labeller.is_known:
            return t.of("privacy.lead_unknown", id=labeller.id)
        if not labeller.sendings:
            answers = self.texts.counted("answers", self.run.answers)
            return t.of("privacy.lead_nothing", answers=answers)
        if not self.remote:
            return t.of("privacy.lead_local", host=labeller.sendings[0].endpoint)
        hosts = ", ".join(dict.fromkeys(server.endpoint for server in self.remote))
        is_redacted = all(server.redacted for server in self.remote)
        return t.of("privacy.lead_remote", host=hosts, form=self._form(redacted=is_redacted))

    def sections(self) -> Iterator[Section]:
        """Yield all parts."""
        t = self.texts
        purpose = (t.of("privacy.purpose_work"), t.of("privacy.purpose_errs"), t.of("note.purpose"))
        yield Section("purpose", t.of("privacy.purpose"), purpose)
        yield self._data()
        yield Section("leaves", t.of("privacy.leaves"), tuple(self._leaves()), tuple(self._sent()))
        yield self._shown()
        yield self._who()
        yield self._kept()
        yield self._people()
        yield self._open()
        yield Section(
            "version",
            t.of("privacy.version"),
            (t.of("privacy.version_run"),),
            tuple(self._version()),
        )

    def _form(self, *, redacted: bool) -> str:
        t = self.texts
        return t.of("privacy.form_redacted") if redacted else t.of("privacy.form_written")

    def _data(self) -> Section:
        t, number, facts = self.texts, self.texts.number, self.run.input
        pairs = (
            (t.of("privacy.data_format"), facts.format),
            (t.of("privacy.data_rows"), number(facts.rows)),
            (t.of("privacy.data_dropped"), number(sum(facts.rows_not_classified.values()))),
            (t.of("privacy.data_columns"), number(facts.text_columns)),
            (t.of("privacy.data_answers"), number(self.run.answers)),
        )
        said = (t.of("privacy.data_used"), t.of("privacy.data_unneeded"))
        return Section("data", t.of("privacy.data"), said, pairs)

    def _leaves(self) -> Iterator[str]:
        t = self.texts
        if not self.labeller.is_known:
            yield t.of("privacy.leaves_unknown", id=self.labeller.id)
        elif not self.labeller.sendings:
            yield t.of("privacy.leaves_nothing")
        elif not self.remote:
            yield t.of("privacy.leaves_local")
        if self.asked is not None:
            yield from self._leaves_to(self.asked)
        if self.vectors is not None:
            form = self._form(redacted=self.vectors.redacted)
            yield t.of("privacy.leaves_vectors", form=form)
        if self.labeller.sendings:
            yield from self._redaction(self.labeller.sendings)
            yield t.of("privacy.leaves_again")
        yield t.of("privacy.leaves_no_usage")

    def _leaves_to(self, asked: Asked) -> Iterator[str]:
        t = self.texts
        yield t.of("privacy.leaves_what")
        if asked.persona_shown:
            yield t.of("privacy.leaves_persona")
        else:
            yield t.of("privacy.leaves_no_persona")
        if asked.evidence.kind == "votes":
            yield t.of("privacy.leaves_votes", votes=asked.evidence.votes)
        if asked.evidence.kind == "logprobs":
            yield t.of("privacy.leaves_logprobs")
        if asked.answers_kept:
            yield t.of("privacy.leaves_kept")
        if asked.batch_api is not None:
            yield t.of("privacy.leaves_batch")
            if asked.batch_api.first_request.requests:
                yield t.of("privacy.leaves_first")

    def _redaction(self, servers: tuple[Sending, ...]) -> Iterator[str]:
        if any(server.redacted for server in servers):
            yield self.texts.of("privacy.leaves_redacted")
        if not all(server.redacted for server in servers):
            yield self.texts.of("privacy.leaves_written")

    def _sent(self) -> Iterator[tuple[str, str]]:
        t, number = self.texts, self.texts.number
        if (asked := self.asked) is not None:
            hits = ", ".join(f"{kind} {number(n)}" for kind, n in sorted(asked.redactions.items()))
            yield t.of("privacy.server"), asked.endpoint
            yield t.of("privacy.model"), asked.model
            yield t.of("privacy.sent"), number(asked.answers_asked)
            yield t.of("privacy.requests"), number(asked.requests_in_all)
            yield t.of("privacy.kept"), number(asked.answers_kept)
            if asked.redacted:
                yield t.of("privacy.replaced"), hits or t.of("privacy.none")
            was_sent = t.of("privacy.yes") if asked.persona_shown else t.of("privacy.no")
            yield t.of("privacy.persona_sent"), was_sent
            if asked.batch_api is not None:
                yield t.of("privacy.batch_sent"), number(asked.batch_api.answers)
                yield t.of("privacy.batch_requests"), number(asked.batch_api.requests)
        if (vectors := self.vectors) is not None:
            yield t.of("privacy.vector_server"), vectors.endpoint
            yield t.of("privacy.vector_model"), vectors.model
            yield t.of("privacy.vector_sent"), number(vectors.texts_asked)
            yield t.of("privacy.vector_requests"), number(vectors.requests)

    def _shown(self) -> Section:
        t, floor = self.texts, self.run.min_group
        facts = (
            (t.of("privacy.shown_none", floor=floor), t.of("privacy.shown_none_is")),
            (
                t.of("privacy.shown_few", detail=max(floor, MIN_DETAIL)),
                t.of("privacy.shown_few_is"),
            ),
        )
        said = [t.of("privacy.shown_more"), t.of("privacy.shown_where")]
        if floor < MIN_GROUP:
            said.insert(0, t.of("privacy.shown_lowered", standard=MIN_GROUP))
        said.append(t.of("privacy.shown_chosen", standard=MIN_GROUP))
        return Section("shown", t.of("privacy.shown"), tuple(said), facts)

    def _who(self) -> Section:
        t = self.texts
        report_holds = t.of("privacy.file_report_holds", detail=MIN_DETAIL)
        rows = (
            (
                t.of("privacy.file_labelled"),
                t.of("privacy.file_labelled_holds"),
                t.of("privacy.file_labelled_for"),
            ),
            (
                t.of("privacy.file_run"),
                t.of("privacy.file_run_holds"),
                t.of("privacy.file_run_for"),
            ),
            (
                t.of("privacy.file_sample"),
                t.of("privacy.file_sample_holds"),
                t.of("privacy.file_sample_for"),
            ),
            (
                t.of("privacy.file_plan"),
                t.of("privacy.file_plan_holds"),
                t.of("privacy.file_plan_for"),
            ),
            (t.of("privacy.file_report"), report_holds, t.of("privacy.file_report_for")),
        )
        headings = (t.of("privacy.file"), t.of("privacy.holds"), t.of("privacy.meant_for"))
        said = (t.of("privacy.who_rights"), t.of("privacy.who_page"))
        return Section("who", t.of("privacy.who"), said, headings=headings, rows=rows)

    def _kept(self) -> Section:
        t = self.texts
        cache = (t.of("privacy.kept_cache_place"), t.of("privacy.kept_cache_until", days=KEEP_DAYS))
        files = (t.of("privacy.kept_files_place"), t.of("privacy.kept_files_until"))
        journal = (t.of("privacy.kept_journal_place"), t.of("privacy.kept_journal_until"))
        batch = (t.of("privacy.kept_batch_place"), t.of("privacy.kept_batch_until"))
        model = (t.of("privacy.kept_model"), t.of("privacy.kept_model_holds"))
        rows = [(t.of("privacy.kept_files"), t.of("privacy.kept_files_hold"), *files)]
        if self.asked is not None:
            rows.append((t.of("privacy.kept_replies"), t.of("privacy.kept_replies_hold"), *cache))
        if self.vectors is not None:
            rows.append((t.of("privacy.kept_vectors"), t.of("privacy.kept_vectors_hold"), *cache))
        if self.asked is not None and self.asked.batch_api is not None:
            rows.append((t.of("privacy.kept_batch"), t.of("privacy.kept_batch_holds"), *batch))
        shipped = (t.of("privacy.kept_shipped_place"), t.of("privacy.kept_shipped_until"))
        rows.append((t.of("privacy.kept_shipped"), t.of("privacy.kept_shipped_holds"), *shipped))
        rows.append((t.of("privacy.kept_journal"), t.of("privacy.kept_journal_holds"), *journal))
        rows.append((*model, *files))
        headings = (
            t.of("privacy.kept_what"),
            t.of("privacy.holds"),
            t.of("privacy.kept_place"),
            t.of("privacy.kept_until"),
        )
        offline = self.labeller.is_known and not self.labeller.sendings
        said = (t.of("privacy.kept_nothing"),) if offline else ()
        return Section(
            "kept", t.of("privacy.kept_where"), said, headings=headings, rows=tuple(rows)
        )

    def _people(self) -> Section:
        t = self.texts
        said = (
            t.of("privacy.people_label"),
            t.of("privacy.people_trainers"),
            t.of("privacy.people_theme"),
            t.of("privacy.people_over_time"),
            t.of("privacy.people_coders"),
            t.of("privacy.people_readers"),
        )
        return Section("people", t.of("privacy.people"), said)

    def _open(self) -> Section:
        t = self.texts
        questions = [
            t.of("privacy.ask_owner"),
            t.of("privacy.ask_agreement"),
            t.of("privacy.ask_informed"),
            t.of("privacy.ask_groups"),
            t.of("privacy.ask_access"),
            t.of("privacy.ask_deleted"),
        ]
        for host in dict.fromkeys(server.endpoint for server in self.remote):
            questions.append(t.of("privacy.ask_contract", host=host))
        if self.remote:
            questions += [
                t.of("privacy.ask_retention"),
                t.of("privacy.ask_abroad"),
                t.of("privacy.ask_encrypted"),
            ]
        local = [server for server in self.labeller.sendings if server.is_local]
        for host in dict.fromkeys(server.endpoint for server in local):
            questions.append(t.of("privacy.ask_forwarded", host=host))
        if not self.labeller.is_known:
            questions.append(t.of("privacy.ask_program", id=self.labeller.id))
        lead = (t.of("privacy.open_lead"),)
        return Section("open", t.of("privacy.open"), lead, questions=tuple(questions))

    def _version(self) -> Iterator[tuple[str, str]]:
        t, run, labeller = self.texts, self.run, self.labeller
        book = run.codebook
        yield t.of("privacy.version_program"), run.fitcheck
        yield t.of("privacy.version_python"), run.python
        yield t.of("privacy.version_finished"), run.finished.strftime("%Y-%m-%d %H:%M %Z").strip()
        yield t.of("privacy.version_classifier"), labeller.id
        if labeller.encoder:
            yield t.of("privacy.version_encoder"), labeller.encoder
        if labeller.trained_on:
            yield t.of("privacy.version_trained"), labeller.trained_on
        if self.asked is not None:
            prompt = self.asked.prompt
            yield t.of("privacy.version_prompt"), f"{prompt.id}, {prompt.sha256}"
        yield t.of("privacy.version_codebook"), f"{book.id}.v{book.version}, {book.sha256}"
        yield t.of("privacy.version_file"), run.sha256
