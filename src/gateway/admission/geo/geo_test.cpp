#include "gateway/admission/geo/geo.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <random>

#include "base/file.h"
#include "base/testing/temporary_directory.h"
#include "gateway/admission/testing/mmdb_writer.h"

namespace outrider::gateway::admission {
namespace {

using ::testing::HasSubstr;
using testing::MmdbWriter;
namespace mmdb = testing::mmdb;

boost::asio::ip::address address(const char* text) {
  return boost::asio::ip::make_address(text);
}
Bytes countries(std::string_view of_the_first = "DE") {
  MmdbWriter out("Test-Country");
  out.add("192.0.2.0/24", mmdb::country(of_the_first));
  out.add("198.51.100.0/25", mmdb::country("NL"));
  out.add("2001:db8::/32", mmdb::country("SE"));
  out.add("203.0.113.0/24", mmdb::map({{"registered_country", mmdb::map({{"iso_code", mmdb::text("CH")}})}}));
  out.add("203.0.114.0/24", mmdb::country("\x1b["));  // forged
  return out.finish();
}
Bytes systems() {
  MmdbWriter out("Test-ASN");
  out.add("192.0.2.0/24", mmdb::asn(64500));
  out.add("2001:db8:1::/48", mmdb::asn(4'200'000'000));
  out.add("198.51.100.0/24", mmdb::map({{"autonomous_system_number", mmdb::text("no")}}));
  return out.finish();
}

TEST(GeoDatabase, KnowsTheCountryOfAnAddress) {
  const auto database = GeoDatabase::from_bytes(countries(), "test").value();
  EXPECT_EQ(database->country(address("192.0.2.77")), "DE");
  EXPECT_EQ(database->country(address("198.51.100.127")), "NL");
  EXPECT_EQ(database->country(address("198.51.100.128")), std::nullopt);
  EXPECT_EQ(database->country(address("2001:db8:ffff::1")), "SE");
  EXPECT_EQ(database->country(address("203.0.113.1")), "CH");
  EXPECT_EQ(database->country(address("203.0.114.1")), std::nullopt) << "not two capital letters";
  EXPECT_EQ(database->asn(address("192.0.2.77")), std::nullopt);
}

TEST(GeoDatabase, KnowsTheAutonomousSystemOfAnAddress) {
  const auto database = GeoDatabase::from_bytes(systems(), "test").value();
  EXPECT_EQ(database->asn(address("192.0.2.1")), 64500U);
  EXPECT_EQ(database->asn(address("2001:db8:1::1")), 4'200'000'000U);
  EXPECT_EQ(database->asn(address("198.51.100.1")), std::nullopt) << "not a number";
  EXPECT_EQ(database->asn(address("10.0.0.1")), std::nullopt);
}

TEST(GeoDatabase, WhatIsNoDatabaseIsRefusedWithItsName) {
  for (const std::string& text :
       {std::string(), std::string("garbage"), std::string(5000, '\xab'), std::string("\xab\xcd\xefMaxMind.com")}) {
    const auto refused = GeoDatabase::from_bytes(as_bytes(text), "/srv/GeoLite2.mmdb");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "bad-geo-database");
    EXPECT_THAT(refused.error().detail, HasSubstr("/srv/GeoLite2.mmdb is not a MaxMind database"));
  }
}

TEST(GeoDatabase, ADamagedOneIsRefusedOrAnswersButNeverCrashes) {
  const Bytes whole = countries();
  std::mt19937 random(20261122);
  for (int round = 0; round < 3'000; ++round) {
    Bytes damaged = whole;
    for (unsigned flips = random() % 4 + 1; flips > 0; --flips)
      damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
    if (random() % 4 == 0) damaged.resize(random() % damaged.size());
    const auto database = GeoDatabase::from_bytes(damaged, "damaged");
    if (!database) continue;
    for (const char* text : {"192.0.2.1", "203.0.113.9", "2001:db8::1", "255.255.255.255"}) {
      const auto country = (*database)->country(address(text));
      EXPECT_TRUE(!country || country->size() == 2);
      (*database)->asn(address(text));
    }
  }
}

class GeoTest : public ::testing::Test {
 protected:
  std::filesystem::path write(const char* name, ByteView bytes) {
    write_file_atomic(directory_ / name, as_text(bytes), 0600).value();
    return directory_ / name;
  }
  testing_support::TemporaryDirectory directory_;
};

TEST_F(GeoTest, SaysWhatBothDatabasesSay) {
  const auto geo = Geo::open(write("country", countries()), write("asn", systems())).value();
  EXPECT_EQ(geo->locate(address("192.0.2.1")), (Location{.country = {'D', 'E'}, .asn = 64500}));
  EXPECT_EQ(geo->locate(address("10.0.0.1")), Location{});
  EXPECT_EQ(Geo::open("", "").value()->locate(address("192.0.2.1")), Location{});
}

TEST_F(GeoTest, AFileThatChangesIsReadAgain) {
  const auto geo = Geo::open(write("country", countries()), "").value();
  write("country", countries("FR"));
  ASSERT_TRUE(geo->refresh());
  EXPECT_EQ(geo->locate(address("192.0.2.1")).country, (std::array{'F', 'R'}));
}

TEST_F(GeoTest, OneThatIsOverwrittenInPlaceOrDamagedLeavesTheEarlierInForce) {
  const auto path = write("country", countries());
  const auto geo = Geo::open(path, "").value();
  std::filesystem::resize_file(path, 0);  // a mapping of the file itself would be fatal now
  EXPECT_EQ(geo->locate(address("192.0.2.1")).country, (std::array{'D', 'E'}));
  EXPECT_EQ(geo->refresh().error().reason, "bad-geo-database");
  EXPECT_TRUE(geo->refresh()) << "said once";
  EXPECT_EQ(geo->locate(address("192.0.2.1")).country, (std::array{'D', 'E'}));
}

TEST_F(GeoTest, OneThatIsNotThereIsAnErrorAtOnce) {
  EXPECT_EQ(Geo::open(directory_ / "none", "").error().code, Errc::not_found);
}

}  // namespace
}  // namespace outrider::gateway::admission
