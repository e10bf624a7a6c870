#pragma once
#include <atomic>
#include <boost/describe.hpp>
#include <cstdint>

namespace outrider::sim {

// What a run has done so far. Written by the loops, read by whoever shows it.
struct Counters {
  std::atomic<std::uint64_t> enrolled{0};      // devices with a certificate, from earlier runs too
  std::atomic<std::uint64_t> enrolled_now{0};  // certificates got in this run
  std::atomic<std::uint64_t> enrol_left{0};    // devices that still have to try
  std::atomic<std::uint64_t> online{0};
  std::atomic<std::uint64_t> sent{0};  // different reports; sending one again does not count
  std::atomic<std::uint64_t> acknowledged{0};
  std::atomic<std::uint64_t> refused{0};          // enrolments, connections and reports the server said no to
  std::atomic<std::uint64_t> reconnects{0};       // times a device came online again
  std::atomic<std::uint64_t> missed{0};           // reports not made because the device was offline or had no room
  std::atomic<std::uint64_t> renewals{0};         // new certificates in use
  std::atomic<std::uint64_t> renewals_failed{0};  // the old one stays
  std::atomic<std::uint64_t> roams{0};            // connections left for one from another address
  std::atomic<std::uint64_t> resumed{0};          // connections that came back with a ticket (TLS 1.3 resumption)
  std::atomic<std::uint64_t> naps{0};             // times a device was switched off
  std::atomic<std::uint64_t> storms{0};           // times all devices were cut off at once, counted by each loop
  std::atomic<std::uint64_t> messages{0};         // what came on subscriptions
  std::atomic<std::uint64_t> ended{0};            // devices that have said goodbye
};

// The last line of a run, and the status file. Keys are a promise to scripts.
struct Summary {
  std::uint64_t devices_enrolled = 0;
  std::uint64_t devices_online = 0;
  std::uint64_t reports_sent = 0;
  std::uint64_t reports_acknowledged = 0;
  std::uint64_t refused = 0;
  std::uint64_t reconnects = 0;
  double enrol_seconds = 0;
  double enrolments_per_second = 0;
  std::uint64_t reports_missed = 0;
  std::uint64_t renewals = 0;
  std::uint64_t renewals_failed = 0;
  std::uint64_t roams = 0;
  std::uint64_t resumed = 0;
  std::uint64_t naps = 0;
  std::uint64_t messages_received = 0;
};
BOOST_DESCRIBE_STRUCT(Summary, (),
                      (devices_enrolled, devices_online, reports_sent, reports_acknowledged, refused, reconnects,
                       enrol_seconds, enrolments_per_second, reports_missed, renewals, renewals_failed, roams, resumed,
                       naps, messages_received))

}  // namespace outrider::sim
