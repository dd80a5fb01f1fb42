"""What people read: leaderboards for terminals, documents and machines, and the HTML report."""

from genspace_core.report.page import render_report
from genspace_core.report.tables import FORMATS, render
from genspace_core.report.terminal import print_leaderboard

__all__ = ["FORMATS", "print_leaderboard", "render", "render_report"]
