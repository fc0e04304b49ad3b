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
# The commands of the client have nothing to do with it; the long suite runs them here, too, all the same.
commands=
[ "${NUMSTORE_TEST_SCALE:-1}" -lt 10 ] || commands=$(find test/e2e -name 'client-[!r]*.test.ts')
NUMSTORE_TEST_TRANSPORT=native run test/wire/*.test.ts test/fault/drain.test.ts test/e2e/exercise.test.ts \
  test/e2e/concurrency.test.ts test/e2e/foreign.test.ts test/e2e/client-run.test.ts $commands || failed=1
exit $failed
