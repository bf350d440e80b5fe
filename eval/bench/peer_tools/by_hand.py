"""Labels a survey by a scikit-learn pipeline as one writes it by hand.

Usage: SCRIPT fit LABELS.csv MODEL, or SCRIPT predict MODEL IN.csv OUT.csv COLUMN
"""

import sys

import joblib
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

task, *arguments = sys.argv[1:]
if task == "fit":
    labels, model = arguments
    frame = pd.read_csv(labels, dtype=str, keep_default_na=False)
    pipeline = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=2, sublinear_tf=True),
        ),
        LogisticRegression(C=10, max_iter=1000),
    )
    joblib.dump(pipeline.fit(frame["text"], frame["label"]), model)
else:
    model, source, target, column = arguments
    frame = pd.read_csv(source, sep=";", dtype=str, keep_default_na=False)
    frame["label"] = joblib.load(model).predict(frame[column])
    frame.to_csv(target, sep=";", index=False)
