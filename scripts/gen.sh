#!/bin/sh
# Generates what is committed but written by nobody: generated/ from the .proto files (ts-proto's TypeScript and the
# descriptor set that reflection serves), and the factorial engine's WebAssembly from its AssemblyScript.
# This is the only place that knows how. With --check nothing is written: it fails if the committed output differs.
set -eu
cd "$(dirname "$0")/.."

# A clean clone has nothing installed, and `npm run gen` must work there as it stands.
if [ ! -x node_modules/.bin/buf ] || [ ! -x node_modules/.bin/asc ]; then
  npm ci --no-audit --no-fund
fi

case "${1:-}" in
  '') out=. ;;
  --check) out=$(mktemp -d); trap 'rm -rf "$out"' EXIT ;;
  *) echo "gen.sh: Expected --check or nothing, got $1" >&2; exit 2 ;;
esac

# In place, whatever is no longer generated must go.
[ "$out" != . ] || rm -rf generated
mkdir -p "$out/generated"
node_modules/.bin/buf generate --output "$out"
# The class of a client is made by a call. Marked as pure, it stays out of bundles that use the messages alone.
find "$out/generated" -name '*.ts' | while read -r file; do
  sed 's|= makeGenericClientConstructor(|= /* @__PURE__ */ makeGenericClientConstructor(|' "$file" > "$file.tmp"
  mv "$file.tmp" "$file"
done
node_modules/.bin/buf build --output "$out/generated/descriptors.binpb"

engine=server/factorial/engine/engine.wasm
mkdir -p "$out/${engine%/*}"
sh scripts/gen-engine.sh "$out/$engine"

[ "$out" != . ] || exit 0
if ! diff -r generated "$out/generated" || ! cmp "$engine" "$out/$engine"; then
  echo "gen.sh: generated code is out of date: run npm run gen and commit the result" >&2
  exit 1
fi
echo "generated code is in step with its sources"
