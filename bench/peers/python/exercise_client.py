"""The exercise's client as its text asks for it: 8 threads, 100 random requests each; prints hit rate, p50 and p99.

Usage: exercise_client.py FOLDER PORT, where FOLDER has what protoc made of numstore.proto. Each thread has a connection of
its own, which its first call makes, as in a client written from the text. Exit code 1 if a request fails or a Fact is no
factorial of a number that was sent.
"""
import math
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
KEYS = 100
VALUE_MAX = 15
PORT = sys.argv[2]

lock = threading.Lock()
times = []
facts = []


def work():
    # Without it all channels of a process share one connection.
    options = [("grpc.use_local_subchannel_pool", 1)]
    stub = numstore_pb2_grpc.NumStoreStub(grpc.insecure_channel(f"127.0.0.1:{PORT}", options))
    for _ in range(REQUESTS):
        key = f"key-{random.randrange(KEYS)}"
        is_set = random.random() < 0.5
        value = random.randint(1, VALUE_MAX)
        fact = None
        start = time.perf_counter()
        if is_set:
            stub.SetNum(numstore_pb2.SetNumRequest(key=key, value=value))
        else:
            fact = stub.Fact(numstore_pb2.FactRequest(key=key))
        elapsed = (time.perf_counter() - start) * 1000
        with lock:
            times.append(elapsed)
            if fact is not None:
                facts.append(fact)


def percentile(samples, p):
    """Linear interpolation, as numpy does by default."""
    h = (len(samples) - 1) * p
    below = samples[math.floor(h)]
    return below + (samples[math.ceil(h)] - below) * (h - math.floor(h))


threads = [threading.Thread(target=work) for _ in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
if len(times) != THREADS * REQUESTS:
    sys.exit(f"Expected {THREADS * REQUESTS} replies, got {len(times)}")
found = [fact for fact in facts if fact.error == ""]
possible = {math.factorial(n) for n in range(1, VALUE_MAX + 1)}
wrong = [fact.value for fact in found if fact.value not in possible]
if wrong:
    sys.exit(f"Expected factorials of 1 to {VALUE_MAX}, got {wrong[:3]}")
times.sort()
hits = sum(fact.hit for fact in found)
print(f"Cache hit rate:     {hits / len(found) if found else float('nan'):.3f}")
print(f"p50 response time:  {percentile(times, 0.5):.3f} ms")
print(f"p99 response time:  {percentile(times, 0.99):.3f} ms")
