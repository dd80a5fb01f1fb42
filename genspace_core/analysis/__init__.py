"""What the numbers say: counts, means, intervals and leaderboards, made from a run's results."""

from genspace_core.analysis.aggregate import Aggregator, judge, summarize
from genspace_core.analysis.leaderboard import Leaderboard, Row, build_leaderboard, choose_metric
from genspace_core.analysis.summary import Counts, Means, SubDomainSummary, Summary, TemplateSummary, Verdict

__all__ = [
    "Aggregator",
    "Counts",
    "Leaderboard",
    "Means",
    "Row",
    "SubDomainSummary",
    "Summary",
    "TemplateSummary",
    "Verdict",
    "build_leaderboard",
    "choose_metric",
    "judge",
    "summarize",
]
