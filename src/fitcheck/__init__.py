"""fitcheck: is the training fitting? Labels survey answers per learner persona, offline."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fitcheck.api import (
        classify_survey as classify_survey,
    )
    from fitcheck.api import (
        make_classifier as make_classifier,
    )
    from fitcheck.api import (
        read_answers as read_answers,
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
        PredictionError as PredictionError,
    )
    from fitcheck.evaluation.run import Evaluation as Evaluation
    from fitcheck.evaluation.run import evaluate as evaluate
    from fitcheck.frames import classify as classify
    from fitcheck.frames import from_frame as from_frame
    from fitcheck.labeled import load_labeled as load_labeled
    from fitcheck.personas import load_personas as load_personas
    from fitcheck.records import (
        Answer as Answer,
    )
    from fitcheck.records import (
        Prediction as Prediction,
    )
    from fitcheck.records import (
        ThemeHit as ThemeHit,
    )
    from fitcheck.surveys.grid import ReadOptions as ReadOptions
    from fitcheck.surveys.survey import read_survey as read_survey

_HOME = {
    "Answer": "records",
    "Codebook": "codebook",
    "CodebookError": "errors",
    "ConfigError": "errors",
    "DataError": "errors",
    "Evaluation": "evaluation.run",
    "FitcheckError": "errors",
    "GateError": "errors",
    "Prediction": "records",
    "PredictionError": "errors",
    "ReadOptions": "surveys.grid",
    "ThemeHit": "records",
    "classify": "frames",
    "classify_survey": "api",
    "evaluate": "evaluation.run",
    "from_frame": "frames",
    "load_codebook": "codebook",
    "load_labeled": "labeled",
    "load_personas": "personas",
    "make_classifier": "api",
    "read_answers": "api",
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
    "Prediction",
    "PredictionError",
    "ReadOptions",
    "ThemeHit",
    "classify",
    "classify_survey",
    "evaluate",
    "from_frame",
    "load_codebook",
    "load_labeled",
    "load_personas",
    "make_classifier",
    "read_answers",
    "read_survey",
]


def __getattr__(name: str) -> Any:
    """Load a public name at its first use: importing fitcheck loads no heavy package."""
    if name in _HOME:
        return getattr(importlib.import_module(f"fitcheck.{_HOME[name]}"), name)
    raise AttributeError(f"module 'fitcheck' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
