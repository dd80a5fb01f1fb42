"""What a run's journal says of refusals and money arrives on the leaderboard."""

import pytest

from genspace_core.analysis import build_leaderboard
from genspace_core.run.layout import DATABASE
from genspace_core.run.reader import StoredRun
from genspace_core.run.records import Charge, PictureRow, PlanRow
from genspace_core.run.store import Store
from genspace_core.suite.canonical import canonical_line
from genspace_core.types import GenerationOutcome
from tests.analysis.fakes import sample

OK, REFUSED, FAILED = GenerationOutcome.OK, GenerationOutcome.REFUSED, GenerationOutcome.FAILED
FACTS = {
    "suite": {"name": "genspace-t2i", "version": "1", "digest": "d" * 64},
    "generator": {"name": "vendor"},
    "reconstructor": {"name": "fiducial", "key": "r"},
    "metrics": [{"name": "spatial", "key": "m"}],
}


@pytest.fixture
def run(tmp_path):
    samples = [sample(0, n) for n in range(4)]
    plan = [
        PlanRow(sample=s.id, image_index=0, picture=f"p{n}", names="", question="q")
        for n, s in enumerate(samples)
    ]
    with Store(tmp_path / DATABASE, write=True) as store:
        store.set_plan(plan, {s.id: canonical_line(s) for s in samples}, FACTS)
        store.add_picture(PictureRow(key="p0", outcome=OK, file="a.png", digest="d", info={}, cost=0.25))
        store.add_picture(PictureRow(key="p1", outcome=REFUSED, info={}, refusal="IMAGE_SAFETY", cost=0.25))
        store.add_picture(PictureRow(key="p2", outcome=REFUSED, info={}))
        store.add_picture(PictureRow(key="p3", outcome=FAILED, info={}))
        store.add_picture(PictureRow(key="of an earlier plan", outcome=OK, info={}, cost=0.5))
        store.add_charge(Charge(key="p3", cost=0.125, certain=False))
        store.add_charge(Charge(key="m", cost=0.75, judging=True))
    return StoredRun(tmp_path)


def test_refusals_and_costs_are_read_back(run):
    board = build_leaderboard([run])
    (row,) = board.rows
    assert row.summary.refusals == {"IMAGE_SAFETY": 1, "no reason given": 1}
    assert (row.summary.cost, row.summary.cost_per_picture) == (0.5, 0.5)
    assert (row.bill.charged, row.bill.judging) == (1.0, 0.75)
    assert (row.bill.uncertain, row.bill.lost_calls) == (0.125, 1)
    told = "\n".join(board.notes)
    for note in (
        "vendor: 3 of 4 pictures were never made (2 refused, 1 failed)",
        "vendor: $0.50 more was charged in the run",
        "vendor: up to $0.12 more may have been charged for 1 call whose answer was lost.",
        "vendor: judges cost $0.75 beside the pictures.",
    ):
        assert note in told
