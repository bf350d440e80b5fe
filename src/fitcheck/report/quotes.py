"""Words of respondents for a report: few, redacted, by lot, and no two of one person."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping

from fitcheck.privacy.found import KINDS
from fitcheck.report.content import Report

MOST = 3
"""Most quotes of a persona, and fewest people to draw them from: nobody is the only candidate."""
LONGEST = 160
"""Most characters of a quote; a long story is more easily recognized."""
TELLING = "language_accessibility"
"""Theme of answers that are never quoted: who needs an aid or another language is recognized."""
_PRIVATE = re.compile(
    r"behinder|rollstuhl|taub|gehörlos|hörger|schwerhör|blind|krank|therap|depress|burnout|burn-out"
    r"|schwanger|elternzeit|mutterschutz|autis|adhs|adhd|legasthen|migrat|muttersprach|religi"
    r"|gewerkschaft|betriebsrat|disab|wheelchair|deaf|hearing|illness|sick|pregnan|parental leave"
    r"|dyslex|native speaker|union",
    re.IGNORECASE,
)
"""Words about health, family, origin and belief, which few of a group share."""
_PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(map(re.escape, KINDS))})\b")


def draw_quotes(report: Report) -> Mapping[str, list[str]]:
    """Return quotes of what did not fit by persona, in the order of personas.

    Only personas whose answers a report may show have any. Of each respondent at most one quote
    is drawn; texts that something identifying was found in are passed over, and those that speak
    of health, family, origin, belief or what somebody needs to follow. The lot is the fingerprint
    of the words, so that neither choice nor order tells who wrote them.
    """
    chosen: dict[str, dict[str, str]] = defaultdict(dict)
    pairs = zip(report.answers, report.predictions, strict=True)
    for answer, prediction in pairs:
        quote = " ".join(prediction.quote.split())
        if prediction.label != "not_fit" or not 0 < len(quote) <= LONGEST:
            continue
        if "pii" in prediction.flags or _PLACEHOLDER.search(answer.text):
            continue
        if _PRIVATE.search(answer.text) or any(hit.theme == TELLING for hit in prediction.themes):
            continue
        own = chosen[answer.persona]
        own[answer.respondent] = min(own.get(answer.respondent, quote), quote, key=_lot)
    return {
        rate.persona: sorted(set(chosen[rate.persona].values()), key=_lot)[:MOST]
        for rate in report.rates.personas
        if len(chosen.get(rate.persona, ())) >= MOST
    }


def _lot(quote: str) -> str:
    return hashlib.sha256(quote.encode("utf-8", "surrogatepass")).hexdigest()
