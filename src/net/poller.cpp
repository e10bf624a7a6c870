#include "net/poller.h"

#include <array>
#include <boost/asio/post.hpp>
#include <thread>
#include <utility>

#include "crypto/openssl.h"

namespace outrider::net {

namespace {

// Sockets served in one turn; what is left comes in the next, after everything else that waits on the loop.
constexpr int turn_events_max = 256;
// Turns that bring less than this are worth gathering; more keep the loop busy anyway.
constexpr int sparse_events = 64;
// Well under what a client notices, and a fifth of the time in which a report has to be durable.
constexpr std::chrono::microseconds turn_interval{1000};
constexpr unsigned generation_shift = 32;

}  // namespace

Poller::Poller(boost::asio::io_context& context) : set_(context, ::epoll_create1(EPOLL_CLOEXEC)) {
  crypto::must(set_.native_handle() >= 0, "epoll_create1");
}
Poller::~Poller() = default;

std::uint64_t Poller::tag_of(Slot slot) const {
  return static_cast<std::uint64_t>(entries_[slot].generation) << generation_shift | slot;
}

Poller::Slot Poller::add(int fd, std::shared_ptr<Pollable> who, std::uint32_t events) {
  if (unused_.empty()) {
    unused_.push_back(static_cast<Slot>(entries_.size()));
    entries_.emplace_back();
  }
  const Slot slot = unused_.back();
  epoll_event event{.events = events, .data = {.u64 = tag_of(slot)}};
  // Fails when the system has no memory or fs.epoll.max_user_watches is reached: the caller's connection is refused.
  if (::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, fd, &event) != 0) return no_slot;
  unused_.pop_back();
  entries_[slot].who = std::move(who);
  ++count_;
  wait();
  return slot;
}

void Poller::change(Slot slot, int fd, std::uint32_t events) const {
  epoll_event event{.events = events, .data = {.u64 = tag_of(slot)}};
  ::epoll_ctl(const_cast<Descriptor&>(set_).native_handle(), EPOLL_CTL_MOD, fd, &event);
}

void Poller::remove(Slot slot, int fd) {
  ::epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, fd, nullptr);
  const auto who = std::move(entries_[slot].who);  // it may be the last reference: nothing below touches the holder
  ++entries_[slot].generation;
  unused_.push_back(slot);
  if (--count_ == 0) set_.cancel();  // a loop without sockets has nothing to wait for
}

void Poller::wait() {
  if (waiting_ || count_ == 0) return;
  waiting_ = true;
  if (paced_) return boost::asio::post(set_.get_executor(), [this] { rest(); });
  set_.async_wait(Descriptor::wait_read, [this](const boost::system::error_code& error) {
    waiting_ = false;
    if (!error) take_turn();
    wait();
  });
}

// Runs after what the turn has caused, such as its answers. A timer instead would not do: the set is registered with
// Asio edge-triggered, and every packet would wake the loop for nothing.
void Poller::rest() {
  std::this_thread::sleep_until(last_turn_ + turn_interval);
  waiting_ = false;
  if (count_ != 0) take_turn();
  wait();
}

void Poller::take_turn() {
  struct Again {  // also when a callback throws
    Poller& poller;
    ~Again() { poller.wait(); }
  } again{*this};
  std::array<epoll_event, turn_events_max> events;
  const int count = ::epoll_wait(set_.native_handle(), events.data(), turn_events_max, 0);
  const auto now = Clock::now();
  paced_ = count > 0 && count < sparse_events && now - std::exchange(last_turn_, now) < 2 * turn_interval;
  for (int i = 0; i < count; ++i) {
    const auto slot = static_cast<Slot>(events[i].data.u64);
    if (tag_of(slot) != events[i].data.u64) continue;  // gone, perhaps in this very turn
    if (const auto who = entries_[slot].who) who->on_ready(events[i].events);
  }
}

}  // namespace outrider::net
