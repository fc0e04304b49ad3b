"""Reads JSON lines {"encode": [[name, value], ...]} or {"decode": hex}, answers with the other form."""
import json
import sys

import hpack

encoder, decoder = hpack.Encoder(), hpack.Decoder(max_header_list_size=1 << 24)
for line in sys.stdin:
    task = json.loads(line)
    if "resize" in task:
        encoder.header_table_size = task["resize"]
        decoder.max_allowed_table_size = task["resize"]
        print("{}")
    elif "encode" in task:
        fields = [(name.encode("latin1"), value.encode("latin1")) for name, value in task["encode"]]
        print(json.dumps(encoder.encode(fields).hex()))
    else:
        fields = decoder.decode(bytes.fromhex(task["decode"]), raw=True)
        print(json.dumps([[name.decode("latin1"), value.decode("latin1")] for name, value in fields]))
