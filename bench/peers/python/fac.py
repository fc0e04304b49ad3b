"""math.factorial for comparison: the same lines as bench/peers/gmp/gmp-fac.c understands."""

import math
import sys
import time


def to_bytes(value):
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


print(sys.version.split()[0], flush=True)
for line in sys.stdin:
    command, n, argument = line.split(maxsplit=2)
    if command == "time":
        figures = []
        for _ in range(int(argument)):
            start = time.perf_counter_ns()
            value = math.factorial(int(n))
            middle = time.perf_counter_ns()
            to_bytes(value)
            figures += [middle - start, time.perf_counter_ns() - middle]
        print(*figures, flush=True)
    elif command == "write":
        with open(argument.strip(), "wb") as out:
            count = out.write(to_bytes(math.factorial(int(n))))
        # The file is complete only now.
        print(count, flush=True)
