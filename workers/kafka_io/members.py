"""Who works in the consumer group now."""

from workers.kafka_io.admin import admin_of
from workers.kafka_io.client import server_errors
from workers.settings import Settings


def members(settings: Settings) -> list[str]:
    """The client ids of the group's members; a worker that was killed is one until its session has timed out.

    Raises:
        ServerError: Kafka does not answer.
    """
    with server_errors(settings, "look at the consumer group"), admin_of(settings) as admin:
        found = admin.describe_groups([settings.group])
    return [member["client_id"] for member in found[settings.group].get("members", ())]
