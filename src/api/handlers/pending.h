#pragma once
// Waiting on a worker for what completes on a thread of the ledger.
#include <future>
#include <memory>
#include <utility>

#include "base/result.h"
#include "fleet/registry/registry.h"

namespace outrider::api {

// Pending<void> done; registry.revoke(…, done.callback()); CHECK(done.wait());
// The callback is called exactly once by contract, so waiting needs no deadline of its own.
template <class T>
class Pending {
 public:
  auto callback() {
    return [promise = std::make_shared<std::promise<Result<T>>>(std::move(promise_))](Result<T> result) mutable {
      promise->set_value(std::move(result));
    };
  }
  Result<T> wait() { return future_.get(); }

 private:
  std::promise<Result<T>> promise_;
  std::future<Result<T>> future_ = promise_.get_future();
};

inline fleet::Registry::Run run_of(bool dry_run) {
  return dry_run ? fleet::Registry::Run::dry : fleet::Registry::Run::real;
}

}  // namespace outrider::api
