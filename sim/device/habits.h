#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "sim/model/world/random.h"

namespace outrider::sim {

// What happens to a device now and then beside reporting, each at its own average pace with plenty of chance.
class Habits {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Event : std::uint8_t { renew, roam, nap };

  struct Paces {  // nothing: never
    std::optional<std::chrono::milliseconds> renew;
    std::optional<std::chrono::milliseconds> roam;
    std::optional<std::chrono::milliseconds> nap;
  };

  // The first of each falls anywhere within its pace, so that a fleet that starts together does not act together.
  void begin(const Paces& paces, Clock::time_point now, Random& random) {
    paces_ = paces;
    renew_at_ = after(paces.renew, now, 0.05, 1, random);
    roam_at_ = after(paces.roam, now, 0.05, 1, random);
    nap_at_ = after(paces.nap, now, 0.05, 1, random);
  }
  // What is due, one at a time; the next of its kind is drawn.
  std::optional<Event> take(Clock::time_point now, Random& random) {
    if (next() > now) return std::nullopt;
    if (renew_at_ <= now) {
      renew_at_ = after(paces_.renew, now, 0.5, 1.5, random);
      return Event::renew;
    }
    if (roam_at_ <= now) {
      roam_at_ = after(paces_.roam, now, 0.5, 1.5, random);
      return Event::roam;
    }
    nap_at_ = after(paces_.nap, now, 0.5, 1.5, random);
    return Event::nap;
  }
  Clock::time_point next() const { return std::min({renew_at_, roam_at_, nap_at_}); }

 private:
  static Clock::time_point after(std::optional<std::chrono::milliseconds> pace, Clock::time_point now, double least,
                                 double most, Random& random) {
    if (!pace) return Clock::time_point::max();
    const auto ms = static_cast<double>(pace->count()) * random.between(least, most);
    return now + std::chrono::milliseconds{static_cast<std::int64_t>(ms)};
  }

  Paces paces_;
  Clock::time_point renew_at_ = Clock::time_point::max();
  Clock::time_point roam_at_ = Clock::time_point::max();
  Clock::time_point nap_at_ = Clock::time_point::max();
};

}  // namespace outrider::sim
