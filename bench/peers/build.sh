#!/bin/sh
# Builds the peers that can be built here into OUT: what they need is said where it is missing. Usage: build.sh OUT
# grpc-go twice: as Debian packages it, and the current one with whatever Go there is. All on Debian: apt-get install golang-go
# golang-google-grpc-dev golang-goprotobuf-dev g++ pkg-config libgrpc++-dev protobuf-compiler protobuf-compiler-grpc
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
proto=$(cd "$here/../.." && pwd)

# What the steps of one say is kept for when it fails.
attempt() { # FUNCTION NAME
  # In the background: inside a condition the shell would not stop at a step that fails.
  ("$1") >"$out/$1.log" 2>&1 &
  if wait $!; then echo "built: $2"; else echo "$2 does not build here: see $out/$1.log"; fi
}

debian_go=/usr/lib/go-1.19/bin/go
grpc_go_of_debian() {
  export GO111MODULE=off GOTOOLCHAIN=local GOFLAGS= GOPATH="$out/debian-go:/usr/share/gocode"
  unset GOROOT
  mkdir -p "$out/debian-go/src/numstore/pb"
  cp "$here/grpc-go/main.go" "$out/debian-go/src/numstore/"
  $debian_go build -o "$out/debian-go/bin/protoc-gen-go" github.com/golang/protobuf/protoc-gen-go
  PATH=$out/debian-go/bin:$PATH protoc -I "$proto" "$proto/numstore.proto" \
    --go_out="plugins=grpc,paths=source_relative,Mnumstore.proto=numstore/pb:$out/debian-go/src/numstore/pb"
  $debian_go build -o "$out/peer-go-debian" numstore
}
if command -v protoc >/dev/null && [ -x $debian_go ] && [ -d /usr/share/gocode/src/google.golang.org/grpc ]; then
  attempt grpc_go_of_debian "Debian's grpc-go"
else
  echo "missing for Debian's grpc-go: golang-go, golang-google-grpc-dev, golang-goprotobuf-dev, protobuf-compiler"
fi

grpc_go() {
  export GOBIN="$out/go/bin"
  go install google.golang.org/protobuf/cmd/protoc-gen-go@latest
  go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@latest
  mkdir -p "$out/go/pb"
  cp "$here/grpc-go/main.go" "$out/go/"
  PATH=$GOBIN:$PATH protoc -I "$proto" "$proto/numstore.proto" \
    --go_out="$out/go/pb" --go_opt=paths=source_relative,Mnumstore.proto=numstore/pb \
    --go-grpc_out="$out/go/pb" --go-grpc_opt=paths=source_relative,Mnumstore.proto=numstore/pb
  cd "$out/go"
  [ -f go.mod ] || go mod init numstore
  go mod tidy
  go build -o "$out/peer-go" .
}
if command -v protoc >/dev/null && command -v go >/dev/null; then
  attempt grpc_go 'current grpc-go'
else
  echo 'missing for current grpc-go: go, protobuf-compiler'
fi

grpc_cpp() {
  mkdir -p "$out/cpp"
  protoc -I "$proto" --cpp_out="$out/cpp" --grpc_out="$out/cpp" --plugin=protoc-gen-grpc="$(command -v grpc_cpp_plugin)" \
    "$proto/numstore.proto"
  g++ -std=c++17 -O2 -DNDEBUG -I "$out/cpp" "$here/cpp/main.cc" "$out"/cpp/*.cc -o "$out/peer-cpp" \
    $(pkg-config --cflags --libs grpc++ protobuf) -pthread
}
if command -v grpc_cpp_plugin >/dev/null && pkg-config --exists grpc++; then
  attempt grpc_cpp 'gRPC C++'
else
  echo 'missing for gRPC C++: g++, pkg-config, libgrpc++-dev, protobuf-compiler-grpc'
fi

grpc_rust() {
  cd "$here/rust"
  CARGO_TARGET_DIR=$out/rust cargo build --release --quiet
  cp "$out/rust/release/numstore-peer" "$out/peer-rust"
}
if command -v cargo >/dev/null && command -v protoc >/dev/null; then
  attempt grpc_rust 'tonic'
else
  echo 'missing for tonic: cargo, protobuf-compiler'
fi
