#include "ledger/keys/keyring.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/file.h"
#include "crypto/random.h"
#include "ledger/testing/test_directory.h"

namespace outrider::ledger {
namespace {

class KeyringTest : public testing::Test {
 protected:
  KeyringTest() {
    EXPECT_TRUE(make_master_key(system_disk(), master_path_));
    master_ = *load_master_key(master_path_);
    EXPECT_TRUE(Keyring::create(system_disk(), path_, fleet_));
  }
  std::unique_ptr<Keyring> open() {
    auto keyring = Keyring::open(system_disk(), path_, fleet_, master_);
    EXPECT_TRUE(keyring) << keyring.error().text();
    return *std::move(keyring);
  }
  // As the writer does it.
  static Result<void> seal(const Keyring& keyring, StoredEntry& entry) {
    TRY(const auto key, keyring.sealing_key({entry.subject.kind, entry.subject.id, period_of(entry.received)}));
    entry.key_id = key.id;
    entry.nonce = crypto::random_array<crypto::aead_nonce_bytes>();
    entry.payload = crypto::aead_seal(key.secret, entry.nonce, encode_header(entry), entry.payload);
    return {};
  }
  StoredEntry sealed(Keyring& keyring, const std::string& who, std::string_view text) const {
    StoredEntry entry{1,  Privacy::personal,       now_, fleet_, {SubjectKind::device, who}, "text/plain", {},
                      {}, to_bytes(as_bytes(text))};
    EXPECT_TRUE(keyring.ensure({{entry.subject, period_of(now_)}}));
    EXPECT_TRUE(seal(keyring, entry));
    return entry;
  }

  TestDirectory directory_;
  const std::filesystem::path master_path_ = directory_.path() / "master.key";
  const std::filesystem::path path_ = directory_.path() / "keyring";
  const FleetId fleet_{"north"};
  const Timestamp now_ = from_micros(1'795'000'000'000'000);
  Secret master_;
};

TEST_F(KeyringTest, OpensAfterARestartWhatItSealed) {
  const StoredEntry entry = sealed(*open(), "t-1", "where I was");
  EXPECT_EQ(entry.payload.size(), std::string("where I was").size() + crypto::aead_tag_bytes);
  const auto payload = open()->open_payload(entry);
  ASSERT_TRUE(payload && *payload);
  EXPECT_EQ(as_text(**payload), "where I was");
}

TEST_F(KeyringTest, BindsThePayloadToTheRestOfItsEntry) {
  auto keyring = open();
  StoredEntry entry = sealed(*keyring, "t-1", "where I was");
  entry.kind = 2;
  EXPECT_EQ(keyring->open_payload(entry).error().code, Errc::corrupt);
}

TEST_F(KeyringTest, AShreddedSubjectIsGoneNowAndAfterARestartAndOthersStay) {
  auto keyring = open();
  const StoredEntry mine = sealed(*keyring, "t-1", "mine");
  const StoredEntry theirs = sealed(*keyring, "t-2", "theirs");
  EXPECT_EQ(keyring->shred({SubjectKind::device, "t-1"}), 1U);
  for (int i = 0; i < 2; ++i) {
    const auto gone = keyring->open_payload(mine);
    ASSERT_TRUE(gone) << gone.error().text();
    EXPECT_FALSE(gone->has_value());
    EXPECT_EQ(as_text(**keyring->open_payload(theirs)), "theirs");
    keyring.reset();
    keyring = open();
  }
  EXPECT_EQ(keyring->shred({SubjectKind::device, "t-1"}), 0U);
  const StoredEntry later = sealed(*keyring, "t-1", "a new life");
  EXPECT_EQ(as_text(**keyring->open_payload(later)), "a new life");
}

TEST_F(KeyringTest, TheKeyOfAnotherMonthIsAnotherKey) {
  auto keyring = open();
  const Timestamp next_month = now_ + std::chrono::days{31};
  EXPECT_EQ(period_of(next_month), period_of(now_) + 1);
  StoredEntry first = sealed(*keyring, "t-1", "first");
  StoredEntry second = first;
  second.received = next_month;
  EXPECT_EQ(seal(*keyring, second).error().code, Errc::conflict);
  ASSERT_TRUE(keyring->ensure({{second.subject, period_of(next_month)}}));
  ASSERT_TRUE(seal(*keyring, second));
  EXPECT_NE(first.key_id, second.key_id);
}

TEST_F(KeyringTest, AnUnknownKeyIsDamageAndNotErasure) {
  auto keyring = open();
  StoredEntry entry = sealed(*keyring, "t-1", "mine");
  entry.key_id[0] ^= 1U;
  EXPECT_EQ(keyring->open_payload(entry).error().code, Errc::corrupt);
}

TEST_F(KeyringTest, AWriteCutShortIsRemovedAndAFlippedBitRefused) {
  (void)sealed(*open(), "t-1", "mine");
  const Bytes whole = *read_file(path_, 1U << 20U);
  std::ofstream(path_, std::ios::binary | std::ios::app) << "torn";
  // Less than a block whose end is missing: never finished, so never used.
  EXPECT_TRUE(Keyring::open(system_disk(), path_, fleet_, master_));
  EXPECT_EQ(std::filesystem::file_size(path_), whole.size());
  Bytes flipped = whole;
  flipped[600] ^= 4U;
  ASSERT_TRUE(write_file_atomic(path_, flipped, 0600));
  EXPECT_EQ(Keyring::open(system_disk(), path_, fleet_, master_).error().code, Errc::corrupt);
}

TEST_F(KeyringTest, AnotherMasterKeyOpensNothing) {
  (void)sealed(*open(), "t-1", "mine");
  ASSERT_TRUE(make_master_key(system_disk(), master_path_));
  master_ = *load_master_key(master_path_);
  EXPECT_EQ(Keyring::open(system_disk(), path_, fleet_, master_).error().code, Errc::corrupt);
}

TEST_F(KeyringTest, AMasterKeyThatOthersMayReadIsRefused) {
  ASSERT_EQ(::chmod(master_path_.c_str(), 0640), 0);
  EXPECT_EQ(load_master_key(master_path_).error().code, Errc::forbidden);
}

}  // namespace
}  // namespace outrider::ledger
