"""Routing by predicted task is worth more than mixing single models, on real prompts."""

import pytest

from benchmarks.routing import SETS, VARIABLE, aiq, folder, hull, judge


def test_the_hull_never_falls_and_bends_down_alone():
    points = [(1.0, 0.2), (2.0, 0.6), (3.0, 0.5), (4.0, 0.7), (3.0, 0.55), (5.0, 0.75)]
    assert list(hull(points)) == [(1.0, 0.2), (2.0, 0.6), (5.0, 0.75)]


def test_the_mean_quality_under_the_hull():
    assert aiq([(0.0, 0.0), (1.0, 1.0)], 0.0, 1.0) == pytest.approx(0.5)
    assert aiq([(0.0, 0.0), (1.0, 1.0)], 0.0, 2.0) == pytest.approx(0.75)  # flat to the right
    assert aiq([(1.0, 1.0)], 0.0, 2.0) == pytest.approx(0.5)  # nothing before the first


@pytest.mark.slow
@pytest.mark.skipif(folder() is None, reason=f"set {VARIABLE} to the folder of the corpora")
@pytest.mark.parametrize("name", SETS)
def test_a_table_with_predicted_tasks_beats_the_hull_of_single_models(name):
    where = folder()
    assert where is not None
    seen = judge(name, where)
    assert seen.accuracy < 1  # the tasks are told, not given
    assert seen.low > 0, seen
    assert seen.kept > 0.9, seen
    assert seen.paid < 0.6, seen
