"""A client as the exercise asks for, in Python: 8 threads, 100 random requests each, then the figures."""
import random
import sys
import threading
import time

import grpc
import numstore_pb2
import numstore_pb2_grpc

lock = threading.Lock()
times, facts, hits, found = [], 0, 0, 0


def work(port):
    global facts, hits, found
    stub = numstore_pb2_grpc.NumStoreStub(grpc.insecure_channel(f"127.0.0.1:{port}"))
    for _ in range(100):
        key = f"key-{random.randrange(100)}"
        start = time.perf_counter()
        if random.random() < 0.5:
            stub.SetNum(numstore_pb2.SetNumRequest(key=key, value=random.randint(1, 15)))
            reply = None
        else:
            reply = stub.Fact(numstore_pb2.FactRequest(key=key))
        elapsed = time.perf_counter() - start
        with lock:
            times.append(elapsed)
            if reply is not None:
                facts += 1
                hits += reply.hit
                found += reply.error == ""


threads = [threading.Thread(target=work, args=(sys.argv[1],)) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
times.sort()
print(f"requests {len(times)}")
print(f"hit rate {hits / found:.3f}")
print(f"p50 {times[len(times) // 2] * 1000:.3f} ms")
print(f"p99 {times[len(times) * 99 // 100] * 1000:.3f} ms")
