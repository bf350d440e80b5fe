"""The command line: parse, call, print. One file a verb."""

from __future__ import annotations

import click

from fitcheck.cli import (
    cache,
    classify,
    codebook,
    compare,
    evaluate,
    fit,
    hypotheses,
    inspect,
    label,
    personas,
    privacy,
    rates,
    report,
    sample,
    trend,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fitcheck-feedback", prog_name="fitcheck")
def main() -> None:
    """Is the training fitting? Labels survey answers per learner persona.

    Start with `fitcheck inspect FILE`, then `fitcheck classify FILE`. Everything runs on this
    machine and nothing is sent anywhere, unless --model names a language model.
    """


main.add_command(inspect.inspect)
main.add_command(classify.classify)
main.add_command(sample.sample)
main.add_command(rates.rates)
main.add_command(trend.trend)
main.add_command(report.report)
main.add_command(privacy.privacy)
main.add_command(hypotheses.hypotheses)
main.add_command(evaluate.evaluate)
main.add_command(compare.compare)
main.add_command(fit.fit)
main.add_command(label.label)
main.add_command(cache.cache)
main.add_command(codebook.codebook)
main.add_command(personas.personas)
