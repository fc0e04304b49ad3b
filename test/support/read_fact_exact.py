"""Reads FactExact in Python and compares it with math.factorial."""
import hashlib
import math
import sys

import grpc
import numstore_pb2
import numstore_pb2_grpc

n = int(sys.argv[2])
channel = grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}")
numstore_pb2_grpc.NumStoreStub(channel).SetNum(numstore_pb2.SetNumRequest(key="exact", value=n))
chunks = list(
    numstore_pb2_grpc.NumStoreExtendedStub(channel).FactExact(numstore_pb2.FactExactRequest(key="exact"))
)
data = b"".join(chunk.chunk for chunk in chunks)
assert chunks[0].n == n
assert chunks[0].byte_length == len(data)
assert chunks[-1].sha256 == hashlib.sha256(data).digest()
assert int.from_bytes(data, "big") == math.factorial(n)
print(f"{n}! is right: {len(data)} bytes in {len(chunks)} messages")
