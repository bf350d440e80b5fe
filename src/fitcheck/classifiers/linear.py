"""One logistic regression per label over sparse rows; coefficients are plain arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse


class OneVsRest:
    """Scores each name on its own against all others.

    Parameters
    ----------
    names : sequence of str
        What can hold of a row.
    C : float
        Inverse strength of regularization, over 0.
    balance : float
        0 leaves rare names rare; 1 weighs both sides of each regression alike. Between them,
        probabilities stay near the shares of the data while rare names are still found.

    Attributes
    ----------
    coef : ndarray, shape (n_names, n_features)
    intercept : ndarray, shape (n_names,)
    """

    def __init__(self, names: Sequence[str], C: float = 10.0, balance: float = 0.75) -> None:
        self.names = list(names)
        self.C = C
        self.balance = balance

    def fit(self, rows: sparse.csr_matrix, marks: np.ndarray) -> OneVsRest:
        """Learn from `marks`, bool of shape (n_rows, n_names)."""
        from sklearn.linear_model import LogisticRegression
        from threadpoolctl import threadpool_limits

        n_rows = len(marks)
        self.coef = np.zeros((len(self.names), rows.shape[1]))
        self.intercept = np.zeros(len(self.names))
        # Small matrices: more threads wait for each other many times longer than they compute.
        with threadpool_limits(limits=1):
            for k, holds in enumerate(marks.T):
                n_holds = int(holds.sum())
                if n_holds in (0, n_rows):
                    self.intercept[k] = -10.0 if n_holds == 0 else 10.0
                    continue
                shares = {True: n_holds, False: n_rows - n_holds}
                weights = {s: (n_rows / (2 * n)) ** self.balance for s, n in shares.items()}
                model = LogisticRegression(C=self.C, class_weight=weights, solver="liblinear")
                model.fit(rows, holds)
                # As precise as a model file keeps them: what is read back gives the same scores.
                self.coef[k] = model.coef_[0].astype(np.float32)
                self.intercept[k] = model.intercept_[0].astype(np.float32)
        return self

    def score(self, rows: sparse.csr_matrix) -> np.ndarray:
        """Return the probability of each name, each in [0, 1], shape (n_rows, n_names)."""
        return np.asarray(1 / (1 + np.exp(-(rows @ self.coef.T + self.intercept))))
