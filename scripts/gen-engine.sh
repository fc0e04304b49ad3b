#!/bin/sh
# Compiles the factorial engine from AssemblyScript to WebAssembly, into the file OUT.
set -eu
cd "$(dirname "$0")/.."
exec node_modules/.bin/asc server/factorial/engine/index.ts -o "${1:?usage: gen-engine.sh OUT}" \
  -O3 --noAssert --runtime stub --enable simd --disableWarning 112
