"""The manual test that comes with the exercise: a client in Python, with code generated from our .proto file."""
import sys

import grpc
import numstore_pb2
import numstore_pb2_grpc

channel = grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}")
stub = numstore_pb2_grpc.NumStoreStub(channel)

for key, value in [("A", 1), ("B", 10), ("A", 5), ("B", 0)]:
    print(stub.SetNum(numstore_pb2.SetNumRequest(key=key, value=value)).total)
print(stub.Fact(numstore_pb2.FactRequest(key="A")).value)
