"""Apache Kafka as a child process: one KRaft node, broker and controller in one, on loopback ports.

The settings aim at a fast start (few partitions for Kafka's own topics, no wait for a group's second member) and at
the sizes that Newswire writes. They are for development, tests and `newswire up`, not for a cluster.
"""

import secrets
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from workers.errors import ServerError
from workers.local import probe
from workers.local.jars import jars_folder
from workers.local.java import find_java
from workers.local.ports import LOOPBACK, free_port
from workers.local.process import LocalServer

MAX_RECORD_BYTES = 32 << 20

_PROPERTIES = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",
    "message.max.bytes": str(MAX_RECORD_BYTES),
    "replica.fetch.max.bytes": str(MAX_RECORD_BYTES),
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    # A transaction left open by a killed worker is looked for every second, not every ten.
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
    # After a SIGKILL the broker may register anew only when its former self has timed out.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    "log.cleaner.dedupe.buffer.size": str(16 << 20),
}

_LOG4J = """\
status=error
rootLogger.level=warn
rootLogger.appenderRef.file.ref=FILE
appender.file.type=RollingFile
appender.file.name=FILE
appender.file.fileName={log_file}
appender.file.filePattern={log_file}.%i
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d %p %m (%c)%n
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size=10MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=2
"""


class LocalKafka(LocalServer):
    """One Kafka node in `folder`.

    Args:
        folder: holds its settings, log and data.
        port: where clients connect; a free one unless given. The controller takes another free one.
        heap: the most memory for Java's heap.
        properties: further broker settings; they win over ours.
        listeners: further protocols and their ports, such as {"SASL_SSL": 9094}; how they work is up to `properties`.
        quick: compile lightly: a faster start for tests. Off, for a broker that runs for days.
        detached: leave it running when this program ends.
    """

    name: ClassVar[str] = "Kafka"

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        *,
        heap: str = "768m",
        properties: Mapping[str, str] = MappingProxyType({}),
        listeners: Mapping[str, int] = MappingProxyType({}),
        quick: bool = True,
        detached: bool = False,
    ) -> None:
        super().__init__(folder, port, detached=detached)
        self.controller_port = free_port()
        self._heap = heap
        self._quick = quick
        self._given_properties, self._listeners = dict(properties), dict(listeners)
        self.cluster_id = secrets.token_urlsafe(16)

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def properties_file(self) -> Path:
        return self.folder / "kafka.properties"

    @property
    def data_folder(self) -> Path:
        return self.folder / "kafka-data"

    def _prepare(self) -> list[str]:
        self.properties_file.write_text("".join(f"{k}={v}\n" for k, v in self._properties().items()))
        log4j = self.folder / "kafka-log4j2.properties"
        log4j.write_text(_LOG4J.format(log_file=self.log_file))
        if not (self.data_folder / "meta.properties").exists():
            self._format()
        options = [f"-Xmx{self._heap}", f"-Dlog4j2.configurationFile={log4j}"]
        return [*self._java(), *options, "kafka.Kafka", str(self.properties_file)]

    def _properties(self) -> dict[str, str]:
        controller = f"{LOOPBACK}:{self.controller_port}"
        ports = {"PLAINTEXT": self.port, **self._listeners}
        told = ",".join(f"{protocol}://{LOOPBACK}:{port}" for protocol, port in ports.items())
        protocols = ("CONTROLLER:PLAINTEXT", *(f"{protocol}:{protocol}" for protocol in ports))
        return {
            **_PROPERTIES,
            "listener.security.protocol.map": ",".join(protocols),
            "listeners": f"{told},CONTROLLER://{controller}",
            "advertised.listeners": told,
            "controller.quorum.voters": f"1@{controller}",
            "log.dirs": str(self.data_folder),
            **self._given_properties,
        }

    def _java(self) -> list[str]:
        compile_lightly = ["-XX:TieredStopAtLevel=1"] if self._quick else []
        return [find_java(), *compile_lightly, "-Xshare:auto", "-cp", f"{jars_folder()}/*"]

    def _format(self) -> None:
        """Writes the cluster's identity, which Kafka wants in its data folder before the first start."""
        done = subprocess.run(
            [
                *self._java(),
                "kafka.tools.StorageTool",
                "format",
                f"--cluster-id={self.cluster_id}",
                "-c",
                self.properties_file,
            ],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode != 0:
            raise ServerError(f"Kafka's data folder {self.data_folder} could not be formatted:\n{done.stderr[-2000:]}")

    def _answers(self) -> bool:
        """Also asks for the coordinators: the first question makes Kafka create the topics that they need."""
        return probe.knows_a_broker(self.port) and probe.has_coordinators(self.port)
