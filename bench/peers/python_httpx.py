"""python_httpx.py URL COUNT AT_ONCE: GETs by httpx. Prints seconds, processor seconds."""
import asyncio
import sys
import time

import httpx

url, count, at_once = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


async def worker(client, share):
    for _ in range(share):
        answer = await client.get(url)
        assert answer.status_code == 200 and answer.content is not None


async def main():
    limits = httpx.Limits(max_connections=at_once)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as client:
        await worker(client, 1)
        wall, processor = time.monotonic(), time.process_time()
        await asyncio.gather(*(worker(client, count // at_once) for _ in range(at_once)))
        print(time.monotonic() - wall, time.process_time() - processor)


asyncio.run(main())
