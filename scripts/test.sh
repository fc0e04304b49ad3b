#!/bin/sh
# Runs every test file, or those given; a test that hangs is ended. NUMSTORE_TEST_SCALE multiplies the counts.
# What talks to a server runs twice: once on each transport.
set -eu
cd "$(dirname "$0")/.."

run() {
  node --import tsx --test --test-reporter=spec --test-concurrency=2 \
    --test-timeout=$((${NUMSTORE_TEST_SCALE:-1} * 120000)) "$@"
}

if [ $# -gt 0 ]; then
  run "$@"
  exit
fi
failed=0
run $(find test -name '*.test.ts' | sort) || failed=1
echo 'The same on the native transport:'
NUMSTORE_TEST_TRANSPORT=native run test/wire/*.test.ts test/fault/drain.test.ts \
  test/e2e/exercise.test.ts test/e2e/concurrency.test.ts test/e2e/foreign.test.ts test/e2e/client-*.test.ts || failed=1
exit $failed
