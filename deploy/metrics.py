"""What Prometheus may scrape of the pipeline; the names are part of the dashboards' contract."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

MESSAGES = Counter("lifeline_messages", "Messages taken from the inbox and committed")
EXERCISE_MESSAGES = Counter(
    "lifeline_exercise_messages", "Messages of drills committed; no other count has them"
)
DEAD_LETTERS = Counter("lifeline_dead_letters", "Messages, or records of them, now dead letters")
READINGS = Counter("lifeline_readings", "New readings stored")
DUPLICATES = Counter("lifeline_duplicates", "Readings that were stored before")
QUARANTINED = Counter("lifeline_quarantined", "New readings of devices or fields nobody adopted")
LATE = Counter("lifeline_late", "New readings older than the latest of their channel")
FLAGGED = Counter("lifeline_flagged", "New readings that detectors do not get to see")
EVENTS = Counter("lifeline_events", "Events written, new or changed")
CASES_OPENED = Counter("lifeline_cases_opened", "Cases opened by events")
CASES_VOIDED = Counter("lifeline_cases_voided", "Cases voided because their events were withdrawn")
STORE_FAILURES = Counter("lifeline_store_failures", "Drains that had to be tried again", ["cause"])
JUDGE_FAILURES = Counter("lifeline_judge_failures", "Failures of the engine or of its settling")
TIMERS_FIRED = Counter("lifeline_timers_fired", "Timers of cases that have fired", ["kind"])
TIMER_FAILURES = Counter("lifeline_timer_failures", "Cases whose timers could not be fired")

DRAIN_SECONDS = Histogram(
    "lifeline_drain_seconds",
    "From taking a drain to its commit",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
DRAIN_MESSAGES = Histogram(
    "lifeline_drain_messages", "Messages of a drain", buckets=(1, 10, 100, 500, 1000, 2500, 5000)
)
INBOX_MESSAGES = Gauge("lifeline_inbox_messages", "Messages that wait to be stored")
INBOX_BYTES = Gauge("lifeline_inbox_bytes", "Payload and overhead of the messages that wait")
BACKLOG_SECONDS = Gauge(
    "lifeline_backlog_seconds", "Age of the oldest message not yet stored, by our own stamps"
)
JUDGE_WAITING = Gauge("lifeline_judge_waiting", "Batches that are stored and not yet judged")
JUDGE_LAG_SECONDS = Gauge(
    "lifeline_judge_lag_seconds", "From receipt of the last reading judged to its settling"
)
TIMER_LAG_SECONDS = Gauge(
    "lifeline_timer_lag_seconds", "Event time since the oldest timer that has not fired was due"
)
JUDGE_SECONDS = Histogram(
    "lifeline_judge_seconds",
    "Judging and settling of what waited",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
DISK_FREE = Gauge("lifeline_disk_free_bytes", "Free on the disk of the data folder")
DISK_SIZE = Gauge("lifeline_disk_bytes", "Size of the disk of the data folder")
SOURCE_CONNECTED = Gauge(
    "lifeline_source_connected", "1 while the session with a broker stands", ["source"]
)
# A rate needs a 0 before the first failure.
for cause in ("message", "database"):
    STORE_FAILURES.labels(cause)
