"""Calls test.Echo with grpcio: PORT. Prints one line per law that holds."""
import sys

import grpc

channel = grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}")


def unary(name):
    return channel.unary_unary(f"/test.Echo/{name}")


reply, call = unary("Unary").with_call(b"hello", metadata=[("x-echo", "meta")], timeout=10)
assert reply == b"hello"
assert dict(call.initial_metadata())["x-header"] == "meta"
assert dict(call.trailing_metadata())["x-octets-bin"] == b"meta"
print("unary and metadata")

assert unary("Unary")(b"z" * 1_000_000, timeout=10) == b"z" * 1_000_000
print("a large message")

assert unary("Unary")(b"z" * 10_000, timeout=10, compression=grpc.Compression.Gzip) == b"z" * 10_000
print("gzip")

for name, message, code in [("Fail", "100% ☺", grpc.StatusCode.FAILED_PRECONDITION),
                            ("Nothing", "", grpc.StatusCode.UNIMPLEMENTED)]:
    try:
        unary(name)(message.encode(), timeout=10)
        raise SystemExit("expected an error")
    except grpc.RpcError as error:
        assert error.code() == code, error
        assert message in error.details()
print("statuses")

try:
    unary("Never")(b"", timeout=0.05)
    raise SystemExit("expected an error")
except grpc.RpcError as error:
    assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED
print("a deadline")

assert list(channel.unary_stream("/test.Echo/Repeat")(b"5:abc", timeout=10)) == [b"5:abc"] * 5
assert channel.stream_unary("/test.Echo/Join")(iter([b"a", b"b"]), timeout=10) == b"ab"
assert list(channel.stream_stream("/test.Echo/Chat")(iter([b"p", b"q"]), timeout=10)) == [b"p", b"q"]
print("streams")

futures = [unary("Unary").future(str(index).encode(), timeout=10) for index in range(300)]
assert [future.result() for future in futures] == [str(index).encode() for index in range(300)]
print("300 at once")

endless = channel.unary_stream("/test.Echo/Repeat")(b"100000000:x", timeout=10)
next(endless)
endless.cancel()
print("cancelling")
channel.close()
