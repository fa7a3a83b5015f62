"""Passes frames between two interfaces, each later by a delay, some of them not at all.

slow_bridge.py INTERFACE INTERFACE MILLISECONDS [LOSS [QUEUE [RATE]]]

LOSS is a share of 1, QUEUE the most frames on their way in one direction, RATE the most a second.
"""
import collections, random, select, socket, sys, time

OUTGOING = 4
SO_RCVBUFFORCE = 33


def interface(name):
    one = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    one.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
    one.bind((name, 0))
    one.setblocking(False)
    return one


def main():
    ends = [interface(sys.argv[1]), interface(sys.argv[2])]
    delay = float(sys.argv[3]) / 1000
    loss = float(sys.argv[4]) if len(sys.argv) > 4 else 0.0
    most = int(sys.argv[5]) if len(sys.argv) > 5 else 1 << 20
    pause = 1 / float(sys.argv[6]) if len(sys.argv) > 6 else 0.0
    queues = [collections.deque(), collections.deque()]
    free = [0.0, 0.0]
    random.seed(7)
    print("ready", flush=True)
    while True:
        now = time.monotonic()
        heads = [queue[0][0] for queue in queues if queue]
        timeout = max(0.0, min(heads) - now) if heads else None
        readable, _, _ = select.select(ends, [], [], timeout)
        now = time.monotonic()
        for end in readable:
            to = 1 - ends.index(end)
            for _ in range(64):
                try:
                    frame, address = end.recvfrom(65536)
                except BlockingIOError:
                    break
                if address[2] == OUTGOING or random.random() < loss or len(queues[to]) >= most:
                    continue
                free[to] = max(free[to], now) + pause
                queues[to].append((max(now, free[to]) + delay, frame))
        for to in (0, 1):
            queue = queues[to]
            while queue and queue[0][0] <= now:
                try:
                    ends[to].send(queue.popleft()[1])
                except OSError:
                    pass


main()
