"""Times what is done to each text before it is sent to a language model: redaction.

Usage: python eval/bench/redaction.py [--rows N] [--repeats N] [--output FOLDER]
In this process, by the time of its processor; medians. The answers are the shipped ones, repeated
as often as needed; nothing is kept from one to the next.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from itertools import cycle, islice

from record import Bench

from fitcheck.labeled import answers_of, load_labeled
from fitcheck.privacy.redact import Redactor

CONTACTS = (
    " Bitte an Frau Dr. Beispiel, m.beispiel@firma.example oder 0171 2345678. Frau Beispiel half."
)
NAMES = [f"{first} {last}" for first in ("Anna", "Jan", "Ayşe", "Uwe", "Li") for last in (
    "Schmidtke", "Özdemir", "Wagenknecht", "van Dongen", "Nowak", "Krügerin", "Abramow", "Falkner",
    "Zielinski", "Brandtner", "Mertesacker", "Quandt", "Rosenow", "Seiffert", "Thielemann", "Uhlig",
    "Voss", "Wolters", "Ziegler", "Ahrendt",
)]  # fmt: skip


def main(arguments: list[str]) -> None:
    """Measure and write."""
    bench = Bench(__file__, __doc__, arguments, rows=20_000, repeats=5)
    shipped = [answer.text for answer in answers_of(load_labeled("train"))]
    plain = list(islice(cycle(shipped), bench.sizes["rows"]))
    telling = [text + CONTACTS if i % 10 == 0 else text for i, text in enumerate(plain)]
    cases = {
        "nothing to redact": (Redactor(), plain),
        "contacts in every tenth answer": (Redactor(), telling),
        f"the same, with a list of {len(NAMES)} names": (Redactor(NAMES), telling),
    }
    for case, (redactor, texts) in cases.items():
        used = [seconds(redactor, texts) for _ in range(bench.sizes["repeats"])]
        cpu = statistics.median(used)
        bench.add(
            case,
            cpu_s=round(cpu, 3),
            answers_per_cpu_s=round(len(texts) / cpu),
            characters_per_cpu_s=round(sum(map(len, texts)) / cpu),
        )
    bench.write()


def seconds(redactor: Redactor, texts: Sequence[str]) -> float:
    """Return the seconds of the processor that redacting takes."""
    before = time.process_time()
    for text in texts:
        redactor.redact(text)
    return time.process_time() - before


if __name__ == "__main__":
    main(sys.argv[1:])
