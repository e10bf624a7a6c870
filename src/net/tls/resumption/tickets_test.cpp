#include "net/tls/resumption/tickets.h"

#include <gtest/gtest.h>

#include <thread>

#include "crypto/random.h"
#include "net/tls/resumption/verified.h"

namespace outrider::net::tls {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class TicketStoreTest : public ::testing::Test {
 protected:
  TicketStore::Id put(TicketStore& store, std::string_view owner, std::string_view tag = "tag",
                      std::chrono::seconds life = hours{1}, std::string_view serial = "0a") {
    const auto id = crypto::random_array<TicketStore::id_bytes>();
    store.put(id, owner, serial,
              {Suite::aes_128_gcm_sha256, Secret(Bytes(32, 'p')), clock_.now(), clock_.now() + life,
               to_bytes(as_bytes(tag))});
    return id;
  }
  ManualClock clock_{from_micros(1'800'000'000'000'000)};
};

TEST_F(TicketStoreTest, GivesBackWhatATicketStandsFor) {
  TicketStore store({}, clock_);
  const auto id = put(store, "acme/t-1", "who it is");
  const auto found = store.find(id);
  ASSERT_TRUE(found);
  EXPECT_EQ(as_text(found->tag), "who it is");
  EXPECT_EQ(as_text(found->psk.view()), std::string(32, 'p'));
  EXPECT_EQ(found->began, clock_.now());
  EXPECT_EQ(found->expires, clock_.now() + hours{1});
}

TEST_F(TicketStoreTest, KnowsNoOtherIds) {
  TicketStore store({}, clock_);
  auto id = put(store, "acme/t-1");
  EXPECT_FALSE(store.find(ByteView(id).first(31)));
  id[0] ^= 1;
  EXPECT_FALSE(store.find(id));
}

TEST_F(TicketStoreTest, ATicketThatWasUsedIsGone) {
  TicketStore store({}, clock_);
  const auto id = put(store, "acme/t-1");
  store.remove(id);
  store.remove(id);
  EXPECT_FALSE(store.find(id));
  EXPECT_EQ(store.size(), 0U);
}

TEST_F(TicketStoreTest, ForgettingAnOwnerTakesAllItsTicketsAndNoOthers) {
  TicketStore store({}, clock_);
  const auto first = put(store, "acme/t-1");
  const auto second = put(store, "acme/t-1");
  const auto other = put(store, "acme/t-2");
  store.forget("acme/t-1");
  EXPECT_FALSE(store.find(first));
  EXPECT_FALSE(store.find(second));
  EXPECT_TRUE(store.find(other));
}

TEST_F(TicketStoreTest, ForgettingACertificateLeavesTheTicketsOfItsOwnersOthers) {
  TicketStore store({}, clock_);
  const auto former = put(store, "acme/t-1", "tag", hours{1}, "0a");
  const auto again = put(store, "acme/t-1", "tag", hours{1}, "0a");
  const auto present = put(store, "acme/t-1", "tag", hours{1}, "0b");
  const auto other = put(store, "acme/t-2", "tag", hours{1}, "0a");
  store.forget("acme/t-1", "0a");
  EXPECT_FALSE(store.find(former));
  EXPECT_FALSE(store.find(again));
  EXPECT_TRUE(store.find(present));
  EXPECT_TRUE(store.find(other));
  store.forget("acme/t-1");
  EXPECT_FALSE(store.find(present));
  EXPECT_EQ(store.size(), 1U);
}

TEST_F(TicketStoreTest, ATicketEndsWithItsTime) {
  TicketStore store({}, clock_);
  const auto id = put(store, "acme/t-1", "tag", minutes{10});
  clock_.advance(minutes{10} - seconds{1});
  EXPECT_TRUE(store.find(id));
  clock_.advance(seconds{1});
  EXPECT_FALSE(store.find(id));
}

TEST_F(TicketStoreTest, OneThatHasEndedAlreadyIsNotKept) {
  TicketStore store({}, clock_);
  put(store, "acme/t-1", "tag", seconds{0});
  EXPECT_EQ(store.size(), 0U);
}

TEST_F(TicketStoreTest, ATagWithoutEndIsNotKept) {
  TicketStore store({}, clock_);
  put(store, "acme/t-1", std::string(TicketStore::tag_bytes_max + 1, 'x'));
  EXPECT_EQ(store.size(), 0U);
}

TEST_F(TicketStoreTest, TheSessionsAgeLimitsTheTicketsLife) {
  TicketStore store({.life = hours{24}, .session_age_max = hours{48}}, clock_);
  const Timestamp began = clock_.now();
  EXPECT_EQ(store.life_of(began), hours{24});
  clock_.advance(hours{40});
  EXPECT_EQ(store.life_of(began), hours{8});
  clock_.advance(hours{8});
  EXPECT_EQ(store.life_of(began), seconds{0});
  clock_.advance(hours{8});
  EXPECT_EQ(store.life_of(began), seconds{0});
}

TEST_F(TicketStoreTest, ItsSizeIsBoundedAndTheOldestMakeRoom) {
  TicketStore store({.count_max = 160}, clock_);
  std::vector<TicketStore::Id> ids;
  for (int i = 0; i < 2'000; ++i) ids.push_back(put(store, "acme/t-" + std::to_string(i)));
  EXPECT_LE(store.size(), 160U);
  EXPECT_TRUE(store.find(ids.back()));
  EXPECT_FALSE(store.find(ids.front()));
}

TEST_F(TicketStoreTest, NobodyTakesThePlaceOfEverybodyElse) {
  TicketStore store({.count_max = 1'600}, clock_);
  const auto honest = put(store, "acme/t-1");
  TicketStore::Id newest{};
  for (int i = 0; i < 5'000; ++i) newest = put(store, "acme/greedy");
  EXPECT_TRUE(store.holds(honest));
  EXPECT_TRUE(store.holds(newest));
  EXPECT_LE(store.size(), 1 + TicketStore::of_owner_max);
}

TEST_F(TicketStoreTest, TheOldestSessionIsKnownWhicheverGoes) {
  TicketStore store({}, clock_);
  EXPECT_FALSE(store.oldest());
  const Timestamp first_began = clock_.now();
  const auto first = put(store, "acme/t-1");
  clock_.advance(minutes{5});
  const Timestamp second_began = clock_.now();
  put(store, "acme/t-2");
  EXPECT_EQ(store.oldest(), first_began);
  store.remove(first);
  EXPECT_EQ(store.oldest(), second_began);
  store.forget("acme/t-2");
  EXPECT_FALSE(store.oldest());
}

TEST_F(TicketStoreTest, ManyLoopsMayUseItAtOnce) {
  TicketStore store({.count_max = 1'000}, clock_);
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 2'000; ++i) {
        const std::string owner = "acme/" + std::to_string(i % 50);
        const auto id = put(store, owner);
        if (i % 3 == thread % 3) store.forget(owner);
        if (store.find(id)) store.remove(id);
      }
    });
  }
  threads.clear();
  EXPECT_LE(store.size(), 1'000U);
}

class VerifiedCertificatesTest : public ::testing::Test {
 protected:
  static crypto::Digest digest(std::string_view name) { return crypto::sha256(as_bytes(name)); }
  const Bytes one_{0x4f, 0x01};
  const Bytes two_{0x4f, 0x02};
  ManualClock clock_{from_micros(1'800'000'000'000'000)};
  VerifiedCertificates verified_{clock_};
};

TEST_F(VerifiedCertificatesTest, AreRememberedForMinutesAndNotPastTheirEnd) {
  EXPECT_FALSE(verified_.contains(one_, digest("a")));
  verified_.add(one_, digest("a"), clock_.now() + hours{1});
  verified_.add(two_, digest("b"), clock_.now() + seconds{5});
  EXPECT_TRUE(verified_.contains(one_, digest("a")));
  EXPECT_TRUE(verified_.contains(two_, digest("b")));
  clock_.advance(seconds{5});
  EXPECT_TRUE(verified_.contains(one_, digest("a")));
  EXPECT_FALSE(verified_.contains(two_, digest("b")));
  clock_.advance(VerifiedCertificates::life);
  EXPECT_FALSE(verified_.contains(one_, digest("a")));
  verified_.add(one_, digest("a"), clock_.now() + hours{1});  // again, in its old place
  EXPECT_TRUE(verified_.contains(one_, digest("a")));
  EXPECT_EQ(verified_.size(), 2U);
}

TEST_F(VerifiedCertificatesTest, ASerialNumberDoesNotMakeAnotherCertificateGood) {
  verified_.add(one_, digest("a"), clock_.now() + hours{1});
  EXPECT_FALSE(verified_.contains(one_, digest("b")));
}

TEST_F(VerifiedCertificatesTest, ForgettingASerialLeavesTheOthers) {
  verified_.add(one_, digest("a"), clock_.now() + hours{1});
  verified_.add(one_, digest("of another issuer"), clock_.now() + hours{1});
  verified_.add(two_, digest("b"), clock_.now() + hours{1});
  verified_.forget(one_);
  EXPECT_FALSE(verified_.contains(one_, digest("a")));
  EXPECT_FALSE(verified_.contains(one_, digest("of another issuer")));
  EXPECT_TRUE(verified_.contains(two_, digest("b")));
}

TEST_F(VerifiedCertificatesTest, AnIssuerThatNumbersCarelesslyMakesNoLongSearch) {
  for (int i = 0; i < 1'000; ++i) verified_.add(one_, digest(std::to_string(i)), clock_.now() + hours{1});
  EXPECT_LE(verified_.size(), VerifiedCertificates::same_serial_max);
  EXPECT_TRUE(verified_.contains(one_, digest("999")));
}

TEST(TicketStore, SaysWhoseATicketWasThatWasTakenBack) {
  TicketStore store({});
  const auto id = [](std::uint8_t number) {
    TicketStore::Id out{};
    out.fill(number);
    return out;
  };
  const auto ticket = [] {
    return Ticket{Suite::aes_128_gcm_sha256, Secret(Bytes(32, 1)), system_clock().now(),
                  system_clock().now() + std::chrono::hours{1}, Bytes{7, 7}};
  };
  store.put(id(1), "demo/t-1", "01", ticket());
  store.put(id(2), "demo/t-2", "02", ticket());
  EXPECT_EQ(store.taken_back(id(1)), std::nullopt);
  store.forget("demo/t-1");
  store.remove(id(2));  // used: nobody took it back
  EXPECT_EQ(store.taken_back(id(1)), (Bytes{7, 7}));
  EXPECT_EQ(store.taken_back(id(2)), std::nullopt);
  EXPECT_EQ(store.taken_back(id(3)), std::nullopt);
  EXPECT_EQ(store.taken_back(Bytes(5, 1)), std::nullopt);
  EXPECT_FALSE(store.find(id(1)));
}

TEST(TicketStore, RemembersSoManyThatWereTakenBackAndNoMore) {
  TicketStore store({});
  TicketStore::Id id{};
  for (std::size_t i = 0; i < 2 * TicketStore::taken_back_max; ++i) {
    id[0] = static_cast<std::uint8_t>(i);
    id[1] = static_cast<std::uint8_t>(i >> 8U);
    store.put(id, "demo/t-1", "01",
              {Suite::aes_128_gcm_sha256, Secret(Bytes(32, 1)), system_clock().now(),
               system_clock().now() + std::chrono::hours{1}, Bytes{1}});
    store.forget("demo/t-1");
  }
  EXPECT_TRUE(store.taken_back(id));
  EXPECT_FALSE(store.taken_back(TicketStore::Id{}));
}

}  // namespace
}  // namespace outrider::net::tls
