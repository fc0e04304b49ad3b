// SetNum, Fact and FactExact by gRPC C++: each answer is a line on stdout. Usage: cpp-client PORT
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>

#include "numstore.grpc.pb.h"

namespace {

// No call may outlast the test.
void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
}

void Require(const grpc::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%d %s\n", static_cast<int>(status.error_code()), status.error_message().c_str());
  std::exit(1);
}

void SetNum(NumStore::Stub& stub, std::int64_t value) {
  grpc::ClientContext context;
  SetDeadline(context);
  SetNumRequest request;
  request.set_key("cpp");
  request.set_value(value);
  SetNumResponse response;
  Require(stub.SetNum(&context, request, &response));
  std::printf("total %lld\n", static_cast<long long>(response.total()));
}

void Fact(NumStore::Stub& stub, const std::string& key) {
  grpc::ClientContext context;
  SetDeadline(context);
  FactRequest request;
  request.set_key(key);
  FactResponse response;
  Require(stub.Fact(&context, request, &response));
  std::printf("fact %lld %s %s\n", static_cast<long long>(response.value()), response.hit() ? "true" : "false",
              response.error().empty() ? "false" : "true");
}

// Appends all the bytes of a factorial to `bytes`.
grpc::Status FactExact(NumStoreExtended::Stub& stub, const std::string& key, std::string& bytes) {
  grpc::ClientContext context;
  SetDeadline(context);
  FactExactRequest request;
  request.set_key(key);
  const auto reader = stub.FactExact(&context, request);
  FactExactChunk chunk;
  while (reader->Read(&chunk)) bytes += chunk.chunk();
  return reader->Finish();
}

}  // namespace

int main(int, char** arguments) {
  const auto channel =
      grpc::CreateChannel(std::string("127.0.0.1:") + arguments[1], grpc::InsecureChannelCredentials());
  const auto stub = NumStore::NewStub(channel);
  const auto extended = NumStoreExtended::NewStub(channel);
  using Limits = std::numeric_limits<std::int64_t>;
  for (const std::int64_t value : {std::int64_t{1}, Limits::min(), Limits::max(), std::int64_t{5}}) {
    SetNum(*stub, value);
  }
  for (const char* key : {"cpp", "cpp", "none"}) Fact(*stub, key);
  SetNum(*stub, 100'000);
  std::string bytes;
  Require(FactExact(*extended, "cpp", bytes));
  std::printf("exact ");
  for (const unsigned char byte : bytes) std::printf("%02x", byte);
  std::printf("\nrefused %d\n", static_cast<int>(FactExact(*extended, "none", bytes).error_code()));
  SetNum(*stub, 0);
}
