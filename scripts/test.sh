#!/bin/sh
# Runs every test file, or those given; a test that hangs is ended. NUMSTORE_TEST_SCALE multiplies the counts.
# What talks to a server runs twice: once on each transport. Programs that tests start are started as they ship, and the
# tests are compiled too: as sources, each file and each thread that it starts would load a compiler of its own.
# The long suite (a scale of 10 or more) writes its result to docs/test-long.md.
set -eu
cd "$(dirname "$0")/.."
scale=${NUMSTORE_TEST_SCALE:-1}
sh scripts/build.sh tsconfig.test.json dist-test &
tests=$!
npm run build --silent
wait $tests

run() {
  node --enable-source-maps --import ./dist-test/test/support/exit-guard.js \
    --test --test-reporter=spec --test-reporter-destination=stdout "$@"
}
compiled() { # the compiled files of the test files on stdin
  sed 's|^\(\./\)\{0,1\}test/|dist-test/test/|; s|\.ts$|.js|'
}
# Files that wait leave room for a third on two cores.
limits="--test-concurrency=3 --test-timeout=$((scale * 120000))"

if [ $# -gt 0 ]; then
  run $limits $(printf '%s\n' "$@" | compiled)
  exit
fi
recorded=$(mktemp)
trap 'rm -f "$recorded"' EXIT
record() { # HEADING: to docs/test-long.md goes what the last run recorded
  [ "$scale" -lt 10 ] || { printf '## %s\n\n' "$1"; node --import tsx scripts/record.ts "$recorded"; } >> docs/test-long.md
}
[ "$scale" -lt 10 ] || cat > docs/test-long.md <<'HEAD'
# The long suite

`npm run test:long` runs every test of `npm test` at the counts that the promises name (`NUMSTORE_TEST_SCALE=10`), and writes this
file. `npm run bench` is the other thing that is too long for every change; its results are in `bench/results`, and so are those of
`npm run soak`, half an hour under a steady load, and of `npm run abuse`, attacks at full strength.

HEAD
# Only then: a run on Node 24 with two reporters stopped in the middle once, for a reason that was not found.
recorder=
[ "$scale" -lt 10 ] || recorder="--test-reporter=junit --test-reporter-destination=$recorded"
failed=0
run $recorder $limits $(find test -name '*.test.ts' | sort | compiled) || failed=1
record 'Everything, with grpc-js where a server is talked to'
echo 'The same on the native transport:'
on_both='test/wire/[^/]+|test/fault/drain|test/e2e/(exercise|concurrency|foreign|metrics|client-run|process|security|warm-up)'
# What is about the service and not about how calls reach it runs here in the long suite only: all that start a server.
[ "$scale" -lt 10 ] || on_both="$on_both|test/.*"
files=$(grep -lrE 'support/(server|stack|metrics)\.ts' test --include='*.test.ts' | grep -E "^($on_both)\.test\.ts$" | sort | compiled)
NUMSTORE_TEST_TRANSPORT=native run $recorder $limits $files || failed=1
record 'What talks to a server, on the native transport'
exit $failed
