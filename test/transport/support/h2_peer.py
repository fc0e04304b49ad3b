"""Calls /test.Echo/Unary with Python's h2 over one connection: PORT COUNT BYTES. Prints the number of right answers."""
import socket
import struct
import sys

import h2.config
import h2.connection
import h2.events

port, count, size = (int(argument) for argument in sys.argv[1:])
sock = socket.create_connection(("127.0.0.1", port))
conn = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
conn.initiate_connection()
sock.sendall(conn.data_to_send())
message = bytes(index % 251 for index in range(size))
body = b"\0" + struct.pack(">I", size) + message
head = [(":method", "POST"), (":scheme", "http"), (":path", "/test.Echo/Unary"), (":authority", "test"),
        ("te", "trailers"), ("content-type", "application/grpc")]


def pump(done):
    """Handles events until `done()`."""
    while not done():
        for event in conn.receive_data(sock.recv(65536)):
            if isinstance(event, h2.events.DataReceived):
                answers[event.stream_id] = answers.get(event.stream_id, b"") + event.data
                conn.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.TrailersReceived):
                status[event.stream_id] = dict(event.headers).get("grpc-status")
            elif isinstance(event, h2.events.StreamEnded):
                ended.add(event.stream_id)
            elif isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)):
                raise SystemExit(f"unexpected: {event}")
        sock.sendall(conn.data_to_send())


answers, status, ended, right = {}, {}, set(), 0
for _ in range(count):
    stream = conn.get_next_available_stream_id()
    conn.send_headers(stream, head)
    at = 0
    while at < len(body):
        room = min(conn.local_flow_control_window(stream), conn.max_outbound_frame_size, len(body) - at)
        if room == 0:
            sock.sendall(conn.data_to_send())
            pump(lambda: conn.local_flow_control_window(stream) > 0)
            continue
        conn.send_data(stream, body[at:at + room], end_stream=at + room == len(body))
        at += room
    sock.sendall(conn.data_to_send())
    pump(lambda: stream in ended)
    right += answers[stream] == body and status[stream] == "0"
print(right)
