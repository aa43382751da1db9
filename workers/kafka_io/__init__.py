"""Kafka for the commands: create the topics, publish raw articles, read the output topics.

The worker reads and writes elsewhere (agents, delivery). Only this folder imports kafka-python; whatever goes wrong
with the brokers leaves it as a ServerError that says what to do.
"""

import logging

from workers.kafka_io.admin import create_topics, ensure_topics, unfit_topics
from workers.kafka_io.lag import has_open_records
from workers.kafka_io.publisher import Acknowledged, Publisher
from workers.kafka_io.reader import Reader, Record

__all__ = [
    "Acknowledged",
    "Publisher",
    "Reader",
    "Record",
    "create_topics",
    "ensure_topics",
    "has_open_records",
    "unfit_topics",
]

logging.getLogger("kafka").addHandler(logging.NullHandler())  # else Python prints its warnings on stderr
