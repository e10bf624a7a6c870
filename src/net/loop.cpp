#include "net/loop.h"

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <csignal>
#include <exception>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "base/precedence.h"
#include "net/poller.h"
#include "net/tls/record/aead.h"
#include "net/tls_detail/library_context.h"

namespace outrider::net {

namespace asio = boost::asio;

namespace {

// Counts threads down to zero, with a deadline.
class Countdown {
 public:
  explicit Countdown(std::size_t count) : left_(count) {}
  void arrive() {
    const std::lock_guard lock(mutex_);
    if (--left_ == 0) zero_.notify_all();
  }
  bool wait_for(std::chrono::milliseconds deadline) {
    std::unique_lock lock(mutex_);
    return zero_.wait_for(lock, deadline, [this] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable zero_;
  std::size_t left_;
};

// A callback that throws is a bug of ours, but no reason to take down every other session of this loop.
void run_guarded(asio::io_context& context) {
  for (;;) {
    try {
      context.run();
      return;
    } catch (const std::exception& problem) {
      log::error("unexpected exception on an event loop", {{"what", problem.what()}});
    }
  }
}

}  // namespace

struct Loops::Running {
  explicit Running(std::size_t count) : left(count) {}
  Countdown left;
};

Loop::Loop(std::size_t index)
    : index_(index),
      crypto_(openssl::borrow_library_context()),
      aead_(std::make_unique<tls::Aead>(crypto_.get())),
      buffer_(loop_buffer_bytes),
      context_(1),
      poller_(std::make_unique<Poller>(context_)) {
  std::signal(SIGPIPE, SIG_IGN);
}

Loop::~Loop() = default;

void Loop::post(Job job) {
  asio::post(context_, std::move(job));
}

void Loop::at_turn_end(std::shared_ptr<TurnEnd> who) {
  if (turn_ends_.empty()) asio::post(context_, [this] { end_turn(); });
  turn_ends_.push_back(std::move(who));
}

void Loop::end_turn() {
  // What they do may want another turn.
  for (const auto& who : std::exchange(turn_ends_, {})) who->on_turn_end();
}

bool Loop::here() const {
  return context_.get_executor().running_in_this_thread();
}

Loops::Loops(std::size_t count) {
  if (count == 0) count = std::max(1U, std::thread::hardware_concurrency());
  running_ = std::make_shared<Running>(count);
  for (std::size_t i = 0; i < count; ++i) {
    loops_.push_back(std::make_unique<Loop>(i));
    guards_.push_back(asio::make_work_guard(loops_.back()->context()));
  }
  for (auto& loop : loops_) {
    threads_.emplace_back([&context = loop->context(), running = running_] {
      ask_for_short_turns();
      run_guarded(context);
      running->left.arrive();
    });
  }
}

Loops::~Loops() {
  stop();
}

Loop& Loops::next() {
  return *loops_[next_.fetch_add(1, std::memory_order_relaxed) % loops_.size()];
}

Result<void> Loops::run_on_all(std::function<void(Loop&)> job, std::chrono::milliseconds deadline) {
  // Shared: a loop that is late still runs its job after we have given up.
  auto shared_job = std::make_shared<std::function<void(Loop&)>>(std::move(job));
  auto left = std::make_shared<Countdown>(loops_.size());
  for (auto& loop : loops_) {
    loop->post([shared_job, left, target = loop.get()] {
      (*shared_job)(*target);
      left->arrive();
    });
  }
  if (!left->wait_for(deadline)) return fail(Errc::unavailable, "timeout", "an event loop did not answer in time");
  return {};
}

void Loops::stop(std::chrono::milliseconds grace) {
  if (stopped_.exchange(true)) return;
  guards_.clear();
  if (!running_->left.wait_for(grace))
    log::warn("event loops still busy at the end of the grace period; stopping them");
  for (auto& loop : loops_) loop->context().stop();
  threads_.clear();  // joins
}

}  // namespace outrider::net
