#!/bin/sh
# Compiles the programs and the tests, and runs every test file, or those given. Tests run compiled: as sources, each file
# and each thread that it starts would load a compiler of its own.
set -eu
cd "$(dirname "$0")/.."
sh scripts/build.sh tsconfig.test.json dist-test &
tests=$!
npm run build --silent
wait $tests
exec node --enable-source-maps --import ./dist-test/test/support/exit-guard.js dist-test/scripts/run-tests.js "$@"
