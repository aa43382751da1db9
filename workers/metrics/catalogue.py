"""All metrics of a worker. docs/METRICS.md is made of this file, and the registry too: what is not here cannot be counted.

Times that something happened at are exported as timestamps and not as ages, so that they grow old also while nothing is
counted. A label's values are a closed set, or sources, of which there are at most NEWSWIRE_METRICS_SOURCES and `other`.
"""

from typing import get_args

from workers.metrics.specs import Kind, Spec
from workers.outcome import DeadLetterReason, RejectionReason, Relation, Verdict

OUTCOMES = (*get_args(Verdict), "dead-letter")
STAGES = ("decode", "lines", "clean", "claim", "write", "batch")
COMMANDS = ("claim", "take-over", "lines-fetch", "lines-learn", "info")
PARTITION_STATES = ("ok", "warn", "stop", "stall", "rewind")
WORKER_STATES = ("ok", "warn", "err")
PAGES = ("read", "unsafe", "bug")
RETURNED = ("partitions-moved", "already-committed")
SERVERS = ("kafka", "redis")
NONE = "none"

_SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LONG = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1_800.0, 7_200.0)
_SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
_SIZES = tuple(float(1 << n) for n in range(9, 24, 2))
_FEW = (0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0)

CATALOGUE: list[Spec] = []


def _add(group: str, name: str, kind: Kind, text: str, buckets: tuple[float, ...] = (), **labels: object) -> Spec:
    spec = Spec(name, kind, text, group, labels, buckets)  # type: ignore[arg-type]
    CATALOGUE.append(spec)
    return spec


_F = "Flow"
RECEIVED = _add(
    _F, "articles_received_total", "counter", "Raw records taken up, again when they are read again", source=None
)
FINISHED = _add(
    _F, "articles_finished_total", "counter", "Records brought to their output and committed", outcome=OUTCOMES
)
RETURNED_TOTAL = _add(
    _F, "articles_returned_total", "counter",
    "Records given back: their partition moved before they were committed, or they turned out to be committed already", reason=RETURNED,
)  # fmt: skip
IN_PROGRESS = _add(_F, "articles_in_progress", "gauge", "Records taken up and neither finished nor given back")
IMBALANCE = _add(
    _F, "ledger_imbalance", "gauge",
    "Received minus finished, given back and in progress, of this process: above 0, records were lost; below, finished twice",
)  # fmt: skip
REJECTIONS = _add(_F, "rejections_total", "counter", "Rejected articles", reason=get_args(RejectionReason))
RECORD_BYTES = _add(_F, "raw_record_bytes", "histogram", "Size of raw records with key and headers", _SIZES)
UNREAD_DELETED = _add(
    _F, "raw_records_deleted_unread_total", "counter", "Raw records that retention deleted before they were read"
)

_T = "Time"
END_TO_END = _add(
    _T, "end_to_end_seconds", "histogram", "From the broker's timestamp of the raw record to the commit of its output", _LONG
)  # fmt: skip
KILLS = _add(
    _T, "kill_propagation_seconds", "histogram", "The same, of published cancels alone: how long a killed article stood", _LONG
)  # fmt: skip
OLDEST = _add(
    _T, "oldest_unfinished_timestamp_seconds", "gauge", "Broker's timestamp of the oldest record in progress; 0: there is none"
)  # fmt: skip
OLDEST_KILL = _add(
    _T, "oldest_unfinished_kill_timestamp_seconds", "gauge", "The same, of kills alone; 0: there is none"
)
STAGE = _add(
    _T, "stage_duration_seconds", "histogram", "How long a stage took for a batch (claim and write: for a partition of it)", _SHORT, stage=STAGES
)  # fmt: skip
LAST_PROCESSED = _add(
    _T, "last_record_processed_timestamp_seconds", "gauge", "When a record was finished last; 0: none yet"
)
SOURCE_LAST = _add(
    _T, "source_last_article_timestamp_seconds", "gauge", "Broker's timestamp of the source's newest record", source=None
)  # fmt: skip
SOURCE_NEWS = _add(
    _T, "source_last_news_timestamp_seconds", "gauge",
    "The same, of the newest that came out on the clean topic; when it was first seen, if none has yet", source=None,
)  # fmt: skip

_K = "Kafka"
ASSIGNED = _add(_K, "partitions_assigned", "gauge", "Partitions of the raw topic that are this worker's")
LAG_RECORDS = _add(
    _K, "consumer_lag_records", "gauge", "Offsets between what is committed and the end, over all of this worker's partitions"
)  # fmt: skip
LAG_SECONDS = _add(
    _K, "consumer_lag_seconds", "gauge", "Age of the oldest record that is not committed, of this worker's slowest partition"
)  # fmt: skip
PARTITION_STATE = _add(
    _K, "partition_state", "gauge",
    "This worker's partitions in each of Burrow's states: ok, warn (falls behind), stop (waits, not taken up), stall (taken up, not committed), rewind (went back)",
    state=PARTITION_STATES,
)  # fmt: skip
WORKER_STATE = _add(
    _K, "worker_state", "gauge", "1 for the state of this worker: err when any partition is in stop, stall or rewind", state=WORKER_STATES
)  # fmt: skip
REBALANCES = _add(_K, "rebalances_total", "counter", "Rebalances of the group that this worker took part in")
COMMITS = _add(_K, "commits_total", "counter", "Transactions committed")
LAST_COMMIT = _add(_K, "last_commit_timestamp_seconds", "gauge", "When a transaction was committed last; 0: none yet")
PRODUCE_ERRORS = _add(_K, "produce_errors_total", "counter", "Transactions that failed; they are repeated")
RETRIES = _add(
    _K, "retries_total", "counter", "Attempts that failed and are repeated because the server may answer later", server=SERVERS
)  # fmt: skip
KAFKA_UP = _add(_K, "kafka_up", "gauge", "1 when Kafka answered a moment ago")

_D = "Deduplication"
CANDIDATES = _add(
    _D, "dedup_candidates", "histogram", "Articles compared for one that was judged by similarity (at most 12)", _FEW
)  # fmt: skip
SIMILARITY = _add(
    _D, "dedup_similarity_ratio", "histogram", "Containment in the nearest article, of those judged by similarity", _SHARES
)  # fmt: skip
DECISIONS = _add(
    _D, "dedup_decisions_total", "counter", "Decisions of the index by relation; none: it is like nothing that is known",
    relation=(*get_args(Relation), NONE),
)  # fmt: skip
UNCHECKED = _add(_D, "unchecked_publishes_total", "counter", "Articles decided without the index, which was away")
INDEX_DOCUMENTS = _add(
    _D, "index_documents", "gauge", "Articles in the index, over all its windows (same for all workers)"
)
INDEX_WINDOWS = _add(_D, "index_windows", "gauge", "Windows in the index (same for all workers)")
WINDOWS_DROPPED = _add(_D, "index_windows_dropped_total", "counter", "Windows dropped because Redis was full")
LINES_LEARNED = _add(_D, "lines_learned_total", "counter", "Lines learned that a source repeats")

_R = "Redis"
COMMAND = _add(_R, "redis_command_duration_seconds", "histogram", "Time until Redis answered", _SHORT, command=COMMANDS)
REDIS_ERRORS = _add(_R, "redis_errors_total", "counter", "Calls of Redis that failed", command=COMMANDS)
REDIS_UP = _add(_R, "redis_up", "gauge", "1 when Redis answered a moment ago")
REDIS_MEMORY = _add(_R, "redis_memory_used_bytes", "gauge", "used_memory of the server that has the index")
REDIS_LIMIT = _add(_R, "redis_memory_limit_bytes", "gauge", "Its maxmemory; 0: it has none")
REDIS_EVICTED = _add(
    _R, "redis_evicted_keys", "gauge", "Its evicted_keys since it was started; anything above 0 means forgotten articles"
)  # fmt: skip
REDIS_ROLE_CHANGES = _add(
    _R, "redis_role_changes_total", "counter", "Times another server answered than before: a failover or a restart"
)  # fmt: skip

_B = "Bad records and pages"
DEAD_LETTERS = _add(_B, "dead_letters_total", "counter", "Dead letters", code=get_args(DeadLetterReason))
DEAD_LETTER_FAILURES = _add(
    _B, "dead_letter_write_failures_total", "counter", "Dead letters whose transaction failed; they are written again"
)
BAD_SHARE = _add(
    _B, "bad_records_ratio", "gauge", "Share of dead letters among a partition's recent records, of the worst partition; see NEWSWIRE_BAD_SHARE_MAX"
)  # fmt: skip
PAGES_READ = _add(
    _B, "pages_read_total", "counter", "Web pages by how reading them ended; unsafe: a parser cannot stand it", result=PAGES
)  # fmt: skip

_C = "Canary"
CANARY_ROUNDTRIP = _add(_C, "canary_roundtrip_seconds", "histogram", "Time of a canary from raw to its output", _LONG)
CANARY_LOST = _add(_C, "canary_lost_total", "counter", "Canaries that did not come back in time")
CANARY_WRONG = _add(
    _C, "canary_wrong_verdict_total", "counter", "Canaries that came back with another verdict than they should"
)

_P = "Process"
BUILD = _add(
    _P, "build_info", "gauge", "1; which program this is", version=None, signature=None, cleaner=None, python=None
)
