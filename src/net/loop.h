#pragma once
// Event loops: one thread each, one per core, nothing shared between them.
//
// A session lives and dies on one loop, so its code has no locks. Loops talk by posting jobs to each other.
// Each loop has its own OpenSSL library context, because the locks inside one are what handshakes on several cores
// would queue up for.
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "base/result.h"

struct ossl_lib_ctx_st;  // OSSL_LIB_CTX of OpenSSL

namespace outrider::net {

// One read takes several TLS records, and at least what was left of one before it (RFC 8446, 5.2: 2^14 + 256 bytes).
inline constexpr std::size_t loop_buffer_bytes = 64 * 1024;

namespace tls {
class Aead;
}
class Poller;

// Something to do when a loop has run everything that was waiting: one write for all that happened meanwhile.
class TurnEnd {
 public:
  virtual void on_turn_end() = 0;

 protected:
  ~TurnEnd() = default;
};

// One event loop without its thread: Loops runs many on threads; a blocking client runs one on its caller's.
// Everything except post() and index() is for the thread that runs it.
class Loop {
 public:
  using Job = std::move_only_function<void()>;

  // Also makes the process ignore SIGPIPE: OpenSSL writes to sockets without MSG_NOSIGNAL, and a peer that goes away
  // is an error value here.
  explicit Loop(std::size_t index = 0);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  std::size_t index() const { return index_; }
  boost::asio::io_context& context() { return context_; }
  boost::asio::io_context::executor_type executor() { return context_.get_executor(); }
  // Runs the job on this loop later; from any thread.
  void post(Job job);
  // True on the thread that runs this loop.
  bool here() const;
  // Scratch space for one read, lent until the reader returns to the loop: sessions hold no buffers of their own.
  std::span<std::uint8_t> buffer() { return buffer_; }
  const std::shared_ptr<ossl_lib_ctx_st>& crypto() const { return crypto_; }
  tls::Aead& aead() { return *aead_; }
  Poller& poller() { return *poller_; }
  // Calls back once, after the handlers that are ready to run at present.
  void at_turn_end(std::shared_ptr<TurnEnd> who);

 private:
  void end_turn();

  std::size_t index_;
  std::shared_ptr<ossl_lib_ctx_st> crypto_;  // before context_: what waits there may hold TLS sessions
  std::unique_ptr<tls::Aead> aead_;
  std::vector<std::uint8_t> buffer_;
  mutable boost::asio::io_context context_;
  std::unique_ptr<Poller> poller_;  // its streams may hold what belongs to context_
  std::vector<std::shared_ptr<TurnEnd>> turn_ends_;
};

// N loops, each running on its own thread from construction until stop().
// Owners of things that live on the loops (servers, brokers) stop those first; stop() then ends the threads.
class Loops {
 public:
  // 0: one per hardware core.
  explicit Loops(std::size_t count = 0);
  // Calls stop().
  ~Loops();
  Loops(const Loops&) = delete;
  Loops& operator=(const Loops&) = delete;

  std::size_t size() const { return loops_.size(); }
  Loop& at(std::size_t index) { return *loops_.at(index); }
  // Each loop in turn; from any thread.
  Loop& next();
  // Runs `job` on every loop and waits until all have run it, or until `deadline` has passed (unavailable).
  // Not to be called on a loop's thread.
  Result<void> run_on_all(std::function<void(Loop&)> job, std::chrono::milliseconds deadline);

  // Lets the loops finish what is posted and pending for at most `grace`, then stops them and joins their threads.
  // Not to be called on a loop's thread. Calling it again does nothing.
  void stop(std::chrono::milliseconds grace = std::chrono::seconds{2});

 private:
  using Guard = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;
  struct Running;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::shared_ptr<Running> running_;
  std::vector<Guard> guards_;
  std::vector<std::jthread> threads_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stopped_{false};
};

}  // namespace outrider::net
