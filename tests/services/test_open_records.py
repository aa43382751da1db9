"""What the watchdog asks Kafka: is there a record that nobody has done yet?"""

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata

from workers import kafka_io
from workers.kafka_io import has_open_records
from workers.settings import Settings


def commit(settings: Settings, offset: int) -> None:
    consumer = KafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap, group_id=settings.group, enable_auto_commit=False
    )
    consumer.commit({TopicPartition(settings.topic_raw, 0): OffsetAndMetadata(offset, "", -1)})
    consumer.close()


def test_a_record_is_open_until_it_is_committed(settings: Settings) -> None:
    kafka_io.create_topics(settings)
    producer = KafkaProducer(bootstrap_servers=settings.kafka_bootstrap)
    assert not has_open_records(settings, [0, 1])
    producer.send(settings.topic_raw, b"{}", partition=0).get(10)
    assert has_open_records(settings, [0, 1])
    assert not has_open_records(settings, [1])
    commit(settings, 1)
    assert not has_open_records(settings, [0, 1])
    producer.close()


def test_marks_of_transactions_are_no_records(settings: Settings) -> None:
    """They take offsets for ever; a worker at rest behind them is not stuck."""
    kafka_io.create_topics(settings)
    producer = KafkaProducer(bootstrap_servers=settings.kafka_bootstrap, transactional_id=settings.group)
    producer.init_transactions()
    producer.begin_transaction()
    producer.send(settings.topic_raw, b"{}", partition=0).get(10)
    producer.commit_transaction()
    commit(settings, 1)
    producer.begin_transaction()
    producer.send(settings.topic_raw, b"{}", partition=0)
    producer.flush()
    producer.abort_transaction()
    assert not has_open_records(settings, [0])
    producer.close()
