// A change of authorities is written down before it is made.
#include <gtest/gtest.h>

#include "base/testing/temporary_directory.h"
#include "crypto/keys/encrypted.h"
#include "crypto/x509/issue.h"
#include "identity/authority.h"

namespace outrider::identity {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view passphrase = "a long enough phrase";

class RecordedTest : public testing::Test {
 protected:
  RecordedTest() { restart(); }
  void restart() {
    authority_.reset();
    authority_ = Authority::open({directory_.path() / "ca", "outrider.test", &clock_, "http://ca.test"}).value();
    EXPECT_TRUE(authority_->add_fleet(demo_));
  }
  std::string standing() const { return json::write(authority_->status()); }

  using Change = std::function<std::string(const Authority::Record&)>;
  template <class Outcome>
  static std::string reason(const Outcome& outcome) {
    return outcome ? "" : outcome.error().reason;
  }
  // Nothing is changed when it cannot be written down, also not at the next start; and nothing before it is.
  void expect_said_first(const std::string& name, const Change& change) {
    const std::string before = standing();
    EXPECT_EQ(change([](const std::string&) { return fail(Errc::overloaded, "disk-full", "the disk is full"); }),
              "disk-full")
        << name;
    EXPECT_EQ(standing(), before) << name;
    int said = 0;
    EXPECT_EQ(change([&](const std::string&) -> Result<void> {
                ++said;
                EXPECT_EQ(standing(), before) << name;
                return {};
              }),
              "")
        << name;
    EXPECT_EQ(said, 1) << name;
  }

  testing_support::TemporaryDirectory directory_;
  ManualClock clock_{*from_rfc3339("2026-11-22T12:00:00Z")};
  const FleetId demo_{"demo"};
  std::unique_ptr<Authority> authority_;
};

TEST_F(RecordedTest, AnIssuingAuthorityIsReplacedAndForgotten) {
  const std::string old = hex(authority_->issuing(demo_)->subject_key_id);
  std::string named;
  expect_said_first("replace", [&](const Authority::Record& record) {
    return reason(authority_->replace_issuing(demo_, "", [&](const std::string& id) {
      named = id;
      return record(id);
    }));
  });
  EXPECT_EQ(named, hex(authority_->issuing(demo_)->subject_key_id)) << "the one that takes over is named";
  expect_said_first(
      "forget", [&](const Authority::Record& record) { return reason(authority_->forget_issuer(demo_, old, record)); });
  const std::string after = standing();
  restart();
  EXPECT_EQ(standing(), after);
}

TEST_F(RecordedTest, ARootIsReplacedAndTheFormerOneForgotten) {
  expect_said_first("replace",
                    [&](const Authority::Record& record) { return reason(authority_->replace_root("", record)); });
  const std::string below_old = hex(authority_->issuing(demo_)->subject_key_id);
  ASSERT_TRUE(authority_->replace_issuing(demo_, ""));
  ASSERT_TRUE(authority_->forget_issuer(demo_, below_old));
  expect_said_first("forget",
                    [&](const Authority::Record& record) { return reason(authority_->forget_former_roots(record)); });
}

TEST_F(RecordedTest, TheRootsKeyGoesAndComesBack) {
  const auto exported = authority_->export_root_key(as_bytes(passphrase)).value();
  expect_said_first("remove", [&](const Authority::Record& record) {
    return reason(authority_->remove_root_key(authority_->root().spki_sha256(), record));
  });
  expect_said_first("import", [&](const Authority::Record& record) {
    return reason(authority_->import_root_key(exported, as_bytes(passphrase), true, record));
  });
}

TEST_F(RecordedTest, WhatIsRefusedIsNotSaid) {
  int said = 0;
  const Authority::Record record = [&](const std::string&) -> Result<void> {
    ++said;
    return {};
  };
  EXPECT_EQ(reason(authority_->replace_issuing(FleetId("other"), "", record)), "unknown-fleet");
  EXPECT_EQ(reason(authority_->forget_issuer(demo_, hex(authority_->issuing(demo_)->subject_key_id), record)),
            "issuer-in-use");
  EXPECT_EQ(reason(authority_->forget_former_roots(record)), "no-former-root");
  EXPECT_EQ(reason(authority_->remove_root_key("00", record)), "wrong-key");
  EXPECT_EQ(reason(authority_->install_issuing(demo_, authority_->root().pem(), record)), "bad-authority");
  const auto exported = authority_->export_root_key(as_bytes(passphrase)).value();
  EXPECT_EQ(reason(authority_->import_root_key(exported, as_bytes("another phrase!"), true, record)),
            "wrong-passphrase");
  EXPECT_EQ(said, 0);
}

}  // namespace
}  // namespace outrider::identity
