"""Every setting of this program, read once: the environment, then `.run/env` (written by `make up`), then the defaults.

A setting `kafka_bootstrap` is the variable NEWSWIRE_KAFKA_BOOTSTRAP; the three addresses that `make up` prints
(KAFKA_BOOTSTRAP, REDIS_URL, WEB_URL) are also read without the prefix. Units stand in the names.
"""

import difflib
import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from workers.access import AccessSettings
from workers.errors import SettingsError

RUN_ENV_FILE = Path(".run/env")

PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, le=1)]


class Settings(AccessSettings):
    """All settings, frozen; those of users, passwords and certificates stand in workers/access.py.

    Each field's description is its documentation (docs/SETTINGS.md is made of them).
    """

    model_config = SettingsConfigDict(env_prefix="NEWSWIRE_", env_file=RUN_ENV_FILE, extra="ignore", frozen=True)

    kafka_bootstrap: str = Field(
        "127.0.0.1:9092",
        validation_alias=AliasChoices("NEWSWIRE_KAFKA_BOOTSTRAP", "KAFKA_BOOTSTRAP"),
        description="Kafka brokers, host:port, separated by commas",
    )
    redis_url: str = Field(
        "redis://127.0.0.1:6379/0",
        validation_alias=AliasChoices("NEWSWIRE_REDIS_URL", "REDIS_URL"),
        repr=False,  # it may hold a password
        description="Redis or Valkey; redis+cluster://host:port for a cluster; rediss:// with TLS",
    )
    web_url: str = Field(
        "http://127.0.0.1:6066",
        validation_alias=AliasChoices("NEWSWIRE_WEB_URL", "WEB_URL"),
        description="where the worker's own web server listens (/metrics, /livez, /readyz, /startupz)",
    )
    group: str = Field(
        "newswire", pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$", description="consumer group; one group is one wire"
    )
    topic_raw: str = Field("news.raw.v1", description="topic of raw articles, read")
    topic_clean: str = Field("news.clean.v1", description="topic of new articles, updates and cancels")
    topic_duplicates: str = Field("news.duplicates.v1", description="topic of copies, with evidence")
    topic_rejected: str = Field("news.rejected.v1", description="topic of what is not to be published, with the reason")
    topic_dlq: str = Field("news.dlq.v1", description="topic of dead letters: raw records that cannot be understood")
    partitions: int = Field(4, ge=1, le=10_000, description="partitions of each topic when it is created")
    replication: int = Field(1, ge=1, le=10, description="replication factor of each topic when it is created")
    min_insync_replicas: int | None = Field(
        None,
        ge=1,
        le=10,
        description="min.insync.replicas of each topic when it is created; unset: one fewer than replicas, and at least one",
    )

    raw_record_max_bytes: int = Field(8 << 20, ge=1024, description="largest raw record")
    output_record_max_bytes: int = Field(
        16 << 20, ge=1 << 20, description="largest output record: a raw one, its envelope and the escapes of JSON"
    )
    batch_max_records: int = Field(500, ge=1, description="raw records handled in one go at most")
    batch_max_bytes: int = Field(32 << 20, ge=1 << 20, description="bytes of raw records handled in one go at most")
    buffer_max_bytes: int = Field(
        32 << 20, ge=1 << 20, description="bytes of raw records waiting in this worker at most"
    )
    batch_wait_s: PositiveFloat = Field(0.05, description="how long a batch may wait to fill")
    session_timeout_s: float = Field(
        8.0, ge=6, le=60, description="after a worker's death its partitions move after this"
    )
    kafka_timeout_s: float = Field(
        15.0,
        ge=5,
        le=300,
        description="how long a broker that hangs is waited for; then the one that has taken its place is asked",
    )
    transaction_timeout_s: PositiveFloat = Field(30.0, description="a transaction left open is aborted after this")

    index_name: str = Field(
        "",
        pattern=r"^[A-Za-z0-9._-]{0,200}$",
        description="the index in Redis, one hash tag; empty: named like the group",
    )
    window_s: PositiveFloat = Field(7 * 86_400.0, description="how long a published article keeps copies out")
    window_by: Literal["arrival", "versionCreated"] = Field(
        "arrival", description="what the window is counted by; versionCreated is for back-fills"
    )
    uri_state_s: PositiveFloat = Field(30 * 86_400.0, description="how long a uri is known after its last touch")
    kill_state_s: PositiveFloat = Field(90 * 86_400.0, description="how long a kill is known")
    duplicate_containment: Share = Field(0.68, description="share of known shingles from which an article is a copy")
    write_thru_containment: Share = Field(
        0.7, description="share of the earlier article that a write-thru or related one holds"
    )
    min_words: int = Field(8, ge=0, description="a text with fewer words is too short, unless urgent")
    min_unspaced_chars: int = Field(20, ge=0, description="the same for scripts without spaces")
    flash_urgency: int = Field(3, ge=1, le=9, description="urgency up to which a headline alone is published")
    learn_lines: bool = Field(True, description="whether lines that an outlet repeats under many stories are removed")
    learned_label_stories: int = Field(
        10, ge=3, le=120, description="under how many different stories a line has to stand that is no full sentence"
    )
    learned_sentence_stories: int = Field(30, ge=3, le=120, description="the same for full sentences")
    learned_window_s: PositiveFloat = Field(
        7 * 86_400.0, description="lines that are not met for so long are forgotten, and outlets that send nothing"
    )
    page_processes: int = Field(2, ge=1, le=64, description="child processes that read web pages, started when needed")
    page_cpu_s: PositiveFloat = Field(
        2.0, description="processor time that a web page may take to read; more is rejected as unsafe"
    )
    page_memory_bytes: int = Field(
        300 << 20, ge=64 << 20, description="memory that a web page may take to read; more is rejected as unsafe"
    )
    publish_unchecked_after_s: PositiveFloat | None = Field(
        None,
        description="when the index has been away so long, articles are published unchecked and marked; unset: they wait",
    )
    redis_timeout_s: PositiveFloat = Field(
        5.0, description="how long an answer of Redis is waited for; then it is asked again"
    )
    redis_replicas: int = Field(
        0,
        ge=0,
        le=10,
        description="replicas of Redis that must have a claim before its article is published, so that a failover forgets nothing",
    )
    claims_per_call: int = Field(
        16, ge=1, le=256, description="claims in one script call: bounds how long Redis is held"
    )

    bad_share_max: Share = Field(
        0.95,
        description="when more of a partition's recent records than this share are bad, the worker stops with status 5, and nothing of the batch is published; 1: never",
    )
    bad_share_over: int = Field(
        500, ge=10, le=10_000, description="how many records are recent; a partition with fewer is not judged"
    )
    watchdog_s: float = Field(
        120.0,
        ge=0,
        description="a worker that has open records, servers that answer and no commit for so long ends with status 4; 0: never",
    )
    metrics_sources: int = Field(
        50,
        ge=0,
        le=10_000,
        description="sources that have metrics of their own in a worker; all further ones are `other`",
    )
    state_folder: Path = Field(
        Path("~/.local/state/newswire"), description="folder for the few bytes that outlive a worker's process"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is logged")
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="auto: colours on a terminal, else JSON lines"
    )

    @field_validator("web_url")
    @classmethod
    def _web_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname or not parts.port:  # a port that is none raises ValueError here
            raise ValueError("write it as http://host:port")
        return url

    @model_validator(mode="after")
    def _together(self) -> Self:
        topics = [self.topic_raw, *self.output_topics.values()]
        if len(set(topics)) < len(topics):
            raise ValueError(f"the five topics must have different names, not {', '.join(topics)}")
        if self.insync > self.replication:
            raise ValueError(
                f"NEWSWIRE_MIN_INSYNC_REPLICAS={self.insync} is more than NEWSWIRE_REPLICATION={self.replication}: nothing could be written"
            )
        if not self.window_s <= self.uri_state_s <= self.kill_state_s:
            raise ValueError(
                "a uri must be known as long as its copies are kept out, and a kill as long as a uri: "
                "NEWSWIRE_WINDOW_S <= NEWSWIRE_URI_STATE_S <= NEWSWIRE_KILL_STATE_S"
            )
        return self

    @property
    def insync(self) -> int:
        """How many replicas must have a record before it counts as written."""
        return self.min_insync_replicas or max(1, self.replication - 1)

    @property
    def index(self) -> str:
        """The name of the index: its own, or that of the group."""
        return self.index_name or self.group

    @property
    def output_topics(self) -> dict[str, str]:
        """The four topics written, by their role."""
        return {
            "clean": self.topic_clean,
            "duplicates": self.topic_duplicates,
            "rejected": self.topic_rejected,
            "dlq": self.topic_dlq,
        }


def load(**overrides: Any) -> Settings:
    """Reads the settings; `overrides` (from options) win over the environment.

    Raises:
        SettingsError: names the variable, its value and what is wrong with it.
    """
    _refuse_unknown()
    try:
        return Settings(**{k: v for k, v in overrides.items() if v is not None})
    except ValidationError as e:
        raise SettingsError("; ".join(_problem(err) for err in e.errors())) from None


_OTHERS = {"NEWSWIRE_KAFKA_JARS", "NEWSWIRE_VERSION"}
"""Variables of this name that are no settings of the worker: where `make` looks for jars, the image of docker-compose.yml."""


def _refuse_unknown() -> None:
    known = {f"NEWSWIRE_{name.upper()}" for name in Settings.model_fields} | _OTHERS
    for name in os.environ:
        if name.startswith("NEWSWIRE_") and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else "; docs/SETTINGS.md lists them"
            raise SettingsError(f"there is no setting {name}{hint}")


def _problem(err: Any) -> str:
    if not err["loc"]:
        return str(err["msg"]).removeprefix("Value error, ")
    name = str(err["loc"][0])
    variable = name if name.isupper() else f"NEWSWIRE_{name.upper()}"
    is_secret = any(part in name.lower() for part in ("url", "password"))
    value = "" if is_secret else f"={err['input']!r}"
    return f"setting {variable}{value}: {err['msg']}"
