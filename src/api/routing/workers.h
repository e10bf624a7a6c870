#pragma once
// Threads for what may block: SQL, reading tiles, waiting for durability. Handlers of routes run here, so that they are
// plain functions and the event loops stay free.
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "net/await.h"
#include "net/http/http.h"

namespace outrider::api {

// Lets one in at a time: whoever holds the pass is inside. Thread-safe; passes may outlive the gate.
class Gate {
 public:
  using Pass = std::shared_ptr<void>;
  // Empty when somebody is inside.
  Pass enter() {
    const std::lock_guard lock(mutex_);
    if (!inside_.expired()) return {};
    auto pass = std::make_shared<int>(0);
    inside_ = pass;
    return pass;
  }

 private:
  std::mutex mutex_;
  std::weak_ptr<void> inside_;
};

class Workers {
 public:
  // Each waits for disk most of the time; SQLite has two reading connections, so more gain nothing.
  static constexpr std::size_t threads = 8;

  Workers() : pool_(threads) {}
  // Lets what is running end.
  ~Workers() { pool_.join(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // A verification reads the whole disk: two at a time would only take twice as long.
  Gate verification;
  // A replay holds the state of a fleet's every device a second time.
  Gate replay;

  // Runs `work` on a worker some time; nobody waits for it.
  void start(std::move_only_function<void()> work) { boost::asio::post(pool_, std::move(work)); }

  // Runs `work` on a worker and continues where the caller was.
  template <class T>
  net::Awaitable<Result<T>> run(std::function<Result<T>()> work) {
    co_return co_await net::await_done<T>([this, work = std::move(work)](auto done) mutable {
      boost::asio::post(pool_, [work = std::move(work), done = std::move(done)]() mutable { done(work()); });
    });
  }

 private:
  boost::asio::thread_pool pool_;
};

}  // namespace outrider::api
