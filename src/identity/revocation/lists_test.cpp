#include "identity/revocation/lists.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/testing/temporary_directory.h"
#include "identity/revocation/testing/memory_source.h"

namespace outrider::identity {
namespace {

using namespace std::chrono_literals;

class ListsTest : public testing::Test {
 protected:
  ListsTest() {
    authority_ = Authority::open({directory_.path() / "ca", "outrider.test", &clock_}).value();
    EXPECT_TRUE(authority_->add_fleet(demo_));
    restart();
  }
  void restart() {
    lists_.reset();
    lists_ = std::make_unique<RevocationLists>(
        *authority_, source_,
        ListOptions{
            .directory = directory_.path() / "lists", .base_url = "http://ca.test", .pause = 1ms, .clock = &clock_});
    refresh();
  }
  void refresh() {
    const auto done = lists_->refresh();
    ASSERT_TRUE(done) << done.error().text();
  }
  crypto::CrlView view(bool delta = false, std::size_t issuer = 0) {
    const auto by = authority_->issuers(demo_)->at(issuer);
    const auto list = lists_->find(demo_, hex(by.subject_key_id).substr(0, 16), delta);
    if (!list) {
      ADD_FAILURE() << "no list";
      return {};
    }
    return crypto::read_crl(list->der, by).value();
  }
  void revoke(const std::string& serial, Timestamp::duration left = 24h * 30) {
    source_.revoke({.serial = serial,
                    .issuer = hex(authority_->issuing(demo_)->subject_key_id),
                    .when = clock_.now(),
                    .why = "keyCompromise",
                    .not_after = clock_.now() + left});
  }

  testing_support::TemporaryDirectory directory_;
  ManualClock clock_{*from_rfc3339("2026-11-22T12:00:00Z")};
  const FleetId demo_{"demo"};
  std::unique_ptr<Authority> authority_;
  testing_source::MemorySource source_{demo_};
  std::unique_ptr<RevocationLists> lists_;
};

TEST_F(ListsTest, AListIsThereBeforeAnythingIsRevoked) {
  EXPECT_EQ(view().revoked, 0U);
  EXPECT_EQ(view().next_update, clock_.now() + 24h);
  EXPECT_EQ(view(true).base_number, view().number) << "the full list is its own base";
  EXPECT_EQ(lists_->find(demo_, "", false)->number, view().number);
  EXPECT_EQ(lists_->find(FleetId("other"), "", false), nullptr);
  EXPECT_EQ(lists_->find(demo_, "0000000000000000", false), nullptr);
}

TEST_F(ListsTest, ARevocationIsInTheNextListAndInTheDeltaToTheBase) {
  const auto before = view();
  clock_.advance(1h);
  revoke("01");
  refresh();
  EXPECT_GT(view().number, before.number);
  EXPECT_EQ(view().revoked, 1U);
  EXPECT_EQ(view(true).base_number, before.number);
  EXPECT_EQ(view(true).number, view().number);
  EXPECT_EQ(view(true).revoked, 1U);
  const auto list = lists_->find(demo_, "", false);
  refresh();
  EXPECT_EQ(lists_->find(demo_, "", false), list) << "nothing new, nothing signed";
}

TEST_F(ListsTest, WithTimeTheFullListBecomesTheBase) {
  revoke("01");
  refresh();
  clock_.advance(12h);
  refresh();
  EXPECT_EQ(view().revoked, 1U);
  EXPECT_EQ(view(true).base_number, view().number);
  EXPECT_EQ(view(true).revoked, 0U);
  revoke("02");
  refresh();
  EXPECT_EQ(view().revoked, 2U);
  EXPECT_EQ(view(true).revoked, 1U);
}

// RFC 5280, 3.3.
TEST_F(ListsTest, WhatHasExpiredIsOnOneMoreBaseAndThenLeaves) {
  revoke("01", 2h);
  revoke("02");
  refresh();
  clock_.advance(12h);
  refresh();
  EXPECT_EQ(view().revoked, 2U) << "a regular list issued beyond its validity still has it";
  clock_.advance(12h);
  refresh();
  EXPECT_EQ(view().revoked, 1U);
}

TEST_F(ListsTest, AListOfABusyFleetIsRebuiltAllTheSame) {
  for (int hour = 0; hour < 24 * 5; ++hour) {
    revoke(std::to_string(1000 + hour), 90min);
    refresh();
    clock_.advance(1h);
  }
  EXPECT_LE(view().revoked, 12U + 12U + 2U) << "those that expired before the base before this one have left";
  EXPECT_LE(view(true).revoked, 13U);
}

TEST_F(ListsTest, ADeltaHoldsWhatIsRevokedAfterTheClockWasSetBack) {
  const auto base = view();
  clock_.advance(-1h);
  revoke("01");
  clock_.advance(2h);
  refresh();
  EXPECT_EQ(view(true).base_number, base.number);
  EXPECT_EQ(view(true).revoked, 1U);
}

TEST_F(ListsTest, AListSignedWhileTheClockIsSetBackDoesNotOutliveItsTime) {
  clock_.advance(-24h * 30);
  revoke("01");
  refresh();
  EXPECT_EQ(view().revoked, 1U);
  EXPECT_EQ(view(true).base_number, view().number) << "a base of a time to come is none";
  const auto before = view().number;
  clock_.advance(12h);
  refresh();
  EXPECT_GT(view().number, before);
}

TEST_F(ListsTest, RevocationsThatWereNeverStoredLeaveTheList) {
  revoke("01");
  revoke("02");
  refresh();
  EXPECT_EQ(view().revoked, 2U);
  source_.rebuild_with({.serial = "03",
                        .issuer = hex(authority_->issuing(demo_)->subject_key_id),
                        .when = clock_.now(),
                        .why = "keyCompromise",
                        .not_after = clock_.now() + 24h});
  refresh();
  const auto list = lists_->find(demo_, "", false);
  const auto holds = [&](unsigned char serial) {
    const Bytes element{0x02, 0x01, serial};  // DER INTEGER
    return std::ranges::search(list->der, element).begin() != list->der.end();
  };
  EXPECT_EQ(view().revoked, 2U);
  EXPECT_FALSE(holds(2));
  EXPECT_EQ(view(true).base_number, view().number);
}

TEST_F(ListsTest, AForgottenAuthorityIsNeverDueAgain) {
  const std::string old = hex(authority_->issuing(demo_)->subject_key_id);
  ASSERT_TRUE(authority_->replace_issuing(demo_, ""));
  refresh();
  ASSERT_TRUE(authority_->forget_issuer(demo_, old));
  refresh();
  clock_.advance(13h);
  refresh();
  EXPECT_GT(lists_->next_due(), clock_.now()) << "or its thread would look every second";
}

TEST_F(ListsTest, NumbersRiseAndTheBaseStaysKnownAcrossARestart) {
  const auto base = view().number;
  clock_.advance(1h);
  revoke("01");
  refresh();
  const auto before = view();
  restart();
  EXPECT_GT(view().number, before.number);
  EXPECT_EQ(view().revoked, 1U);
  EXPECT_EQ(view(true).base_number, base);
  EXPECT_EQ(view(true).revoked, 1U);
}

TEST_F(ListsTest, NumbersRiseAlsoWhenTheClockWasSetBackOrTheirFileWasPutBack) {
  const auto before = view().number;
  clock_.advance(-24h);
  revoke("01");
  refresh();
  EXPECT_EQ(view().number, before + 1);
  std::filesystem::remove_all(directory_.path() / "lists");
  lists_ = std::make_unique<RevocationLists>(*authority_, source_,
                                             ListOptions{.directory = directory_.path() / "lists", .clock = &clock_});
  lists_->raise(demo_, before + 10);
  refresh();
  EXPECT_EQ(view().number, before + 11);
}

TEST_F(ListsTest, EachIssuingAuthorityListsItsOwn) {
  revoke("01");
  clock_.advance(1h);
  ASSERT_TRUE(authority_->replace_issuing(demo_, ""));
  revoke("02");
  revoke("03");
  source_.revoke(
      {.serial = "04", .issuer = "", .when = clock_.now(), .why = "superseded", .not_after = clock_.now() + 24h});
  refresh();
  EXPECT_EQ(view(false, 0).revoked, 2U);
  EXPECT_EQ(view(false, 1).revoked, 2U) << "its own, and one that names no issuer";
  EXPECT_EQ(lists_->find(demo_, "", false)->number, view(false, 0).number) << "the present one";
}

TEST_F(ListsTest, TheThreadPublishesWhatChanges) {
  lists_->start();
  revoke("01");
  lists_->changed();
  for (int tries = 0; tries < 100'000 && view().revoked == 0; ++tries) std::this_thread::yield();
  EXPECT_EQ(view().revoked, 1U);
  lists_->stop();
}

}  // namespace
}  // namespace outrider::identity
