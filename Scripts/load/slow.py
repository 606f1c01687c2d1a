#!/usr/bin/env python3
"""Holds TCP connections that send one octet a second each, opening anew those that the server closes.

    slow.py SERVER PORT CONNECTIONS SOURCE-NETWORK

SOURCE-NETWORK is the first three numbers of the IPv4 addresses to come from, such as 127.0.20. Prints "ready" once all
connections have been tried, and on SIGTERM or SIGINT how many stood, were opened, and were closed by the server.
"""

import asyncio
import os
import signal
import sys

MESSAGE = (
    b"INVITE sip:slow@ims.example SIP/2.0\r\nVia: SIP/2.0/TCP slow.example;branch=z9hG4bKslow\r\n"
    b"X-Padding: " + b"x" * 4000
)
count = {"opened": 0, "refused": 0, "closed": 0, "standing": 0, "octets": 0}


async def connection(server, port, source, tried):
    """One slow sender, for ever."""
    while True:
        try:
            reader, writer = await asyncio.open_connection(server, port, local_addr=(source, 0))
        except OSError:
            count["refused"] += 1
            tried()
            await asyncio.sleep(1)
            continue
        count["opened"] += 1
        count["standing"] += 1
        tried()
        try:
            for octet in MESSAGE:
                writer.write(bytes([octet]))
                count["octets"] += 1
                try:
                    # Nothing is expected back: what comes, or the end of the stream, ends the connection.
                    await asyncio.wait_for(reader.read(4096), 1)
                    break
                except asyncio.TimeoutError:
                    pass
        except OSError:
            pass
        count["closed"] += 1
        count["standing"] -= 1
        writer.close()
        # As fast again as the server lets it, but no faster than the octets.
        await asyncio.sleep(1)


async def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    server, port, connections, network = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    waiting = connections
    ready = asyncio.Event()

    def tried():
        nonlocal waiting
        waiting -= 1
        if waiting <= 0:
            ready.set()

    tasks = []
    for index in range(connections):
        source = f"{network}.{index % 250 + 1}"
        tasks.append(asyncio.create_task(connection(server, port, source, tried)))
        if index % 50 == 49:
            await asyncio.sleep(0.05)
    await ready.wait()
    print("ready", flush=True)
    await stop.wait()
    print(" ".join(f"{name}={value}" for name, value in count.items()), flush=True)
    # The connections end with the process, whatever their tasks wait for.
    os._exit(0)


asyncio.run(main())
