#!/bin/sh
# Compiles what ships into dist/, and lays beside it what is read as it stands. The same for another project of tsc and
# its folder: build.sh PROJECT FOLDER.
set -eu
cd "$(dirname "$0")/.."
project=${1:-tsconfig.build.json}
out=${2:-dist}
rm -rf "$out"
node_modules/.bin/tsc -p "$project"
mkdir -p "$out/server/factorial/engine" "$out/server/telemetry/live/page"
cp generated/descriptors.binpb "$out/generated/"
cp server/factorial/engine/engine.wasm "$out/server/factorial/engine/"
cp server/telemetry/live/page/*.html server/telemetry/live/page/*.css server/telemetry/live/page/*.js "$out/server/telemetry/live/page/"
