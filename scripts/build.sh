#!/bin/sh
# Compiles what ships into dist/, and lays beside it what is read as it stands.
set -eu
cd "$(dirname "$0")/.."
rm -rf dist
npx --no-install tsc -p tsconfig.build.json
mkdir -p dist/server/factorial/engine dist/server/live/page
cp generated/descriptors.binpb dist/generated/
cp server/factorial/engine/engine.wasm dist/server/factorial/engine/
cp server/live/page/*.html server/live/page/*.css server/live/page/*.js dist/server/live/page/
