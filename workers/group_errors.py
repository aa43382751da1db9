"""A group's coordinator that has moved must not be taken for one that knows of no committed offset.

From version 2 on the answer to OffsetFetch tells what is wrong with the group beside its list of partitions, which is empty then.
aiokafka 0.14.0 looks at the list alone: it takes every partition for one without a committed offset, goes on asking the former
coordinator, and reads from the beginning. All that was published would be published again. Here such an answer is the error
that it is: the coordinator is looked for anew, and asked again.
"""

from typing import Any

from aiokafka import errors
from aiokafka.consumer import consumer
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.protocol.commit import OffsetFetchRequest

_MOVED = (errors.NotCoordinatorForGroupError, errors.GroupCoordinatorNotAvailableError)


class HeedingCoordinator(GroupCoordinator):  # type: ignore[misc]
    """Raises the error of a group that is asked for its offsets."""

    async def _send_req(self, request: Any) -> Any:
        response = await super()._send_req(request)
        code = getattr(response, "error_code", 0) if isinstance(request, OffsetFetchRequest) else 0
        if code:
            error = errors.for_code(code)
            if issubclass(error, _MOVED):
                self.coordinator_dead()
            raise error
        return response


def heed() -> None:
    """Makes every consumer that is started from now on do so, Faust's as well."""
    consumer.GroupCoordinator = HeedingCoordinator
