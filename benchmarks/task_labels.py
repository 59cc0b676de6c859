"""Which kind of task a prompt is, told from prompts whose kind is known: a small naive Bayes."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

_WORD = re.compile(r"[a-z]+|\d+|[^\sa-z\d]")
_LONGEST = 4000  # characters of a prompt that are looked at


def features(text: str) -> Counter[str]:
    """Count words and pairs of words of a prompt; all numbers of as many digits are one word."""
    words = [
        f"#{len(word)}" if word.isdigit() else word
        for word in _WORD.findall(text[:_LONGEST].lower())
    ]
    return Counter([*words, *map(" ".join, pairwise(words))])


@dataclass(frozen=True, slots=True)
class TaskLabels:
    """A naive Bayes over the complements of classes, with damped counts (Rennie et al., 2003).

    Attributes:
        places: Where each feature stands in ``weights``.
        idf: How telling each is.
        weights: What each says for each label, in the order of ``labels``.
        labels: The labels.
    """

    places: Mapping[str, int]
    idf: np.ndarray
    weights: np.ndarray
    labels: Sequence[str]

    @classmethod
    def learn(
        cls, texts: Sequence[str], known: Sequence[str], *, smoothing: float = 0.3
    ) -> TaskLabels:
        """Learn from prompts and their labels."""
        counted = [features(text) for text in texts]
        seen = Counter(name for counts in counted for name in counts)
        often = [name for name, times in seen.items() if times > 1]
        places = {name: at for at, name in enumerate(often)}
        idf = np.array([math.log(len(texts) / seen[name]) + 1 for name in often])
        labels = sorted(set(known))
        sums = np.zeros((len(often), len(labels)))
        for counts, label in zip(counted, known, strict=True):
            at, values = _damped(counts, places, idf)
            sums[at, labels.index(label)] += values
        others = sums.sum(1, keepdims=True) - sums + smoothing
        weights = -np.log(others / others.sum(0))
        return cls(places, idf, weights / np.abs(weights).sum(0) * len(often), labels)

    def scores(self, text: str) -> np.ndarray:
        """Return how well each label fits a prompt."""
        at, values = _damped(features(text), self.places, self.idf)
        return values @ self.weights[at]

    def label(self, text: str) -> str:
        """Return the label that fits a prompt best."""
        return self.labels[int(self.scores(text).argmax())]


def _damped(
    counts: Counter[str], places: Mapping[str, int], idf: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the features of a prompt, at length 1, each counted less the oftener it came."""
    known = [(places[name], count) for name, count in counts.items() if name in places]
    at = np.array([place for place, _ in known], dtype=int)
    values = np.log1p([count for _, count in known]) * idf[at]
    return at, values / (math.sqrt(float(values @ values)) or 1.0)
