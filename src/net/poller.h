#pragma once
// Readiness of many sockets on one loop, for almost nothing: 40 bytes a socket and no system call for a wait.
//
// Asio keeps a state, a queue and a pending operation for each descriptor, and makes a system call for every wait. Here
// a socket is registered once, level-triggered, in an epoll set of our own; Asio waits for that set alone. One event of
// the set then serves every socket that is ready: a turn.
//
// While sockets become ready one by one, but often, the loop sleeps between two turns so that they are a millisecond
// apart: waking up for each of them would cost many times what it brings (bench versus, 10,000 reports a second). What
// comes after a silence is served at once.
#include <sys/epoll.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace outrider::net {

class Pollable {
 public:
  // `events` are EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR.
  virtual void on_ready(std::uint32_t events) = 0;

 protected:
  ~Pollable() = default;
};

// Belongs to one loop.
class Poller {
 public:
  using Slot = std::uint32_t;
  static constexpr Slot no_slot = UINT32_MAX;

  explicit Poller(boost::asio::io_context& context);
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Keeps `who` alive until remove(), which must come before the descriptor is closed.
  Slot add(int fd, std::shared_ptr<Pollable> who, std::uint32_t events);
  void change(Slot slot, int fd, std::uint32_t events) const;
  void remove(Slot slot, int fd);

 private:
  using Descriptor = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;
  struct Entry {
    std::shared_ptr<Pollable> who;
    // Events of a turn that were meant for the slot's last holder are told apart by it.
    std::uint32_t generation = 0;
  };

  std::uint64_t tag_of(Slot slot) const;
  using Clock = std::chrono::steady_clock;

  void wait();
  void rest();
  void take_turn();

  Descriptor set_;
  Clock::time_point last_turn_;
  bool paced_ = false;  // the last turn came soon after the one before it, and brought little
  std::vector<Entry> entries_;
  std::vector<Slot> unused_;
  std::size_t count_ = 0;
  bool waiting_ = false;
};

}  // namespace outrider::net
