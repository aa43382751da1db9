"""A process that claims batches as a worker does, until it is ended: the company for `claim_p99_ms_beside_batches`."""

import asyncio
import sys

from tests.bench.made import Maker
from workers.claims import RedisIndex
from workers.settings import load

MADE = 2_400
RUN = 480


async def main(url: str) -> None:
    index, maker = RedisIndex(load(redis_url=url)), Maker(3)
    generation = await index.take_over("raw", 1, 0)
    print("ready", flush=True)
    while True:
        made = maker.claims(MADE)
        for first in range(0, MADE, RUN):
            run = made[first : first + RUN]
            await index.claim("raw", 1, generation, run[0].offset, run)
            await asyncio.sleep(0.2)  # a worker cleans meanwhile


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
