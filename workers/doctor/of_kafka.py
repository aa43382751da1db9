"""What the brokers told, judged against the settings."""

from collections.abc import Iterator, Mapping

from workers.doctor.check import Check, failure, ok, warning
from workers.kafka_io.facts import INTERNAL, KafkaFacts, TopicFacts
from workers.settings import Settings
from workers.topics import DAY_MS, TopicPlan, topic_plans

AREA = "kafka"
OLDEST_TRIED = 4
GRANT = "docs/SECURITY.md lists the rights that each role needs"
LOSING = {
    "cleanup.policy": "records with the same key would go, and articles with them",
    "message.timestamp.type": "a back-fill that bears old dates would be deleted unread",
    "min.insync.replicas": "a record would count as written that one broker can lose",
}
"""Settings of a topic that lose articles when they are wrong."""


def judged(facts: KafkaFacts, settings: Settings) -> Iterator[Check]:
    """A line for each topic, or for each thing that is wrong with it; then rights and Kafka's own topics."""
    yield _version(facts)
    for plan in topic_plans(settings):
        found = facts.topics.get(plan.name)
        if found is None:
            yield failure(
                AREA, f"topic {plan.name} is missing, or {settings.kafka_user} may not see it", "newswire topics"
            )
            continue
        problems = list(_of_topic(plan, found, settings, facts.brokers))
        yield from problems or [ok(AREA, _summary(plan.name, found))]
    yield from (failure(AREA, line.partition(";")[0], GRANT) for line in facts.lacking)
    if not facts.lacking:
        yield ok(AREA, f"{settings.kafka_user} may read and write where a worker does, as far as Kafka tells")
    yield from _internal(facts)


def _version(facts: KafkaFacts) -> Check:
    told = f"Kafka {facts.version} or later, {facts.brokers} broker{'s' * (facts.brokers != 1)}"
    if int(facts.version.partition(".")[0]) < OLDEST_TRIED:
        return warning(AREA, told, f"Newswire is tried with Kafka {OLDEST_TRIED}: upgrade the brokers")
    return ok(AREA, told)


def _of_topic(plan: TopicPlan, found: TopicFacts, settings: Settings, brokers: int) -> Iterator[Check]:
    name = f"topic {plan.name}"
    if found.leaderless:
        yield failure(AREA, f"{name}: {found.leaderless} partitions have no leader", "start the brokers that are away")
    elif found.behind:
        yield warning(
            AREA,
            f"{name}: {found.behind} partitions have replicas out of step",
            "start the brokers that are away, or wait",
        )
    if found.partitions != plan.partitions:
        told = f"{name}: {found.partitions} partitions, NEWSWIRE_PARTITIONS={plan.partitions}"
        yield warning(
            AREA,
            told,
            f"NEWSWIRE_PARTITIONS={found.partitions}; adding partitions to a topic in use moves stories to others",
        )
    if found.replicas < plan.replication or (found.replicas < 2 <= brokers):
        told = f"{name}: {found.replicas} replica{'s' * (found.replicas != 1)}, {brokers} brokers"
        yield warning(
            AREA, told, "a broker that dies takes articles along: kafka-reassign-partitions.sh, docs/CLUSTERS.md"
        )
    yield from _of_config(plan, found, settings)


def _of_config(plan: TopicPlan, found: TopicFacts, settings: Settings) -> Iterator[Check]:
    if not found.config:
        yield warning(AREA, f"topic {plan.name}: {settings.kafka_user} may not see its settings", GRANT)
        return
    for key, wanted in plan.config.items():
        has = found.config.get(key, "")
        if _serves(key, has, wanted, found):
            continue
        told = f"topic {plan.name}: {key}={has}, the settings ask for {wanted}"
        todo = (
            f"kafka-configs.sh --bootstrap-server {settings.kafka_bootstrap} --alter --entity-type topics "
            f"--entity-name {plan.name} --add-config {key}={wanted}"
        )
        loses = LOSING.get(key)
        too_small = key == "max.message.bytes" and plan.name != settings.topic_raw
        if loses or too_small:
            yield failure(
                AREA, f"{told}: {loses or 'a worker does not start, for it could not write all it reads'}", todo
            )
        else:
            yield warning(AREA, told, todo)


def _serves(key: str, has: str, wanted: str, found: TopicFacts) -> bool:
    """Whether a topic's setting does what is asked for; more than that does, too."""
    if key in ("cleanup.policy", "message.timestamp.type"):
        return has == wanted
    try:
        number, least = int(has), int(wanted)
    except ValueError:
        return False
    if key == "retention.ms":
        return number < 0 or number >= least
    if key == "min.insync.replicas":
        return least <= number <= max(found.replicas, least)
    return number >= least


def _summary(name: str, found: TopicFacts) -> str:
    kept, largest = int(found.config["retention.ms"]), int(found.config["max.message.bytes"])
    kept_for = "for ever" if kept < 0 else f"{kept / DAY_MS:.4g} days"
    stamped = "time of arrival" if found.config["message.timestamp.type"] == "LogAppendTime" else "time of sending"
    replicas = f"{found.replicas} replica{'s' * (found.replicas != 1)}, {found.config['min.insync.replicas']} in sync"
    return f"topic {name}: {found.partitions} partitions, {replicas}, kept {kept_for}, up to {largest / 2**20:.4g} MiB, {stamped}"


def _internal(facts: KafkaFacts) -> Iterator[Check]:
    """Kafka's own topics, made once with the brokers' settings, which are often lowered for one broker."""
    own: Mapping[str, TopicFacts] = {name: facts.topics[name] for name in INTERNAL if name in facts.topics}
    for name, found in own.items():
        if found.replicas < 2 <= facts.brokers:
            told = f"topic {name}: {found.replicas} replica on {facts.brokers} brokers: one that dies stops all workers"
            yield warning(AREA, told, "kafka-reassign-partitions.sh, docs/CLUSTERS.md")
