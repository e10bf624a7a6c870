#include "server/why/why.h"

#include <gtest/gtest.h>

#include "facts/holder.h"
#include "server/why/remedies.h"

namespace outrider::server {
namespace {

// What is asked and found is tested in test/e2e/why_test.py against a whole server, and in fleet/hindsight; here the
// sentences about what to do.

std::string remedy(std::string_view rule, std::string_view action, std::string_view topic, const DeviceId& holder) {
  return remedy_for({rule, action, topic, holder}).value_or("");
}

TEST(Remedy, NamesTheCommandForTheOneWhoAsked) {
  const DeviceId device("t-1");
  const auto application = facts::holder_of(ApplicationId("billing"));
  EXPECT_EQ(remedy("code-expired", "enrol", "", device), "make a new code: outrider device code t-1");
  EXPECT_EQ(remedy("code-expired", "enrol", "", application), "make a new code: outrider app code billing");
  EXPECT_EQ(remedy("topic-not-granted", "publish", "a/b", application),
            "grant it: outrider app grant billing --publish 'a/b'");
  EXPECT_EQ(remedy("topic-not-granted", "receive", "a/b", application),
            "grant it: outrider app grant billing --subscribe 'a/b'");
  EXPECT_NE(remedy("topic-not-granted", "publish", "x", device).find("profile"), std::string::npos);
  EXPECT_NE(remedy("foreign-topic", "publish", "x", device).find("d/t-1/"), std::string::npos);
}

TEST(Remedy, OfARuleThatHasNoneIsNothing) {
  EXPECT_FALSE(remedy_for({"granted", "publish", "x", DeviceId("t-1")}));
}

TEST(Remedy, TakesBracesInATopicForWhatTheyAre) {
  const auto application = facts::holder_of(ApplicationId("billing"));
  EXPECT_EQ(remedy("topic-not-granted", "publish", "{0}{", application),
            "grant it: outrider app grant billing --publish '{0}{'");
}

}  // namespace
}  // namespace outrider::server
