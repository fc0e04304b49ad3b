"""The exercise's client for a benchmark: for each line "PORT SEED" on stdin, 8 threads send 100 random requests each.

Answers a line of JSON: the milliseconds of every request. The channels to a port are kept, so only their first use has
to connect. Usage: exercise_client.py FOLDER, where FOLDER has what protoc made of numstore.proto.
"""
import json
import random
import sys
import threading
import time

sys.path.insert(0, sys.argv[1])
import grpc  # noqa: E402
import numstore_pb2  # noqa: E402
import numstore_pb2_grpc  # noqa: E402

THREADS = 8
REQUESTS = 100
stubs = {}


def stub_of(port, index):
    if (port, index) not in stubs:
        channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        stubs[port, index] = numstore_pb2_grpc.NumStoreStub(channel)
    return stubs[port, index]


def work(stub, seed, times):
    draw = random.Random(seed)
    for _ in range(REQUESTS):
        key = f"key-{draw.randrange(100)}"
        is_set = draw.random() < 0.5
        value = draw.randint(1, 15)
        start = time.perf_counter()
        if is_set:
            stub.SetNum(numstore_pb2.SetNumRequest(key=key, value=value))
        else:
            stub.Fact(numstore_pb2.FactRequest(key=key))
        times.append((time.perf_counter() - start) * 1000)


for line in sys.stdin:
    port, seed = line.split()
    times = []
    threads = [
        threading.Thread(target=work, args=(stub_of(port, index), f"{seed}/{index}", times))
        for index in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(times) != THREADS * REQUESTS:
        sys.exit(f"{len(times)} requests were answered")
    print(json.dumps(times), flush=True)
