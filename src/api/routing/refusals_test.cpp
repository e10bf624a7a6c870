#include "api/routing/refusals.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/testing/temporary_directory.h"
#include "facts/facts.h"
#include "store/database.h"

namespace outrider::api {
namespace {

class RefusalsTest : public testing::Test {
 protected:
  void SetUp() override { database_ = store::Database::open({.file = directory_ / "db"}).value(); }
  template <class Fact>
  void apply(const Fact& fact) {
    const auto draft = ledger::draft_of(FleetId("acme"), {ledger::SubjectKind::device, "t-1"}, fact);
    ledger::Entry entry;
    entry.kind = draft.kind;
    entry.fleet = draft.fleet;
    entry.content_type = draft.content_type;
    entry.payload = draft.payload;
    fleet::DecodedEntry decoded(std::move(entry));
    auto session = database_->begin().value();
    ASSERT_TRUE(refusals_.apply(session, decoded));
  }

  testing_support::TemporaryDirectory directory_;
  std::unique_ptr<store::Database> database_;
  Refusals refusals_;
};

TEST_F(RefusalsTest, EveryKindOfRefusalIsShownNewestFirst) {
  apply(facts::AccessRefused{.device = "t-1",
                             .action = "publish",
                             .object = "d/t-2/telemetry",
                             .rule = "not-own",
                             .detail = "no",
                             .count = 3});
  apply(facts::EnrolmentRefused{.device = "t-2", .reason = "code-used", .detail = "used", .address = "192.0.2.1:1"});
  apply(facts::ReportRefused{.device = DeviceId("t-3"), .topic = "d/t-3/telemetry", .reason = "wrong-unit"});
  EXPECT_TRUE(refusals_.newest().empty()) << "not before the transaction";
  refusals_.committed();
  const auto seen = refusals_.newest();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].action, "report");
  EXPECT_EQ(seen[1].action, "enrol");
  EXPECT_EQ(seen[1].address, "192.0.2.1:1");
  EXPECT_EQ(seen[2].count, 3U);
  EXPECT_EQ(seen[2].detail, "d/t-2/telemetry: no");
}

TEST_F(RefusalsTest, ABatchThatIsGivenUpLeavesNothing) {
  apply(facts::EnrolmentRefused{.device = "t-2", .reason = "code-used"});
  refusals_.rolled_back();
  refusals_.committed();
  EXPECT_TRUE(refusals_.newest().empty());
}

TEST_F(RefusalsTest, OnlyTheLastAreKept) {
  for (int i = 0; i < 50; ++i) apply(facts::EnrolmentRefused{.device = fmt::format("t-{}", i), .reason = "x"});
  refusals_.committed();
  ASSERT_EQ(refusals_.newest().size(), Refusals::kept_max);
  EXPECT_EQ(refusals_.newest().front().device, "t-49");
}

}  // namespace
}  // namespace outrider::api
