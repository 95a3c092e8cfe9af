"""Learned weights against those in use."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from pipeline.prosody.features import NAMES
from pipeline.prosody.score import Weights
from pipeline.tools.learn.comparison import FOLDS, Comparison, compare, folds
from pipeline.tools.learn.fit import Calibration, Pause, learn
from pipeline.tools.learn.measure import auc
from pipeline.tools.learn.policy import Bounds


def pauses(calls: int, lean: float, seed: int = 1, said: float = 0.0) -> list[Pause]:
    """Eighteen pauses a call, a third of them ends, whose tone leans lower, and before which more was `said`."""
    random = np.random.default_rng(seed)

    def one(call: int, over: bool) -> Pause:
        values = {name: float(random.standard_normal()) for name in NAMES}
        values |= {"tone": values["tone"] - lean * over, "said": 0.5 + values["said"] / 4 + said * over}
        return Pause(values, over, 60.0 if over else float(random.uniform(0.2, 1.2)), f"call {call}")

    return [one(call, number % 3 == 0) for call in range(calls) for number in range(18)]


def against(some: list[Pause], lean: float) -> Comparison:
    """Compare what these pauses teach with weights for ends that lean so."""
    return compare(some, learn(pauses(20, lean, seed=2), "others"), Bounds(), "these")


def test_weights_for_other_callers_are_beaten() -> None:
    """Fewer pauses are cut, sooner, and on calls left out."""
    told = against(pauses(20, 2.5), -1.0)
    silence, use, learned = told.rows
    assert told.is_better and told.helps and told.sure == 1
    assert learned.auc > 0.85 > silence.auc > use.auc
    assert learned.cut < use.cut and learned.delay < use.delay
    assert told.then.cut < told.now.cut - 0.2 and told.then.delay <= told.now.delay + 0.02
    assert told.learned.learned_from == "these"


@pytest.mark.parametrize("lean", [0.0, 2.0])
def test_as_good_weights_are_kept(lean: float) -> None:
    """Where the voice tells nothing there is nothing to gain, and where the weights fit already."""
    told = against(pauses(10, lean), lean)
    assert not told.is_better and told.sure < 0.9


def test_noise_is_taken_for_better_but_rarely() -> None:
    """Weights from pauses that have nothing in common with their labels win over others of the kind by luck alone."""
    lucky = sum(against(pauses(8, 0.0, seed), 0.0).is_better for seed in range(10, 16))
    assert lucky <= 1


def test_the_amount_said_is_used_if_it_helps() -> None:
    """It is learned only where it tells the ends of this deployment's turns."""
    assert "said" in against(pauses(20, 1.0, said=1.0), -1.0).learned.features
    assert "said" not in against(pauses(20, 1.0), -1.0).learned.features


def test_the_same_calls_teach_the_same() -> None:
    """Nothing is drawn anew from run to run."""
    one, other = (msgspec.json.encode(against(pauses(6, 1.0), 0.0)) for _ in range(2))
    assert one == other


def test_calls_are_left_out_whole() -> None:
    """All pauses of a call are in one part, and the parts are of about the same size."""
    found = folds(pauses(25, 1.0))
    assert len(found) == 25 and set(found.values()) == set(range(FOLDS))


def test_pauses_of_one_kind_in_one_call_are_refused() -> None:
    """Without that call there would be nothing to learn from."""
    some = [each for each in pauses(4, 1.0) if not each.over or each.source == "call 1"]
    with pytest.raises(ValueError, match="both needed"):
        against(some, 1.0)


def test_few_pauses_make_scores_as_sure_as_they_are_right() -> None:
    """Weights that are held small keep their order, and are spread over the probabilities."""
    some = pauses(8, 3.0)
    weights: Weights = learn(some, "")
    scores = [weights.score(each.features) for each in some]
    line = Calibration.of(some, scores)
    spread = [line.weights(weights).score(each.features) for each in some]
    assert spread == pytest.approx(line.scores(scores), abs=0.01)
    assert auc(some, spread) == pytest.approx(auc(some, scores), abs=0.001)
    assert np.ptp(spread) > 1.3 * np.ptp(scores)
