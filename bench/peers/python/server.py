"""The exercise's server as its text asks for it: grpcio, 4 threads, a dict, a lock, a cache of 10, math.factorial.

The one liberty: it prints its port and its version, and ends when its standard input does.
Usage: server.py DIRECTORY, where the code of numstore.proto has been generated.
"""
import math
import platform
import sys
import threading
from collections import OrderedDict
from concurrent import futures

import grpc

sys.path.insert(0, sys.argv[1])
import numstore_pb2
import numstore_pb2_grpc

INT64_MAX = 2**63 - 1
CACHE_ENTRIES = 10

lock = threading.Lock()
values = {}
total = 0
cache = OrderedDict()  # evicts what was used least recently


class NumStore(numstore_pb2_grpc.NumStoreServicer):
    def SetNum(self, request, context):
        global total
        with lock:
            total += request.value - values.get(request.key, 0)
            values[request.key] = request.value
            return numstore_pb2.SetNumResponse(total=total)

    def Fact(self, request, context):
        with lock:
            n = values.get(request.key)
            result = cache.get(n)
            if result is not None:
                cache.move_to_end(n)
        hit = result is not None
        if n is None:
            return numstore_pb2.FactResponse(error="no such key")
        if n < 0:
            return numstore_pb2.FactResponse(error="a negative number has no factorial")
        if not hit:
            result = math.factorial(n)
            if result > INT64_MAX:
                return numstore_pb2.FactResponse(error=f"{n}! has {result.bit_length()} bits")
            with lock:
                cache[n] = result
                if len(cache) > CACHE_ENTRIES:
                    cache.popitem(last=False)
        return numstore_pb2.FactResponse(value=result, hit=hit)


server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
numstore_pb2_grpc.add_NumStoreServicer_to_server(NumStore(), server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
print(f"grpcio {grpc.__version__}, Python {platform.python_version()}", flush=True)
sys.stdin.read()
server.stop(None)
