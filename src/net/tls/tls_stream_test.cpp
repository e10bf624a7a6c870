// Both ends of a TlsStream over real sockets, and peers that break the rules.
#include "net/tls/tls_stream.h"

#include <gmock/gmock.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <future>
#include <thread>

#include "net/accept/listener.h"
#include "net/testing/certificates.h"
#include "net/testing/raw_socket.h"

namespace outrider::net {
namespace {

namespace asio = boost::asio;
using testing::Life;
using testing::RawSocket;
using testing::TestAuthority;

// Notes what it is told; optionally pauses at once.
struct Notes final : TlsUser {
  std::shared_ptr<TlsStream> stream;
  std::promise<void> opened;
  std::promise<Result<void>> closed;
  std::promise<void> drained;
  std::function<void(Notes&)> when_open = [](Notes&) {};
  std::function<void(Notes&, ByteView)> when_bytes = [](Notes&, ByteView) {};
  Bytes received;

  void on_open() override {
    opened.set_value();
    when_open(*this);
  }
  void on_bytes(ByteView bytes) override {
    received.insert(received.end(), bytes.begin(), bytes.end());
    when_bytes(*this, bytes);
  }
  void on_drained() override { drained.set_value(); }
  void on_closed(const Result<void>& why) override { closed.set_value(why); }
};

std::string reason_of(std::promise<Result<void>>& closed) {
  auto future = closed.get_future();
  if (future.wait_for(std::chrono::seconds{20}) != std::future_status::ready) return "still open";
  const auto why = future.get();
  return why ? "" : why.error().reason;
}

class TlsStreamTest : public ::testing::Test {
 protected:
  ~TlsStreamTest() override {
    loops_
        .run_on_all(
            [this](Loop&) {
              for (Notes* notes : {&server_, &client_})
                if (notes->stream && notes->stream->loop().here()) notes->stream->abort();
            },
            std::chrono::seconds{10})
        .value();
    loops_.stop();
  }

  // Listens for one connection on loop 0.
  void listen(ClientCertificate client = ClientCertificate::required) {
    ServerTlsConfig config;
    config.identity = authority_.server();
    config.client_anchors_pem = authority_.pem();
    config.client = client;
    config.resumption = resumption_;
    tls_ = ServerTls::create(loops_, config).value();
    acceptor_.emplace(listen_tcp(loops_.at(0), parse_endpoint("127.0.0.1", 0).value()).value());
    port_ = acceptor_->local_endpoint().port();
    acceptor_->async_accept(loops_.at(0).executor(), [this](boost::system::error_code error, TlsStream::Socket socket) {
      if (error) return;
      server_.stream = TlsStream::accept(loops_.at(0), std::move(socket), *tls_, limits_).value();
      server_.stream->start(server_);
    });
  }
  void connect(const TlsIdentity* identity) {
    client_tls_ = ClientTls::create({.server_anchors_pem = authority_.pem()}).value();
    if (identity != nullptr) credential_ = client_tls_->credential(*identity).value();
    loops_.at(1).post([this] {
      TlsStream::Socket socket(loops_.at(1).executor());
      socket.connect(parse_endpoint("127.0.0.1", port_).value());
      client_.stream =
          TlsStream::connect(loops_.at(1), std::move(socket), *client_tls_, credential_.get(), "localhost", limits_)
              .value();
      client_.stream->start(client_);
    });
  }

  TestAuthority authority_;
  TlsStreamLimits limits_;
  std::optional<tls::TicketLimits> resumption_;
  Notes server_;
  Notes client_;
  Loops loops_{2};
  std::shared_ptr<ServerTls> tls_;
  std::shared_ptr<const ClientTls> client_tls_;
  std::shared_ptr<const Credential> credential_;
  std::optional<TcpAcceptor> acceptor_;
  std::uint16_t port_ = 0;
};

TEST_F(TlsStreamTest, BytesGoBothWaysAndBothEndsSeeAnOrderlyEnd) {
  listen();
  server_.when_bytes = [](Notes& me, ByteView bytes) { ASSERT_TRUE(me.stream->write(bytes)); };
  client_.when_open = [](Notes& me) { ASSERT_TRUE(me.stream->write(as_bytes("hello"))); };
  client_.when_bytes = [](Notes& me, ByteView) {
    if (me.received.size() == 5) me.stream->close();
  };
  const TlsIdentity identity = authority_.client("t-1");
  connect(&identity);
  EXPECT_EQ(reason_of(client_.closed), "");
  EXPECT_EQ(reason_of(server_.closed), "");
  EXPECT_EQ(as_text(client_.received), "hello");
  EXPECT_EQ(server_.stream->bytes_in(), 5U);
  EXPECT_EQ(server_.stream->bytes_out(), 5U);
  EXPECT_EQ(server_.stream->version(), "TLSv1.3");
  EXPECT_EQ(server_.stream->cipher(), "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(crypto::parse_certificate(server_.stream->peer_certificate())->subject.common_name, "t-1");
}

TEST_F(TlsStreamTest, TheLastWordIsSentAlthoughTheSocketBecomesWritableBeforeTheTurnEnds) {
  resumption_.emplace();  // a ticket waits to be sent with what is said in this turn
  listen();
  server_.when_open = [](Notes& me) {
    ASSERT_TRUE(me.stream->write(as_bytes("refused, and this is why")));
    me.stream->close();
    me.stream->on_ready(EPOLLOUT);
  };
  const TlsIdentity identity = authority_.client("t-1");
  connect(&identity);
  EXPECT_EQ(reason_of(client_.closed), "");
  EXPECT_EQ(reason_of(server_.closed), "");
  EXPECT_EQ(as_text(client_.received), "refused, and this is why");
}

TEST_F(TlsStreamTest, AHandshakeThatDoesNotComeIsCutOff) {
  limits_.handshake_deadline = std::chrono::milliseconds{30};
  listen();
  RawSocket silent(port_);
  EXPECT_EQ(reason_of(server_.closed), "handshake-timeout");
  silent.hear();
  EXPECT_TRUE(silent.ended());
}

TEST_F(TlsStreamTest, AClientWithoutCertificateIsRefused) {
  listen();
  connect(nullptr);
  EXPECT_EQ(reason_of(server_.closed), "no-certificate");
  EXPECT_EQ(reason_of(client_.closed), "tls-alert");
}

TEST_F(TlsStreamTest, AnExpiredCertificateIsRefused) {
  listen();
  const TlsIdentity old = authority_.client("t-1", "", Life{std::chrono::hours{-48}, std::chrono::hours{-24}});
  connect(&old);
  EXPECT_EQ(reason_of(server_.closed), "certificate-expired");
}

TEST_F(TlsStreamTest, ACertificateOfTheFutureIsRefused) {
  listen();
  const TlsIdentity early = authority_.client("t-1", "", Life{std::chrono::hours{24}, std::chrono::hours{48}});
  connect(&early);
  EXPECT_EQ(reason_of(server_.closed), "certificate-expired");
}

TEST_F(TlsStreamTest, ACertificateOfAnotherAuthorityIsRefused) {
  listen();
  const TlsIdentity foreign = TestAuthority("another").client("t-1");
  connect(&foreign);
  EXPECT_EQ(reason_of(server_.closed), "certificate-untrusted");
  EXPECT_EQ(reason_of(client_.closed), "tls-alert");
}

TEST_F(TlsStreamTest, AServersCertificateIsNoClientsCertificate) {
  listen();
  const TlsIdentity wrong = authority_.server("t-1");
  connect(&wrong);
  EXPECT_EQ(reason_of(server_.closed), "certificate-untrusted");
}

TEST_F(TlsStreamTest, PlaintextIsNotTls) {
  listen();
  RawSocket socket(port_);
  socket.say("\x10\x0c MQTT without TLS");
  EXPECT_EQ(reason_of(server_.closed), "not-tls");
  socket.hear();
  EXPECT_TRUE(socket.ended());
}

TEST_F(TlsStreamTest, AConnectionCutWithinTheHandshakeIsReported) {
  listen();
  RawSocket(port_).say("\x16\x03\x01");
  EXPECT_EQ(reason_of(server_.closed), "truncated");
}

TEST_F(TlsStreamTest, AnEndWithoutCloseNotifyIsTruncation) {
  listen();
  const TlsIdentity identity = authority_.client("t-1");
  client_.when_open = [](Notes& me) { ASSERT_TRUE(me.stream->write(as_bytes("x"))); };
  server_.when_bytes = [](Notes& me, ByteView) { ASSERT_TRUE(me.stream->write(as_bytes("y"))); };
  client_.when_bytes = [](Notes& me, ByteView) { me.stream->abort(); };
  connect(&identity);
  const std::string why = reason_of(server_.closed);
  EXPECT_TRUE(why == "truncated" || why == "reset") << why;
}

TEST_F(TlsStreamTest, ASlowReaderIsSaidToBeSlowThenRefusedAndNothingQueuedIsLostWhenItReads) {
  limits_.write_high_bytes = 100'000;
  limits_.write_low_bytes = 50'000;
  limits_.write_queue_bytes_max = 200'000;
  limits_.held = std::make_shared<std::atomic<std::size_t>>(0);
  listen();
  std::promise<std::size_t> written;
  server_.when_open = [&](Notes& me) {
    const Bytes block(10'000, 'x');
    std::size_t total = 0;
    bool was_high = false;
    for (;;) {
      const auto more = me.stream->write(block);
      if (!more) {
        EXPECT_EQ(more.error().reason, "slow-reader");
        break;
      }
      was_high = was_high || !*more;
      total += block.size();
    }
    EXPECT_TRUE(was_high);
    EXPECT_LE(me.stream->queued(), limits_.write_queue_bytes_max);
    EXPECT_GT(*limits_.held, 0U);
    EXPECT_LE(*limits_.held, 210'000U) << "what is queued and its record headers";
    written.set_value(total);
  };
  client_.when_open = [](Notes& me) { me.stream->pause_reading(); };
  const TlsIdentity identity = authority_.client("t-1");
  connect(&identity);
  const std::size_t total = written.get_future().get();
  std::promise<void> all;
  loops_.at(1).post([&] {
    client_.when_bytes = [&](Notes& me, ByteView) {
      if (me.received.size() == total) all.set_value();
    };
    client_.stream->resume_reading();
  });
  server_.drained.get_future().get();
  EXPECT_EQ(all.get_future().wait_for(std::chrono::seconds{20}), std::future_status::ready);
  EXPECT_EQ(*limits_.held, 0U);
}

TEST_F(TlsStreamTest, PausingAfterEveryRecordLosesNothing) {
  listen();
  constexpr std::size_t pieces = 100;
  const Bytes piece(5'000, 'x');
  client_.when_open = [&](Notes& me) {
    for (std::size_t i = 0; i < pieces; ++i) ASSERT_TRUE(me.stream->write(piece));
  };
  std::promise<void> all;
  server_.when_bytes = [&](Notes& me, ByteView) {
    me.stream->pause_reading();
    if (me.received.size() == pieces * piece.size()) return all.set_value();
    // More comes meanwhile, and is found together with what was kept.
    me.stream->loop().post([&me] { me.stream->loop().post([&me] { me.stream->resume_reading(); }); });
  };
  const TlsIdentity identity = authority_.client("t-1");
  connect(&identity);
  EXPECT_EQ(all.get_future().wait_for(std::chrono::seconds{20}), std::future_status::ready);
}

TEST_F(TlsStreamTest, WhatIsWrittenInOneTurnLeavesInOneRecord) {
  listen();
  server_.when_bytes = [](Notes& me, ByteView bytes) {
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(me.stream->write(bytes));
  };
  std::size_t records = 0;
  client_.when_open = [](Notes& me) { ASSERT_TRUE(me.stream->write(as_bytes("12345"))); };
  client_.when_bytes = [&](Notes& me, ByteView bytes) {
    records += bytes.empty() ? 0 : 1;
    if (me.received.size() == 50) me.stream->close();
  };
  const TlsIdentity identity = authority_.client("t-1");
  connect(&identity);
  EXPECT_EQ(reason_of(client_.closed), "");
  EXPECT_EQ(records, 1U);
}

TEST_F(TlsStreamTest, ACloseWaitsForASlowReaderOnlySoLong) {
  limits_.close_deadline = std::chrono::milliseconds{50};
  listen();
  server_.when_open = [](Notes& me) {
    const Bytes block(10'000, 'x');
    while (me.stream->write(block)) {
    }
    me.stream->close();
  };
  client_.when_open = [](Notes& me) { me.stream->pause_reading(); };
  const TlsIdentity identity = authority_.client("t-1");
  connect(&identity);
  EXPECT_EQ(reason_of(server_.closed), "slow-reader");
}

TEST_F(TlsStreamTest, OnlyTls13IsSpoken) {
  ServerTlsConfig config;
  config.identity = authority_.server();
  config.client = ClientCertificate::none;
  config.policy.suites = "TLS_NO_SUCH_SUITE";
  EXPECT_EQ(ServerTls::create(loops_, config).error().reason, "bad-tls-policy");
  EXPECT_EQ(tls_policy_2026_11.version_min, 0x0304);
}

TEST_F(TlsStreamTest, AKeyThatIsNotTheCertificatesIsRefusedAtStart) {
  ServerTlsConfig config;
  config.identity = authority_.server();
  config.identity.key_pem = crypto::KeyPair::generate(crypto::KeyType::p256).to_pem();
  config.client = ClientCertificate::none;
  EXPECT_EQ(ServerTls::create(loops_, config).error().reason, "bad-server-identity");
}

TEST(Loops, EveryLoopRunsAJobOnItsOwnThread) {
  Loops loops(3);
  std::atomic<int> right = 0;
  ASSERT_TRUE(loops.run_on_all([&](Loop& loop) { right += loop.here() ? 1 : 0; }, std::chrono::seconds{10}));
  EXPECT_EQ(right, 3);
  EXPECT_FALSE(loops.at(0).here());
}

TEST(Loops, AnExceptionInAJobIsLoggedAndTheLoopGoesOn) {
  Loops loops(1);
  loops.at(0).post([] { throw std::runtime_error("a bug"); });
  EXPECT_TRUE(loops.run_on_all([](Loop&) {}, std::chrono::seconds{10}));
}

TEST(Loops, ALoopThatHangsDoesNotHangTheCaller) {
  Loops loops(1);
  std::promise<void> release;
  loops.at(0).post([released = release.get_future().share()] { released.wait(); });
  EXPECT_EQ(loops.run_on_all([](Loop&) {}, std::chrono::milliseconds{20}).error().reason, "timeout");
  release.set_value();
}

}  // namespace
}  // namespace outrider::net
