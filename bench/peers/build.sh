#!/bin/sh
# Builds the peers that can be built here into OUT: what they need is said where it is missing. Usage: build.sh OUT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
proto=$here/../..

if command -v protoc >/dev/null && command -v go >/dev/null; then
  PATH=$PATH:$(go env GOPATH)/bin
  if command -v protoc-gen-go >/dev/null && command -v protoc-gen-go-grpc >/dev/null; then
    mkdir -p "$out/go/pb"
    cp "$here/grpc-go/main.go" "$out/go/"
    protoc -I "$proto" --go_out="$out/go/pb" --go_opt=paths=source_relative,Mnumstore.proto=numstore/pb \
      --go-grpc_out="$out/go/pb" --go-grpc_opt=paths=source_relative,Mnumstore.proto=numstore/pb "$proto/numstore.proto"
    cd "$out/go"
    [ -f go.mod ] || go mod init numstore 2>/dev/null
    go mod tidy 2>/dev/null
    go build -o "$out/peer-go" . && echo "built: grpc-go"
  else
    echo "missing for grpc-go: go install google.golang.org/protobuf/cmd/protoc-gen-go@latest google.golang.org/grpc/cmd/protoc-gen-go-grpc@latest"
  fi
else
  echo "missing for grpc-go: go, protobuf-compiler"
fi

if command -v grpc_cpp_plugin >/dev/null && pkg-config --exists grpc++; then
  mkdir -p "$out/cpp"
  protoc -I "$proto" --cpp_out="$out/cpp" --grpc_out="$out/cpp" --plugin=protoc-gen-grpc="$(command -v grpc_cpp_plugin)" \
    "$proto/numstore.proto"
  g++ -std=c++17 -O2 -DNDEBUG -I "$out/cpp" "$here/cpp/main.cc" "$out"/cpp/*.cc -o "$out/peer-cpp" \
    $(pkg-config --cflags --libs grpc++ protobuf) -pthread && echo "built: gRPC C++"
else
  echo "missing for gRPC C++: libgrpc++-dev, protobuf-compiler-grpc"
fi

if command -v cargo >/dev/null && command -v protoc >/dev/null; then
  cd "$here/rust"
  if CARGO_TARGET_DIR=$out/rust cargo build --release --quiet; then
    cp "$out/rust/release/numstore-peer" "$out/peer-rust" && echo "built: tonic"
  else
    echo "tonic does not build here"
  fi
else
  echo "missing for tonic: cargo, protobuf-compiler"
fi
