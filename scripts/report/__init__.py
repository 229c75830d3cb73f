"""The report of a training run: one HTML file that needs nothing else."""

from isogloss.scripts.report.file import check_report, default_report, write_report

__all__ = ["check_report", "default_report", "write_report"]
