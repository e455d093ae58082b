"""python_aiohttp.py URL COUNT AT_ONCE: GETs by aiohttp. Prints seconds, processor seconds."""
import asyncio
import sys
import time

import aiohttp

url, count, at_once = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


async def worker(session, share):
    for _ in range(share):
        async with session.get(url) as answer:
            assert answer.status == 200
            await answer.read()


async def main():
    connector = aiohttp.TCPConnector(limit=at_once)
    async with aiohttp.ClientSession(connector=connector) as session:
        await worker(session, 1)
        wall, processor = time.monotonic(), time.process_time()
        await asyncio.gather(*(worker(session, count // at_once) for _ in range(at_once)))
        print(time.monotonic() - wall, time.process_time() - processor)


asyncio.run(main())
