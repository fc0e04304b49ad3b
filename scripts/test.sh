#!/bin/sh
# Runs every test file, or those given; a test that hangs is ended. NUMSTORE_TEST_SCALE multiplies the counts (see README, Development).
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- $(find test -name '*.test.ts' | sort)
exec node --import tsx --test --test-reporter=spec --test-concurrency=2 --test-timeout=$(( ${NUMSTORE_TEST_SCALE:-1} * 120000 )) "$@"
