// Revocation lists of the CAs behind anchors.
#include "fleet/ways_in/lists.h"

#include <gtest/gtest.h>

#include "crypto/x509/issue.h"
#include "fleet/testing/house_suite.h"

namespace outrider::fleet {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using facts::EnrolmentRight;
using facts::WhenStale;

class ListsTest : public HouseSuite {
 protected:
  ListsTest() {
    EXPECT_TRUE(op().create_fleet());
    EXPECT_TRUE(op().add_device("t-1"));
    EXPECT_EQ(add_anchor("old"), "");
  }
  std::string add_anchor(const std::string& name) {
    Answer<> answer;
    registry().add_anchor(demo,
                          {.anchor = name,
                           .role = facts::AnchorRole::device_ca,
                           .certificate = ca_.der,
                           .device_id_from = "cn",
                           .by = "test"},
                          answer.callback());
    return reason(answer.get());
  }
  std::string remove_anchor(const std::string& name) {
    Answer<> answer;
    registry().remove_anchor(demo, {.anchor = name, .why = "old", .by = "test"}, answer.callback());
    return reason(answer.get());
  }
  struct ListOptions {
    std::string anchor = "old";
    Timestamp::duration life = 24h;
    WhenStale when_stale = WhenStale::refuse;
    Registry::Run run = Registry::Run::real;
  };
  std::string take(const std::string& number, std::vector<ForeignRevoked> revoked, const ListOptions& with) {
    Answer<> answer;
    registry().take_list(demo,
                         {.anchor = with.anchor,
                          .number = number,
                          .this_update = clock_.now() - 1h,
                          .next_update = clock_.now() + with.life,
                          .revoked = revoked.size(),
                          .when_stale = with.when_stale,
                          .by = "test"},
                         std::move(revoked), answer.callback(), with.run);
    return reason(answer.get());
  }
  std::string take(const std::string& number, std::vector<ForeignRevoked> revoked = {}) {
    return take(number, std::move(revoked), ListOptions());
  }
  // The other CA's certificate itself becomes an identity.
  std::string see(const std::string& serial, char key, const std::string& presented,
                  const std::string& anchor = "old") {
    auto fact = certificate("t-1", serial, key, {}, clock_.now());
    fact.code_hash.reset();
    fact.right = EnrolmentRight::foreign;
    fact.anchor = anchor;
    fact.presented = presented;
    return reason(op().issue(fact));
  }
  std::string admit(const std::string& serial) {
    const auto admitted = registry().admit(demo, DeviceId("t-1"), serial, "");
    return admitted ? "" : admitted.error().reason;
  }
  std::string check(const std::string& serial, const std::string& anchor = "old") {
    return reason(registry().check_list(demo, anchor, serial));
  }
  std::optional<ListStanding> standing() { return registry().list_of(demo, "old").value(); }

  const crypto::Certificate ca_ = [this] {
    const auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
    return *crypto::issue_self_signed({.common_name = "Old",
                                       .key = key.public_key(),
                                       .not_before = clock_.now() - 1h,
                                       .not_after = clock_.now() + 24h * 300,
                                       .authority = true},
                                      key);
  }();
};

TEST_F(ListsTest, WhatItsCaHasRevokedIsRefusedAndItsSessionsEndAlsoAfterARestart) {
  ASSERT_EQ(see("f1", 'a', "1000"), "");
  EXPECT_EQ(admit("f1"), "");
  std::vector<std::string> expelled;
  registry().on_expel([&](const FleetId&, const DeviceId&, const std::string& serial, const std::string& why) {
    expelled.push_back(serial + " " + why);
  });
  ASSERT_EQ(take("7", {{"1000", "f1"}, {"1001", "f2"}}), "");
  EXPECT_EQ(expelled, std::vector<std::string>{"f1 identity-revoked"});
  const auto expect_refused = [&] {
    EXPECT_EQ(admit("f1"), "identity-revoked") << "it was in use";
    EXPECT_EQ(see("f2", 'b', "1001"), "revoked-by-its-ca") << "it was never seen";
    EXPECT_EQ(check("1001"), "revoked-by-its-ca");
    EXPECT_EQ(check("1002"), "");
    EXPECT_EQ(standing()->number, "7");
    EXPECT_EQ(standing()->revoked, 2U);
  };
  expect_refused();
  house_->follow();
  restart();
  expect_refused();
  lose_database();
  expect_refused();
}

TEST_F(ListsTest, NumbersOnlyRise) {
  ASSERT_EQ(take("ff", {{"1000", "f1"}}), "");
  EXPECT_EQ(take("ff"), "list-older");
  EXPECT_EQ(take("fe"), "list-older");
  EXPECT_EQ(take("9"), "list-older") << "shorter is lower";
  EXPECT_EQ(take("100"), "");
  EXPECT_EQ(check("1000"), "revoked-by-its-ca") << "a list that has it no more does not bring it back";
}

TEST_F(ListsTest, OneThatHasRunOutOrIsOfNobodyIsNotTaken) {
  EXPECT_EQ(take("1", {}, {.life = 0h}), "list-expired");
  EXPECT_EQ(take("1", {}, {.anchor = "new"}), "unknown-anchor");
  EXPECT_EQ(take("1", {}, {.run = Registry::Run::dry}), "");
  EXPECT_FALSE(standing()) << "a dry run takes nothing";
  EXPECT_EQ(take("1", {}, {.life = 0h, .run = Registry::Run::dry}), "list-expired") << "and promises nothing";
}

TEST_F(ListsTest, OnceItHasRunOutTheCaIsNotBelievedUntilTheNextOneComes) {
  ASSERT_EQ(see("f1", 'a', "1000"), "");
  clock_.advance(24h);
  EXPECT_EQ(admit("f1"), "") << "nobody said that there would be lists";
  ASSERT_EQ(take("1"), "");
  EXPECT_EQ(admit("f1"), "");
  clock_.advance(24h);
  const auto expect_stale = [&] {
    EXPECT_EQ(admit("f1"), "list-stale");
    EXPECT_EQ(see("f2", 'b', "1001"), "list-stale");
    EXPECT_EQ(check("1001"), "list-stale");
    EXPECT_TRUE(standing()->stale);
  };
  expect_stale();
  house_->follow();
  restart();
  expect_stale();
  ASSERT_EQ(take("2"), "");
  EXPECT_EQ(admit("f1"), "");
  EXPECT_EQ(see("f2", 'b', "1001"), "");
}

TEST_F(ListsTest, AnOperatorMayHaveTheOthersAcceptedAfterItsTime) {
  ASSERT_EQ(take("1", {{"1000", "f1"}}, {.when_stale = WhenStale::accept}), "");
  clock_.advance(48h);
  house_->follow();
  restart();
  EXPECT_TRUE(standing()->stale);
  EXPECT_EQ(see("f2", 'b', "1001"), "");
  EXPECT_EQ(admit("f2"), "");
  EXPECT_EQ(see("f1", 'a', "1000"), "revoked-by-its-ca");
}

TEST_F(ListsTest, ItCountsForEveryAnchorOfThatCaAndForOneThatComesBack) {
  ASSERT_EQ(add_anchor("again"), "");
  ASSERT_EQ(take("7", {{"1000", "f1"}}), "");
  EXPECT_EQ(see("f1", 'a', "1000", "again"), "revoked-by-its-ca");
  ASSERT_EQ(remove_anchor("old"), "");
  ASSERT_EQ(remove_anchor("again"), "");
  house_->follow();
  restart();
  ASSERT_EQ(add_anchor("old"), "");
  EXPECT_EQ(see("f1", 'a', "1000"), "revoked-by-its-ca");
  EXPECT_EQ(take("6"), "list-older");
}

TEST_F(ListsTest, ALongOneIsWrittenInEntriesOfABoundedSizeAndNothingTwice) {
  std::vector<ForeignRevoked> many;
  for (int i = 0; i < 2'500; ++i) many.push_back({hex(as_bytes(std::to_string(1'000'000 + i))), "none"});
  ASSERT_EQ(take("1", many), "");
  const auto entries = [&] {
    std::vector<std::size_t> out;
    for (const auto& entry : ledger_.read(demo, 0, 10'000).value())
      if (entry.kind == static_cast<std::uint16_t>(Kind::anchor_revoked))
        out.push_back(json::read<facts::AnchorRevoked>(as_text(entry.payload)).value().serials.size());
    return out;
  };
  EXPECT_EQ(entries(), (std::vector<std::size_t>{1'000, 1'000, 500}));
  many.push_back({"aa", "none"});
  ASSERT_EQ(take("2", many), "");
  EXPECT_EQ(entries(), (std::vector<std::size_t>{1'000, 1'000, 500, 1}));
  many.resize(revoked_on_list_max + 1, {"bb", "none"});
  EXPECT_EQ(take("3", many), "too-many");
}

TEST_F(ListsTest, OneWhoseEntriesTheDiskDoesNotTakeIsNotTaken) {
  ledger_.refuse(Error(Errc::overloaded, "disk-full", "the disk is full"));
  EXPECT_EQ(take("1", {{"1000", "f1"}}), "disk-full");
  ledger_.refuse(std::nullopt);
  EXPECT_FALSE(standing());
  EXPECT_EQ(take("1", {{"1000", "f1"}}), "") << "it can be taken again";
  EXPECT_EQ(check("1000"), "revoked-by-its-ca");
}

}  // namespace
}  // namespace outrider::fleet
