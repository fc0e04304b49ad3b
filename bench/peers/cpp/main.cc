// NumStore's SetNum and Fact in C++ (callback API): the logic of the exercise behind one mutex, a peer for benchmarks.
#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <cstdio>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "numstore.grpc.pb.h"

namespace {

constexpr std::size_t kCacheMax = 10;

class Store final : public NumStore::CallbackService {
  grpc::ServerUnaryReactor* SetNum(grpc::CallbackServerContext* context, const SetNumRequest* request,
                                   SetNumResponse* response) override {
    {
      std::lock_guard<std::mutex> guard(mutex_);
      std::int64_t& value = values_[request->key()];
      total_ += request->value() - value;
      value = request->value();
      response->set_total(total_);
    }
    return Ok(context);
  }

  grpc::ServerUnaryReactor* Fact(grpc::CallbackServerContext* context, const FactRequest* request,
                                 FactResponse* response) override {
    {
      std::lock_guard<std::mutex> guard(mutex_);
      Answer(request->key(), response);
    }
    return Ok(context);
  }

  void Answer(const std::string& key, FactResponse* response) {
    const auto found = values_.find(key);
    if (found == values_.end() || found->second < 0 || found->second > 20) {
      response->set_error("there is no factorial to answer");
      return;
    }
    const std::int64_t n = found->second;
    const auto hit = cached_.find(n);
    if (hit != cached_.end()) {
      order_.splice(order_.begin(), order_, hit->second);
      response->set_value(hit->second->second);
      response->set_hit(true);
      return;
    }
    std::int64_t value = 1;
    for (std::int64_t factor = 2; factor <= n; ++factor) value *= factor;
    order_.emplace_front(n, value);
    cached_[n] = order_.begin();
    if (order_.size() > kCacheMax) {
      cached_.erase(order_.back().first);
      order_.pop_back();
    }
    response->set_value(value);
  }

  static grpc::ServerUnaryReactor* Ok(grpc::CallbackServerContext* context) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  std::mutex mutex_;
  std::unordered_map<std::string, std::int64_t> values_;
  std::int64_t total_ = 0;
  std::list<std::pair<std::int64_t, std::int64_t>> order_;
  std::unordered_map<std::int64_t, std::list<std::pair<std::int64_t, std::int64_t>>::iterator> cached_;
};

}  // namespace

int main(int, char** arguments) {
  Store store;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(std::string("127.0.0.1:") + arguments[1], grpc::InsecureServerCredentials());
  builder.RegisterService(&store);
  const auto server = builder.BuildAndStart();
  std::printf("gRPC C++ %s, callback API\n", grpc::Version().c_str());
  std::fflush(stdout);
  server->Wait();
}
