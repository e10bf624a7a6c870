// The door as connections meet it: real sockets, ClientHellos that only look like it, and a host that only takes notes.
#include "gateway/admission/door.h"

#include <gmock/gmock.h>

#include <condition_variable>

#include "net/testing/raw_socket.h"
#include "wire/proxy/header.h"

namespace outrider::gateway::admission {
namespace {

using namespace std::chrono_literals;
using net::testing::RawSocket;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A ClientHello in one record; with a pre_shared_key extension or without.
std::string hello(bool resuming) {
  ByteWriter extensions;
  extensions.u16(43).block16(Bytes{0x02, 0x03, 0x04});
  if (resuming) {  // RFC 8446, 4.2.11: one identity and its age, then a binder
    ByteWriter offer;
    offer.block16(ByteWriter().block16(Bytes(32, 1)).u32(0).bytes()).block16(Bytes(33, 32));
    extensions.u16(41).block16(offer.bytes());
  }
  ByteWriter body;
  body.u16(0x0303).raw(Bytes(32, 7)).u8(0).block16(Bytes{0x13, 0x01}).u8(1).u8(0).block16(extensions.bytes());
  ByteWriter message;
  message.u8(1).u8(0).block16(body.bytes());
  ByteWriter record;
  record.u8(22).u16(0x0301).block16(message.bytes());
  return std::string(as_text(record.bytes()));
}
std::string header(const wire::proxy::Header& from) {
  return std::string(as_text(wire::proxy::write_header(from)));
}
wire::proxy::Header from_192_0_2_7() {
  return {.source = wire::proxy::Endpoint{.address = {192, 0, 2, 7}, .port = 50000},
          .destination = wire::proxy::Endpoint{.address = {192, 0, 2, 1}, .port = 8883}};
}

class DoorTest : public ::testing::Test {
 protected:
  struct Guest {
    Door::Socket socket;
    Arrival arrival;
    std::string peer;
    std::string network;
    std::string heard;  // what was left in the socket for TLS
  };

  ~DoorTest() override {
    if (!door_) return;
    on_loop([&] {
      door_->close();
      guests_.clear();
      door_.reset();
    });
  }
  void open() {
    keeper_ = std::make_shared<Keeper>(limits_, policy_, 1, metrics_);
    on_loop([&] {
      door_ = std::make_shared<Door>(
          keeper_, loops_.at(0),
          [this](Door::Socket socket, Arrival arrival) { let_in(std::move(socket), std::move(arrival)); },
          [this](const Turned& turned) { note([&] { turned_.push_back(turned.rule); }); });
      auto acceptor = net::listen_tcp(loops_.at(0), net::parse_endpoint("127.0.0.1", 0).value()).value();
      port_ = acceptor.local_endpoint().port();
      door_->open(std::move(acceptor));
    });
  }
  void let_in(Door::Socket socket, Arrival arrival) {
    note([&] {
      Guest guest{std::move(socket), std::move(arrival), {}, {}, {}};
      guest.peer = guest.arrival.peer.address().to_string();
      guest.network = std::string(guest.arrival.origin.name());
      std::string heard(4096, 0);
      const ssize_t count = ::recv(guest.socket.native_handle(), heard.data(), heard.size(), MSG_DONTWAIT);
      guest.heard = heard.substr(0, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
      order_ += guest.heard == hello(true) ? 'r' : 'f';
      guests_.push_back(std::make_unique<Guest>(std::move(guest)));
    });
  }
  // The handshake of the guest is over.
  void finish(std::size_t guest) {
    on_loop([&] { guests_.at(guest)->arrival.slot.release(); });
  }
  void leave(std::size_t guest) {
    on_loop([&] { guests_.at(guest).reset(); });
  }

  std::unique_ptr<RawSocket> say(const std::string& bytes) {
    auto out = std::make_unique<RawSocket>(port_);
    EXPECT_TRUE(out->say(bytes));
    return out;
  }
  // One handshake at a time, and somebody is in the middle of it.
  std::unique_ptr<RawSocket> open_with_one_inside() {
    limits_.handshakes_max = 1;
    limits_.slow_handshake = 1h;
    open();
    auto out = say(hello(false));
    EXPECT_TRUE(until([&] { return guests_.size() == 1; }));
    return out;
  }
  // Says it and waits until it stands in line.
  std::unique_ptr<RawSocket> queue(bool resuming) {
    const double before = keeper_->waiting.value();
    auto out = say(hello(resuming));
    EXPECT_TRUE(eventually([&] { return keeper_->waiting.value() > before; }));
    return out;
  }
  bool until(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, condition);
  }
  // For what nobody tells us of.
  bool eventually(const std::function<bool()>& condition) {
    for (const auto end = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < end;) {
      if (condition()) return true;
      on_loop([] {});
    }
    return false;
  }
  std::size_t inside() {
    const std::lock_guard lock(mutex_);
    return guests_.size();
  }
  void on_loop(const std::function<void()>& job) {
    ASSERT_TRUE(loops_.run_on_all([&](net::Loop&) { job(); }, patience));
  }

  static constexpr auto patience = 60s;

  Metrics metrics_;
  Limits limits_;
  Policy policy_;
  net::Loops loops_{1};
  std::shared_ptr<Keeper> keeper_;
  std::shared_ptr<Door> door_;
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<Guest>> guests_;
  std::vector<std::string> turned_;
  std::string order_;  // of those let in: f, r

 private:
  void note(const std::function<void()>& change) {
    const std::lock_guard lock(mutex_);
    change();
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
};

TEST_F(DoorTest, AConnectionIsLetInWithItsClientHelloStillToBeRead) {
  open();
  const auto client = say(hello(false));
  ASSERT_TRUE(until([&] { return guests_.size() == 1; }));
  EXPECT_EQ(guests_[0]->heard, hello(false));
  EXPECT_EQ(guests_[0]->peer, "127.0.0.1");
}

TEST_F(DoorTest, AClientHelloMayComeByteByByte) {
  open();
  RawSocket client(port_);
  for (const char byte : hello(true)) {
    ASSERT_TRUE(client.say({&byte, 1}));
    on_loop([] {});
  }
  ASSERT_TRUE(until([&] { return guests_.size() == 1; }));
  EXPECT_EQ(order_, "r");
}

TEST_F(DoorTest, WhoIsSilentHoldsNobodyUpAndIsTurnedAway) {
  limits_.handshakes_max = 1;
  limits_.hello_deadline = 2s;
  open();
  RawSocket silent(port_);
  RawSocket slow(port_);
  ASSERT_TRUE(slow.say("\x16\x03\x01"));
  const auto client = say(hello(false));
  ASSERT_TRUE(until([&] { return guests_.size() == 1; }));
  ASSERT_TRUE(until([&] { return turned_.size() == 2; }));
  EXPECT_THAT(turned_, ElementsAre("hello-timeout", "hello-timeout"));
  EXPECT_EQ(silent.hear(), "");
  EXPECT_TRUE(silent.ended());
}

TEST_F(DoorTest, WhoDoesNotSpeakTlsIsTurnedAwayAtOnce) {
  open();
  const auto client = say("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(until([&] { return turned_.size() == 1; }));
  EXPECT_THAT(turned_, ElementsAre("not-tls"));
}

TEST_F(DoorTest, WhoLeavesBeforeItsClientHelloIsForgotten) {
  open();
  {
    const auto client = say("\x16\x03");
  }
  {
    RawSocket client(port_);
  }
  ASSERT_TRUE(until([&] { return turned_.size() == 2; }));
  EXPECT_THAT(turned_, ElementsAre("no-hello", "no-hello"));
  EXPECT_TRUE(eventually([&] { return keeper_->sources.connections() == 0; }));
}

TEST_F(DoorTest, OnlySoManyHandshakesAreInProgressAndWhoComesBackGoesFirst) {
  const auto first = open_with_one_inside();
  const auto second = queue(false);
  const auto third = queue(false);
  const auto back = queue(true);
  EXPECT_EQ(keeper_->waiting.value(), 3);
  EXPECT_EQ(keeper_->handshakes.value(), 1);
  EXPECT_EQ(inside(), 1U);
  for (std::size_t guest = 0; guest < 3; ++guest) {
    finish(guest);
    ASSERT_TRUE(until([&] { return guests_.size() == guest + 2; }));
  }
  EXPECT_EQ(order_, "frff");
  EXPECT_EQ(keeper_->waiting.value(), 0);
  finish(3);
  EXPECT_TRUE(eventually([&] { return keeper_->handshakes.value() == 0; }));
}

TEST_F(DoorTest, WhoLeftWhileItWaitedCostsNoHandshake) {
  const auto first = open_with_one_inside();
  {
    const auto impatient = queue(false);
  }
  const auto patient = queue(false);
  finish(0);
  ASSERT_TRUE(until([&] { return guests_.size() == 2; }));
  EXPECT_THAT(turned_, ElementsAre("no-hello"));
}

TEST_F(DoorTest, WhoWaitsTooLongIsTurnedAway) {
  limits_.wait_max = 200ms;
  const auto first = open_with_one_inside();
  const auto second = say(hello(false));
  ASSERT_TRUE(until([&] { return turned_.size() == 1; }));
  EXPECT_THAT(turned_, ElementsAre("wait-timeout"));
  second->hear();
  EXPECT_TRUE(second->ended());
  EXPECT_EQ(keeper_->waiting.value(), 0);
}

TEST_F(DoorTest, WhoWouldWaitTooLongIsToldSoAtOnce) {
  limits_.wait_max = 5s;
  const auto first = open_with_one_inside();
  std::vector<std::unique_ptr<RawSocket>> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(queue(false));
  // Two handshakes end half a second apart, so one is thought to take 1 ms + 500 ms / 64: in 5 s there are some 570.
  finish(0);
  ASSERT_TRUE(until([&] { return guests_.size() == 2; }));
  const auto later = std::chrono::steady_clock::now() + 500ms;
  ASSERT_TRUE(eventually([&] { return std::chrono::steady_clock::now() >= later; }));
  finish(1);
  for (int i = 0; i < 700; ++i) clients.push_back(say(hello(false)));
  ASSERT_TRUE(until([&] { return std::ranges::find(turned_, "server-busy") != turned_.end(); }));
}

TEST_F(DoorTest, ASlowHandshakeGivesItsPlaceAway) {
  limits_.handshakes_max = 1;
  limits_.slow_handshake = 200ms;
  limits_.unfinished_factor = 2;
  open();
  const auto first = say(hello(false));
  const auto second = say(hello(false));
  ASSERT_TRUE(until([&] { return guests_.size() == 2; }));
  // But there is an end to that too.
  const auto third = queue(false);
  EXPECT_EQ(inside(), 2U);
  finish(0);
  ASSERT_TRUE(until([&] { return guests_.size() == 3; }));
}

TEST_F(DoorTest, ConnectionsAreCountedUntilTheirEnd) {
  limits_.connections_per_address_max = 1;
  open();
  const auto first = say(hello(false));
  ASSERT_TRUE(until([&] { return guests_.size() == 1; }));
  finish(0);
  RawSocket second(port_);
  ASSERT_TRUE(until([&] { return turned_.size() == 1; }));
  EXPECT_THAT(turned_, ElementsAre("too-many-connections-of-address"));
  leave(0);
  const auto third = say(hello(false));
  ASSERT_TRUE(until([&] { return guests_.size() == 2; }));
}

TEST_F(DoorTest, ATicketThatNobodyGaveOutGoesFirstNoMore) {
  bool ours = false;
  policy_.knows_ticket = [&](ByteView ticket) { return ours && ticket.size() == 32; };
  const auto first = open_with_one_inside();
  const auto second = queue(false);
  const auto third = queue(true);
  finish(0);
  ASSERT_TRUE(until([&] { return guests_.size() == 2; }));
  finish(1);
  ASSERT_TRUE(until([&] { return guests_.size() == 3; }));
  EXPECT_EQ(order_, "ffr") << "an unknown ticket stands where it came";
  on_loop([&] { ours = true; });
  const auto fourth = queue(false);
  const auto fifth = queue(true);
  finish(2);
  ASSERT_TRUE(until([&] { return guests_.size() == 4; }));
  EXPECT_EQ(order_, "ffrr");
}

TEST_F(DoorTest, WholeHandshakesAreLimitedBySourceAndResumedOnesAreNot) {
  limits_.handshakes_per_network_per_second = 0.001;
  limits_.burst = 1'000s;  // one
  open();
  const auto first = say(hello(false));
  ASSERT_TRUE(until([&] { return guests_.size() == 1; }));
  const auto second = say(hello(false));
  ASSERT_TRUE(until([&] { return turned_.size() == 1; }));
  EXPECT_THAT(turned_, ElementsAre("handshake-rate-of-network"));
  const auto third = say(hello(true));
  ASSERT_TRUE(until([&] { return guests_.size() == 2; }));
}

// --- behind a load balancer ------------------------------------------------------------------------------------------

class DoorBehindProxy : public DoorTest {
 protected:
  DoorBehindProxy() {
    policy_.proxies = {net::Cidr::parse("127.0.0.0/8").value()};
    policy_.networks =
        std::make_shared<const Networks>(Networks::make({{.name = "customers",
                                                          .kind = facts::NetworkKind::carrier,
                                                          .ranges = {net::Cidr::parse("192.0.2.0/24").value()}}})
                                             .value());
  }
};

TEST_F(DoorBehindProxy, TheHeaderSaysWhoTheClientIs) {
  open();
  const auto client = say(header(from_192_0_2_7()) + hello(false));
  ASSERT_TRUE(until([&] { return guests_.size() == 1; }));
  EXPECT_EQ(guests_[0]->peer, "192.0.2.7");
  EXPECT_EQ(guests_[0]->network, "customers");
  EXPECT_EQ(guests_[0]->heard, hello(false)) << "the header is gone, the ClientHello is not";
}

TEST_F(DoorBehindProxy, TheHeaderMayComeInPieces) {
  open();
  RawSocket client(port_);
  for (const char byte : header(from_192_0_2_7()) + hello(true)) {
    ASSERT_TRUE(client.say({&byte, 1}));
    on_loop([] {});
  }
  ASSERT_TRUE(until([&] { return guests_.size() == 1; }));
  EXPECT_EQ(guests_[0]->peer, "192.0.2.7");
  EXPECT_EQ(order_, "r");
}

TEST_F(DoorBehindProxy, LimitsCountTheClientNotTheLoadBalancer) {
  limits_.connections_per_address_max = 1;
  open();
  auto other = from_192_0_2_7();
  other.source->address[3] = 8;
  const auto first = say(header(from_192_0_2_7()) + hello(false));
  const auto second = say(header(other) + hello(false));
  ASSERT_TRUE(until([&] { return guests_.size() == 2; }));
  const auto third = say(header(other) + hello(false));
  ASSERT_TRUE(until([&] { return turned_.size() == 1; }));
  EXPECT_THAT(turned_, ElementsAre("too-many-connections-of-address"));
}

TEST_F(DoorBehindProxy, WithoutAHeaderOfVersion2ItIsTurnedAway) {
  limits_.hello_deadline = 2s;
  open();
  const auto none = say(hello(false));
  ASSERT_TRUE(until([&] { return turned_.size() == 1; }));
  const auto old = say("PROXY TCP4 192.0.2.7 192.0.2.1 50000 8883\r\n" + hello(false));
  ASSERT_TRUE(until([&] { return turned_.size() == 2; }));
  const auto cut = say(header(from_192_0_2_7()).substr(0, 20));
  ASSERT_TRUE(until([&] { return turned_.size() == 3; }));
  EXPECT_THAT(turned_, ElementsAre("not-proxy", "proxy-v1", "hello-timeout"));
  EXPECT_THAT(guests_, IsEmpty());
}

TEST_F(DoorBehindProxy, AHealthCheckIsTheLoadBalancersOwn) {
  open();
  const auto client = say(header({.local = true}) + hello(false));
  ASSERT_TRUE(until([&] { return guests_.size() == 1; }));
  EXPECT_EQ(guests_[0]->peer, "127.0.0.1");
}

TEST_F(DoorBehindProxy, AClientsOwnHeaderBehindItIsNoTls) {
  open();
  const auto client = say(header(from_192_0_2_7()) + header(from_192_0_2_7()) + hello(false));
  ASSERT_TRUE(until([&] { return turned_.size() == 1; }));
  EXPECT_THAT(turned_, ElementsAre("proxy-not-trusted"));
}

TEST_F(DoorTest, FromAnybodyElseAHeaderIsRefused) {
  policy_.proxies = {net::Cidr::parse("203.0.113.5").value()};
  open();
  const auto forged = say(header(from_192_0_2_7()) + hello(false));
  ASSERT_TRUE(until([&] { return turned_.size() == 1; }));
  EXPECT_THAT(turned_, ElementsAre("proxy-not-trusted"));
  const auto direct = say(hello(false));
  ASSERT_TRUE(until([&] { return guests_.size() == 1; }));
  EXPECT_EQ(guests_[0]->peer, "127.0.0.1");
}

}  // namespace
}  // namespace outrider::gateway::admission
