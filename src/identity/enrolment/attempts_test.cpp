#include "identity/enrolment/attempts.h"

#include <gtest/gtest.h>

namespace outrider::identity {
namespace {

using namespace std::chrono_literals;

const Timestamp start = from_micros(1'700'000'000'000'000);

TEST(Attempts, TheFirstFailuresAreFreeThenEachDoublesTheWait) {
  Attempts attempts;
  for (unsigned i = 0; i < free_failures_device; ++i) {
    EXPECT_EQ(attempts.wait("t-1", "192.0.2.1:1", start), 0s);
    attempts.failed("t-1", "192.0.2.1:1", start);
  }
  EXPECT_EQ(attempts.wait("t-1", "192.0.2.1:2", start), 1s);
  attempts.failed("t-1", "192.0.2.1:1", start);
  EXPECT_EQ(attempts.wait("t-1", "192.0.2.1:1", start), 2s);
  EXPECT_EQ(attempts.wait("t-1", "192.0.2.1:1", start + 2s), 0s);
  for (int i = 0; i < 20; ++i) attempts.failed("t-1", "192.0.2.1:1", start);
  EXPECT_EQ(attempts.wait("t-1", "192.0.2.1:1", start), back_off_max);
}

TEST(Attempts, OtherDevicesBehindTheSameAddressHaveMorePatience) {
  Attempts attempts;
  for (unsigned i = 0; i < free_failures_address; ++i) {
    EXPECT_EQ(attempts.wait("honest", "192.0.2.1:1", start), 0s);
    attempts.failed("t-" + std::to_string(i), "192.0.2.1:1", start);
  }
  EXPECT_EQ(attempts.wait("honest", "192.0.2.1:1", start), 1s);
  EXPECT_EQ(attempts.wait("honest", "192.0.2.2:1", start), 0s);
}

TEST(Attempts, AreForgottenAfterSuccessAndAfterAnHour) {
  Attempts attempts;
  for (int i = 0; i < 10; ++i) attempts.failed("t-1", "192.0.2.1:1", start);
  attempts.succeeded("t-1", "192.0.2.1:1");
  EXPECT_EQ(attempts.wait("t-1", "192.0.2.1:1", start), 0s);
  for (int i = 0; i < 10; ++i) attempts.failed("t-1", "192.0.2.1:1", start);
  attempts.failed("t-1", "192.0.2.1:1", start + 61min);
  EXPECT_EQ(attempts.wait("t-1", "192.0.2.1:1", start + 61min), 0s);
}

TEST(Attempts, AreRememberedInBoundedSpace) {
  Attempts attempts;
  for (std::size_t i = 0; i < attempt_entries_max + 100; ++i)
    attempts.failed("t-" + std::to_string(i), "192.0.2.1:1", start);
  EXPECT_LE(attempts.size(), attempt_entries_max);
}

}  // namespace
}  // namespace outrider::identity
