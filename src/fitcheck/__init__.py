"""fitcheck: is the training fitting? Labels survey answers per learner persona, offline."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fitcheck.annotation.counting import (
        read_labels as read_labels,
    )
    from fitcheck.annotation.drawing import (
        draw_sample as draw_sample,
    )
    from fitcheck.annotation.plan import (
        SamplePlan as SamplePlan,
    )
    from fitcheck.api import (
        classify_survey as classify_survey,
    )
    from fitcheck.api import (
        make_classifier as make_classifier,
    )
    from fitcheck.api import (
        read_answers as read_answers,
    )
    from fitcheck.changes import (
        compare_rates as compare_rates,
    )
    from fitcheck.codebook import Codebook as Codebook
    from fitcheck.codebook import load_codebook as load_codebook
    from fitcheck.errors import (
        CodebookError as CodebookError,
    )
    from fitcheck.errors import (
        ConfigError as ConfigError,
    )
    from fitcheck.errors import (
        DataError as DataError,
    )
    from fitcheck.errors import (
        FitcheckError as FitcheckError,
    )
    from fitcheck.errors import (
        GateError as GateError,
    )
    from fitcheck.errors import (
        LLMError as LLMError,
    )
    from fitcheck.errors import (
        PredictionError as PredictionError,
    )
    from fitcheck.evaluation.run import Evaluation as Evaluation
    from fitcheck.evaluation.run import evaluate as evaluate
    from fitcheck.frames import classify as classify
    from fitcheck.frames import from_frame as from_frame
    from fitcheck.hypotheses.evaluate import (
        evaluate_hypotheses as evaluate_hypotheses,
    )
    from fitcheck.labeled import load_labeled as load_labeled
    from fitcheck.personas import load_personas as load_personas
    from fitcheck.rates import (
        not_fit_rates as not_fit_rates,
    )
    from fitcheck.records import (
        Answer as Answer,
    )
    from fitcheck.records import (
        Prediction as Prediction,
    )
    from fitcheck.records import (
        ThemeHit as ThemeHit,
    )
    from fitcheck.settings import (
        LLMSettings as LLMSettings,
    )
    from fitcheck.surveys.grid import ReadOptions as ReadOptions
    from fitcheck.surveys.predictions import (
        read_predictions as read_predictions,
    )
    from fitcheck.surveys.survey import read_survey as read_survey
    from fitcheck.trends import (
        rate_trends as rate_trends,
    )

_HOME = {
    "Answer": "records",
    "Codebook": "codebook",
    "CodebookError": "errors",
    "ConfigError": "errors",
    "DataError": "errors",
    "Evaluation": "evaluation.run",
    "FitcheckError": "errors",
    "GateError": "errors",
    "LLMError": "errors",
    "LLMSettings": "settings",
    "Prediction": "records",
    "PredictionError": "errors",
    "ReadOptions": "surveys.grid",
    "SamplePlan": "annotation.plan",
    "ThemeHit": "records",
    "classify": "frames",
    "classify_survey": "api",
    "compare_rates": "changes",
    "draw_sample": "annotation.drawing",
    "evaluate": "evaluation.run",
    "evaluate_hypotheses": "hypotheses.evaluate",
    "from_frame": "frames",
    "load_codebook": "codebook",
    "load_labeled": "labeled",
    "load_personas": "personas",
    "make_classifier": "api",
    "not_fit_rates": "rates",
    "rate_trends": "trends",
    "read_answers": "api",
    "read_labels": "annotation.counting",
    "read_predictions": "surveys.predictions",
    "read_survey": "surveys.survey",
}

__all__ = [
    "Answer",
    "Codebook",
    "CodebookError",
    "ConfigError",
    "DataError",
    "Evaluation",
    "FitcheckError",
    "GateError",
    "LLMError",
    "LLMSettings",
    "Prediction",
    "PredictionError",
    "ReadOptions",
    "SamplePlan",
    "ThemeHit",
    "classify",
    "classify_survey",
    "compare_rates",
    "draw_sample",
    "evaluate",
    "evaluate_hypotheses",
    "from_frame",
    "load_codebook",
    "load_labeled",
    "load_personas",
    "make_classifier",
    "not_fit_rates",
    "rate_trends",
    "read_answers",
    "read_labels",
    "read_predictions",
    "read_survey",
]


def __getattr__(name: str) -> Any:
    """Load a public name at its first use: importing fitcheck loads no heavy package."""
    if name in _HOME:
        return getattr(importlib.import_module(f"fitcheck.{_HOME[name]}"), name)
    raise AttributeError(f"module 'fitcheck' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
