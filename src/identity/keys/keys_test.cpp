#include <gtest/gtest.h>

#include <fstream>

#include "base/testing/temporary_directory.h"
#include "crypto/keys/key.h"
#include "identity/keys/block_list.h"
#include "identity/keys/key_home.h"

namespace outrider::identity {
namespace {

using crypto::KeyPair;
using crypto::KeyType;
using facts::KeyHome;

const std::string some_key(64, 'a');

TEST(BlockList, ReadsOneKeyALineWithRemarks) {
  const auto list = BlockList::parse("# all\n\n  " + some_key + "  # mine\r\n" + std::string(64, 'B'), "x");
  ASSERT_TRUE(list) << list.error().text();
  EXPECT_EQ(list->size(), 2U);
  EXPECT_TRUE(list->contains(some_key));
  EXPECT_TRUE(list->contains(std::string(64, 'b')));
  EXPECT_FALSE(list->contains(std::string(64, 'c')));
  EXPECT_FALSE(list->contains("aa"));
}

TEST(BlockList, SaysWhereItIsBroken) {
  for (const auto* bad : {"abc", "zz", "aaaa aaaa"}) {
    const auto list = BlockList::parse(some_key + "\n" + bad, "keys.txt");
    ASSERT_FALSE(list) << bad;
    EXPECT_EQ(list.error().reason, "bad-block-list");
    EXPECT_TRUE(list.error().detail.starts_with("keys.txt:2: ")) << list.error().detail;
  }
}

TEST(BlockList, KnowsTheTestKeysOfRfcsAndPackages) {
  const auto& known = BlockList::well_known();
  EXPECT_GT(known.size(), 20U);
  // RFC 9500, 2.3: testECCP256.
  const auto spki = *from_hex(
      "3059301306072a8648ce3d020106082a8648ce3d03010703420004422548f88fb782ffb5eca3744452c72a1e558fbd6f73be5e48e93232cc"
      "45"
      "c5b16c4cd10c4cb8d5b8a17139e94882c8992572993425f41419ab7e90a42a494272");
  const auto key = crypto::parse_public_key(spki);
  ASSERT_TRUE(key);
  ASSERT_EQ(key->type, KeyType::p256);
  EXPECT_TRUE(known.contains(key->spki_sha256()));
  EXPECT_FALSE(known.contains(KeyPair::generate(KeyType::p256).public_key().spki_sha256()));
}

TEST(BlockedKeys, ReadsTheFileAgainWhenItHasChangedAndKeepsTheOldListWhenItIsBroken) {
  const testing_support::TemporaryDirectory directory;
  const auto path = directory.path() / "keys.txt";
  const auto write = [&](const std::string& text) { std::ofstream(path) << text; };
  write(some_key + "\n");
  auto keys = BlockedKeys::open(path);
  ASSERT_TRUE(keys) << keys.error().text();
  EXPECT_TRUE((*keys)->contains(some_key));
  EXPECT_EQ((*keys)->refresh(), Result<bool>(false));
  write(some_key + "\n" + std::string(64, 'b') + "\n");
  EXPECT_EQ((*keys)->refresh(), Result<bool>(true));
  EXPECT_TRUE((*keys)->contains(std::string(64, 'b')));
  write("nonsense");
  EXPECT_FALSE((*keys)->refresh());
  EXPECT_TRUE((*keys)->contains(std::string(64, 'b')));
}

TEST(BlockedKeys, AFileThatIsNotThereIsAnError) {
  const testing_support::TemporaryDirectory directory;
  EXPECT_EQ(BlockedKeys::open(directory.path() / "none").error().reason, "bad-block-list");
  EXPECT_TRUE(BlockedKeys::open({}));
}

class KeyHomeTest : public testing::Test {
 protected:
  Result<KeyHome> claimed(const std::vector<crypto::RequestedExtension>& extensions) const {
    return claimed_home(*crypto::parse_csr(*crypto::make_csr(key_, "t-1", {}, extensions)));
  }
  const KeyPair key_ = KeyPair::generate(KeyType::p256);
};

TEST_F(KeyHomeTest, IsWhatTheRequestClaims) {
  EXPECT_EQ(claimed({}), Result<KeyHome>(KeyHome::software));
  for (const auto home : {KeyHome::software, KeyHome::tee, KeyHome::tpm, KeyHome::secure_element, KeyHome::sim})
    EXPECT_EQ(claimed({key_home_claim(home)}), Result<KeyHome>(home));
}

TEST_F(KeyHomeTest, MustBeAWordWeKnow) {
  for (const auto* value : {"0c0454504d32", "1303746570", "0c04746565", "", "0c"})
    EXPECT_EQ(claimed({{std::string(key_home_oid), *from_hex(value)}}).error().reason, "bad-key-home") << value;
}

TEST_F(KeyHomeTest, AChipIsBetterThanATeeAndThatBetterThanNothing) {
  EXPECT_TRUE(at_least(KeyHome::tee, KeyHome::software));
  EXPECT_TRUE(at_least(KeyHome::tpm, KeyHome::secure_element));
  EXPECT_FALSE(at_least(KeyHome::software, KeyHome::tee));
  EXPECT_FALSE(at_least(KeyHome::tee, KeyHome::sim));
}

}  // namespace
}  // namespace outrider::identity
