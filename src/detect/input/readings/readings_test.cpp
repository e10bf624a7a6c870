#include <gtest/gtest.h>

#include "detect/input/facts/address.h"
#include "detect/input/facts/entry_topic.h"
#include "detect/input/facts/refusals.h"
#include "detect/input/readings/firmware.h"
#include "detect/input/readings/words.h"

namespace outrider::detect {
namespace {

TEST(Firmware, OrdersVersionsAsTheirNumbers) {
  EXPECT_LT(pack_firmware("1.4.2"), pack_firmware("1.4.10"));
  EXPECT_LT(pack_firmware("v1.4"), pack_firmware("1.4.0.1"));
  EXPECT_EQ(pack_firmware("v2"), pack_firmware("2.0.0"));
  EXPECT_TRUE(ordered(pack_firmware("65.1")));
}

TEST(Firmware, TellsOtherVersionsApartWithoutAnOrder) {
  for (const char* text : {"1.4.2-rc1", "abc", "1.2.3.4.5", "1..2", "70000", "40000.1", "1.", ".1", "0.0.0", " 1"}) {
    EXPECT_NE(pack_firmware(text), 0U) << text;
    EXPECT_FALSE(ordered(pack_firmware(text))) << text;
  }
  EXPECT_NE(pack_firmware("1.4.2-rc1"), pack_firmware("1.4.2-rc2"));
  EXPECT_EQ(pack_firmware(""), 0U);
}

TEST(Words, AreReadHoweverModemsSpellThem) {
  EXPECT_EQ(radio_from("LTE-M"), Radio::lte_m);
  EXPECT_EQ(radio_from("Cat M1"), Radio::lte_m);
  EXPECT_EQ(radio_from("nb_iot"), Radio::nb_iot);
  EXPECT_EQ(radio_from("smoke"), Radio::unknown);
  EXPECT_EQ(cipher_from("A5/0"), Cipher::none);
  EXPECT_EQ(cipher_from("128-EEA2"), Cipher::strong);
  EXPECT_EQ(cipher_from("GEA1"), Cipher::weak);
  EXPECT_EQ(cipher_from(std::string(1000, 'x')), Cipher::unknown);
}

TEST(Refusals, OfRulesThatNobodyLooksForAreOther) {
  EXPECT_EQ(refusal_of("rate-exceeded"), Refusal::rate);
  EXPECT_EQ(refusal_of("no-such-rule"), Refusal::other);
  EXPECT_EQ(refusal_of(""), Refusal::other);
}

TEST(EntryTopic, IsUnquoted) {
  EXPECT_EQ(topic_of(R"(text/plain; topic="a\"b\\c")"), R"(a"b\c)");
  EXPECT_EQ(topic_of("text/plain"), std::nullopt);
  EXPECT_EQ(topic_of(R"(text/plain; topic="a\)"), std::nullopt);
}

TEST(AddressHashes, KnowNothingOfWhatIsNoAddress) {
  for (const char* text : {"", ":", "[", "[]:1", "1.2.3", "999.1.1.1:5", "host:80"})
    EXPECT_EQ(hash_address(text).address, 0U) << text;
  EXPECT_EQ(hash_address("2001:db8::1").address, hash_address("[2001:db8::1]:443").address);
}

}  // namespace
}  // namespace outrider::detect
