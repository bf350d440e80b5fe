"""The layouts of survey tools: how a tool's export is known, and what its columns mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fitcheck.surveys import unfinished
from fitcheck.surveys.cells import clean_heading
from fitcheck.surveys.unfinished import Unfinished


def fold(heading: str) -> str:
    """Return a heading for comparison: one line, lower case, no outer blanks."""
    return clean_heading(heading).casefold()


@dataclass(frozen=True, slots=True)
class Profile:
    """One tool's export."""

    id: str
    """What ``--profile`` takes."""
    title: str
    """The tool's name for people."""
    signature: tuple[frozenset[str], ...]
    """Sets of folded headings; the layout is known when every member of one is there."""
    id_columns: tuple[str, ...] = ()
    """Folded headings of the respondent's id, best first."""
    meta: str = r"(?!)"
    """Pattern of folded headings that hold no answers."""
    unfinished: Unfinished = unfinished.NEVER
    """Which rows are no finished interviews."""

    def matches(self, headings: frozenset[str]) -> bool:
        """Return whether a header row with these folded headings is this tool's."""
        return any(needed <= headings for needed in self.signature)

    def is_meta(self, heading: str) -> bool:
        """Return whether a column is the tool's own, not a question."""
        return re.fullmatch(self.meta, fold(heading)) is not None


PROFILES: tuple[Profile, ...] = (
    Profile(
        "qualtrics",
        "Qualtrics",
        (
            frozenset({"responseid", "recordeddate"}),
            frozenset({"response id", "recorded date"}),
            frozenset({"startdate", "enddate", "status", "finished"}),
        ),
        ("responseid", "response id", "_recordid"),
        r"startdate|enddate|status|ipaddress|progress|duration \(in seconds\)|finished|recordeddate"
        r"|responseid|recipientlastname|recipientfirstname|recipientemail|externalreference"
        r"|externaldatareference|locationlatitude|locationlongitude|distributionchannel"
        r"|userlanguage|_recordid|q_\w+|start date|end date|response type|ip address"
        r"|recorded date|response id|recipient .*|external data reference|location .*"
        r"|distribution channel|user language|.*_(first click|last click|page submit|click count)",
        unfinished.QUALTRICS,
    ),
    Profile(
        "surveymonkey",
        "SurveyMonkey",
        (
            frozenset({"respondent id", "collector id"}),
            frozenset({"respondent id", "start date", "end date"}),
            frozenset({"respondentid", "collectorid"}),
            frozenset({"befragten-id", "collector-id"}),
            frozenset({"teilnehmer-id", "collector-id"}),
        ),
        ("respondent id", "respondentid", "befragten-id", "teilnehmer-id"),
        r"respondent ?id|collector ?id|start ?date|end ?date|date created|date modified|ip address"
        r"|email address|first name|last name|custom data \d+|befragten-id|teilnehmer-id"
        r"|collector-id|startdatum|enddatum|erstellungsdatum|änderungsdatum|ip-adresse"
        r"|e-mail-adresse|vorname|nachname|benutzerdefinierte daten \d+",
    ),
    Profile(
        "microsoft-forms",
        "Microsoft Forms",
        (
            frozenset({"id", "start time", "completion time"}),
            frozenset({"id", "startzeit", "fertigstellungszeit"}),
            frozenset({"id", "startzeit", "abschlusszeit"}),
        ),
        ("id",),
        r"id|start time|completion time|email|name|last modified time|language|startzeit"
        r"|fertigstellungszeit|abschlusszeit|e-mail|sprache|uhrzeit der letzten änderung"
        r"|zeitpunkt der letzten änderung|letzte änderung|total points|quiz feedback"
        r"|gesamtpunktzahl|gesamtpunkte|grade posted time|(points|feedback|punkte) ?[-–] ?.*",
    ),
    Profile(
        "limesurvey",
        "LimeSurvey",
        (
            frozenset({"id", "submitdate"}),
            frozenset({"id", "lastpage", "startlanguage"}),
            frozenset({"response id", "date submitted"}),
            frozenset({"antwort id", "datum abgeschickt"}),
            frozenset({"antwort-id", "datum abgeschickt"}),
            frozenset({"id. response id", "submitdate. date submitted"}),
            frozenset({"id. antwort id", "submitdate. datum abgeschickt"}),
            frozenset({"id. antwort-id", "submitdate. datum abgeschickt"}),
        ),
        ("id", "response id", "antwort id", "antwort-id", "id. response id", "id. antwort id"),
        r"(\w+\. ?)?(id|submitdate|lastpage|startlanguage|seed|token|startdate|datestamp|ipaddr"
        r"|refurl|response id|date submitted|last page|start language|access code|date started"
        r"|date last action|ip address|referrer url|antwort[ -]id|datum abgeschickt|letzte seite"
        r"|start-?sprache|zufallsstartwert|zugangscode|zugangsschlüssel|datum gestartet"
        r"|datum letzte aktivität|ip-adresse|verweisende url|interviewtime|gesamtzeit|total time"
        r"|(question|group)time.*|(fragen|gruppen)zeit.*)",
        unfinished.LIMESURVEY,
    ),
    Profile(
        "moodle-feedback",
        "Moodle Feedback",
        (
            frozenset({"response number"}),
            frozenset({"antwort nr."}),
            frozenset({"antwortnummer"}),
            frozenset({"full name", "groups", "date"}),
            frozenset({"vollständiger name", "gruppen", "datum"}),
            frozenset({"user's full name", "date"}),
        ),
        ("response number", "antwort nr.", "antwortnummer", "id number", "id-nummer", "username"),
        r"response number|antwort nr\.|antwortnummer|full name|user's full name|date|groups|course"
        r"|vollständiger name|datum|gruppen|kurs|email address|e-mail-adresse|id number|id-nummer"
        r"|username|anmeldename|institution|department|abteilung",
    ),
    Profile(
        "efs",
        "Questback/Tivian EFS (Unipark)",
        (frozenset({"lfdn", "dispcode"}), frozenset({"lfdn", "external_lfdn"})),
        ("lfdn", "external_lfdn"),
        r"lfdn|external_lfdn|tester|dispcode|lastpage|quality|duration|participant_code|p_\d+"
        r"|browser|referer|device_type|quota.*|page_history|hflip|vflip|output_mode|javascript"
        r"|flash|session_id|language|cleaned|ats|datetime|date_of_.*|rts\d+|rnd_pg_\d+|u_(?!role|"
        r"rolle|group|gruppe|abteilung|bereich).*",
        unfinished.EFS,
    ),
    Profile(
        "sosci",
        "SoSci Survey",
        (frozenset({"case", "questnnr", "started"}), frozenset({"case", "started", "lastpage"})),
        ("case",),
        r"case|serial|ref|questnnr|mode|started|lastdata|status|finished|q_viewer|lastpage"
        r"|maxpage|missing|missrel|time(_sum|_rsi|\d{3})|mailsent",
        unfinished.SOSCI,
    ),
    Profile(
        "ilias",
        "ILIAS survey",
        (
            frozenset({"user id", "workingtime"}),
            frozenset({"bearbeitungszeit", "befragung beendet"}),
            frozenset({"working time", "survey finished"}),
            frozenset({"benutzername", "bearbeitungszeit"}),
            frozenset({"anmeldename", "bearbeitungsdauer"}),
            frozenset({"nachname", "vorname", "beendet"}),
            frozenset({"login", "working time"}),
        ),
        ("benutzerkennung", "user id", "benutzername", "anmeldename", "login", "name"),
        r"((nach|vor|first |last )?name)|login|benutzername|benutzerkennung|anmeldename|user id"
        r"|geschlecht|gender|workingtime|(working time|bearbeitungszeit|bearbeitungsdauer"
        r"|arbeitszeit|abgeschlossen|befragung beendet|survey finished|fertiggestellt|beendet).*",
        unfinished.ILIAS,
    ),
    Profile(
        "xapi",
        "xAPI statements",
        (
            frozenset({"verb.id", "result.response"}),
            frozenset({"verb.id", "object.id"}),
        ),
        (
            "actor.account.name",
            "actor.mbox",
            "actor.mbox_sha1sum",
            "actor.openid",
            "actor.name",
            "context.registration",
        ),
        r"id|actor\..*|verb\..*|object\.(?!definition\.name|definition\.description).*|timestamp"
        r"|stored|version|authority\..*|context\.(?!extensions).*"
        r"|result\.(?!response|score|extensions).*|attachments",
        unfinished.XAPI,
    ),
    Profile(
        "google-forms",
        "Google Forms",
        (frozenset({"timestamp"}), frozenset({"zeitstempel"})),
        ("bogennummer", "id", "respondent id", "teilnehmer-id"),
        r"timestamp|zeitstempel|email address|e-mail-adresse|username|nutzername|score|punktzahl"
        r"|punktestand",
    ),
)

GENERIC = Profile(
    "generic",
    "table",
    (),
    (
        "id",
        "respondent id",
        "respondent_id",
        "response id",
        "response_id",
        "responseid",
        "respondent",
        "teilnehmer-id",
        "teilnehmer id",
        "teilnehmerid",
        "antwort-id",
        "fragebogen-id",
        "fragebogennummer",
        "bogennummer",
        "bogen-nr.",
        "bogen nr.",
        "lfd. nr.",
        "lfd nr",
        "lfdnr",
        "lfd. nummer",
        "laufende nummer",
        "nr.",
        "nr",
        "no.",
        "case",
        "case id",
        "caseid",
        "user id",
        "benutzer-id",
        "userid",
        "user_id",
        "student id",
        "employee id",
        "personalnummer",
        "voter",
        "voter id",
        "participant id",
        "participant",
        "teilnehmer",
        "teilnehmernummer",
        "#",
        "tn-nr.",
        "tn-code",
        "kürzel",
        "pseudonym",
        "fragebogen",
        "anmeldename",
        "benutzername",
        "login",
        "emp no",
        "emp_no",
        "submission id",
        "row",
    ),
    r"id|.*[ _-]id|nr\.?|lfd.*nr.*|e-?mail.*|(first |last |full |user |trainer |vor|nach|benutzer)?"
    r"name|trainer(:?in)?|instructor.*|referent(:?in)?|kurs(titel|name|nummer)?"
    r"|course( title| name)?|item (title|id)|training title|seminar(titel)?|veranstaltung(stitel)?"
    r"|programm|program"
    r"|user ?agent|ip.?ad.*|url|link|datum.*|date.*|zeit.*|.*(zeit|date|time|datum)|timestamp"
    r"|sprache|language|link|token|quelle|source|status|seriennummer|teilnehmer|participant|voter"
    r"|author|autor(:?in)?|verfasser(:?in)?"
    r"|(response|respondent|survey)[ -]?status|state|upvotes|downvotes",
    unfinished.GENERIC,
)


def profile_by_id(name: str) -> Profile | None:
    """Return the profile that ``--profile`` names, or None."""
    return next((p for p in (*PROFILES, GENERIC) if p.id == name), None)


def find_profile(rows: Sequence[Sequence[str]]) -> tuple[Profile, int] | None:
    """Return the tool whose headings one of the first rows has, and that row's index."""
    for index, row in enumerate(rows[:30]):
        headings = frozenset(fold(cell) for cell in row if cell.strip())
        for profile in PROFILES:
            if profile.matches(headings):
                return profile, index
    return None
