// Clients on OpenSSL alone against our server: coming back with a ticket, KeyUpdate, TLS 1.2, and what is remembered of
// certificates.
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "net/accept/listener.h"
#include "net/testing/certificates.h"
#include "net/testing/openssl_client.h"
#include "net/tls/certificate.h"
#include "net/tls/tls_stream.h"
#include "net/tls_detail/openssl.h"

namespace outrider::net {
namespace {

using testing::OpensslClient;
using testing::TestAuthority;

// Echoes, and says first how it knows the client: "full:<name>", "back:<tag>" or "none".
class EchoServer {
 public:
  explicit EchoServer(const ServerTlsConfig& config) : tls_(ServerTls::create(loops_, config).value()) {
    for (std::size_t i = 0; i < loops_.size(); ++i) {
      acceptors_.push_back(listen_tcp(loops_.at(i), parse_endpoint("127.0.0.1", port_).value()).value());
      port_ = acceptors_.back().local_endpoint().port();
    }
    for (std::size_t i = 0; i < loops_.size(); ++i) loops_.at(i).post([this, i] { accept(i); });
  }
  ~EchoServer() {
    loops_
        .run_on_all(
            [this](Loop& loop) {
              acceptors_[loop.index()].close();
              std::set<Session*> mine;
              {
                const std::lock_guard lock(mutex_);
                for (auto* session : sessions_)
                  if (session->stream->loop().here()) mine.insert(session);
              }
              for (auto* session : mine) {
                session->stream->abort();
                gone(session);
              }
            },
            std::chrono::seconds{10})
        .value();
    loops_.stop();
  }
  std::uint16_t port() const { return port_; }
  ServerTls& tls() { return *tls_; }
  std::size_t verified() { return tls_->context(loops_.at(0))->verified->size(); }
  // How the next connection ended.
  std::string next_ending() {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, std::chrono::seconds{20}, [this] { return !endings_.empty(); });
    if (endings_.empty()) return "still open";
    const std::string out = endings_.front();
    endings_.erase(endings_.begin());
    return out;
  }

 private:
  struct Session final : TlsUser {
    explicit Session(EchoServer& s) : server(s) {}
    void on_open() override {
      std::string who = "none";
      if (const auto tag = stream->resumed_tag()) {
        who = "back:" + std::string(as_text(*tag));
        stream->allow_resumption("owner", as_text(*tag), *tag, system_clock().now() + std::chrono::hours{1});
      } else if (const Bytes der = stream->peer_certificate(); !der.empty()) {
        const auto name = crypto::parse_certificate(der)->subject.common_name;
        who = "full:" + name;
        stream->allow_resumption("owner", name, as_bytes(name), system_clock().now() + std::chrono::hours{1});
      }
      who.resize(16, ' ');
      stream->write(as_bytes(who)).value();
    }
    void on_bytes(ByteView bytes) override { std::ignore = stream->write(bytes); }
    void on_drained() override {}
    void on_closed(const Result<void>& why) override {
      server.gone(this, why ? "" : why.error().reason);
      stream->loop().post([this] { delete this; });
    }
    EchoServer& server;
    std::shared_ptr<TlsStream> stream;
  };

  void accept(std::size_t index) {
    acceptors_[index].async_accept(
        loops_.at(index).executor(), [this, index](boost::system::error_code error, TlsStream::Socket socket) {
          if (error) return;
          auto* session = new Session(*this);  // deletes itself when closed
          session->stream = TlsStream::accept(loops_.at(index), std::move(socket), *tls_, limits_).value();
          {
            const std::lock_guard lock(mutex_);
            sessions_.insert(session);
          }
          session->stream->start(*session);
          accept(index);
        });
  }
  void gone(Session* session, const std::string& why) {
    const std::lock_guard lock(mutex_);
    sessions_.erase(session);
    endings_.push_back(why);
    ended_.notify_all();
  }
  void gone(Session* session) {
    gone(session, "aborted");
    delete session;
  }

  TlsStreamLimits limits_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::set<Session*> sessions_;
  std::vector<std::string> endings_;
  Loops loops_{2};
  std::vector<TcpAcceptor> acceptors_;
  std::shared_ptr<ServerTls> tls_;
  std::uint16_t port_ = 0;
};

class ResumptionTest : public ::testing::Test {
 protected:
  ServerTlsConfig config(std::optional<tls::TicketLimits> resumption = tls::TicketLimits{}) {
    ServerTlsConfig out;
    out.identity = TlsIdentity(identity_.chain_pem, Secret(as_text(identity_.key_pem.view())));
    out.client_anchors_pem = authority_.pem();
    out.resumption = resumption;
    return out;
  }
  static std::string heard(OpensslClient& client) {
    std::string out = client.hear(16);
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
  }
  // Connects, hears who it is taken for, and leaves in an orderly way.
  std::string visit(OpensslClient& client, EchoServer& server, bool resume) {
    if (!client.connect(server.port(), resume)) return "refused";
    const std::string out = heard(client);
    client.hang_up();
    server.next_ending();
    return out;
  }

  static std::string serial_of(const TlsIdentity& identity) {
    const auto certificates = openssl::parse_certificates(nullptr, identity.chain_pem, "the test's certificate");
    return hex(tls::serial_of(*certificates->front()));
  }
  // Gives the client that certificate and the key of another identity, which claims to belong to it.
  static void forge(SSL_CTX* context, std::string_view certificate_pem, const TlsIdentity& other) {
    const auto read = [](ByteView pem) {
      return std::unique_ptr<BIO, decltype(&BIO_free)>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                       BIO_free);
    };
    X509* leaf = PEM_read_bio_X509(read(as_bytes(certificate_pem)).get(), nullptr, nullptr, nullptr);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(read(other.key_pem.view()).get(), nullptr, nullptr, nullptr);
    std::array<unsigned char, 65> point{};
    std::size_t bytes = 0;
    EVP_PKEY_get_octet_string_param(X509_get0_pubkey(leaf), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(),
                                    &bytes);
    BIGNUM* secret = nullptr;
    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &secret);
    OSSL_PARAM_BLD* build = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.data(), bytes);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, secret);
    OSSL_PARAM* parameters = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX* maker = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
    EVP_PKEY* forged = nullptr;
    EVP_PKEY_fromdata_init(maker);
    EVP_PKEY_fromdata(maker, &forged, EVP_PKEY_KEYPAIR, parameters);
    ASSERT_EQ(SSL_CTX_use_certificate(context, leaf), 1);
    ASSERT_EQ(SSL_CTX_use_PrivateKey(context, forged), 1);
    EVP_PKEY_CTX_free(maker);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(build);
    BN_clear_free(secret);
    EVP_PKEY_free(forged);
    EVP_PKEY_free(key);
    X509_free(leaf);
  }

  TestAuthority authority_;
  TlsIdentity identity_ = authority_.server();
  TlsIdentity device_ = authority_.client("t-1");
};

TEST_F(ResumptionTest, AClientWithACertificateComesBackWithItsTicketAgainAndAgain) {
  EchoServer server(config());
  OpensslClient client(authority_.pem(), &device_);
  EXPECT_EQ(visit(client, server, true), "full:t-1");
  for (int i = 1; i <= 20; ++i) {  // on whichever loop the kernel chooses
    EXPECT_EQ(visit(client, server, true), "back:t-1");
    EXPECT_EQ(client.tickets(), i + 1);  // one a handshake
  }
  EXPECT_EQ(server.tls().tickets(), 1U);
}

TEST_F(ResumptionTest, EverySuiteResumes) {
  for (const char* suite : {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}) {
    EchoServer server(config());
    OpensslClient client(authority_.pem(), &device_);
    ASSERT_EQ(SSL_CTX_set_ciphersuites(client.context(), suite), 1);
    EXPECT_EQ(visit(client, server, true), "full:t-1") << suite;
    EXPECT_EQ(visit(client, server, true), "back:t-1") << suite;
  }
}

TEST_F(ResumptionTest, ATicketIsShortAndHoldsNothing) {
  EchoServer server(config());
  OpensslClient client(authority_.pem(), &device_);
  ASSERT_TRUE(client.connect(server.port()));
  heard(client);
  const SSL_SESSION* session = SSL_get0_session(client.ssl());
  const unsigned char* ticket = nullptr;
  std::size_t bytes = 0;
  SSL_SESSION_get0_ticket(session, &ticket, &bytes);
  EXPECT_EQ(bytes, tls::TicketStore::id_bytes);
  EXPECT_LE(SSL_SESSION_get_ticket_lifetime_hint(session), 24UL * 3600);
}

TEST_F(ResumptionTest, AForgottenOwnerHasToShowItsCertificateAgain) {
  EchoServer server(config());
  OpensslClient client(authority_.pem(), &device_);
  EXPECT_EQ(visit(client, server, true), "full:t-1");
  server.tls().forget("owner");
  EXPECT_EQ(visit(client, server, true), "full:t-1");
}

TEST_F(ResumptionTest, AForgottenCertificateIsVerifiedAgainAndTheOthersAreNot) {
  EchoServer server(config());
  OpensslClient client(authority_.pem(), &device_);
  const TlsIdentity second = authority_.client("t-2");
  OpensslClient other(authority_.pem(), &second);
  EXPECT_EQ(visit(client, server, true), "full:t-1");
  EXPECT_EQ(visit(other, server, true), "full:t-2");
  ASSERT_EQ(server.verified(), 2U);
  server.tls().forget("owner", serial_of(device_));
  EXPECT_EQ(server.verified(), 1U);
  EXPECT_EQ(visit(other, server, true), "back:t-2");  // a ticket of another certificate of this owner
  EXPECT_EQ(visit(client, server, false), "full:t-1");
  EXPECT_EQ(server.verified(), 2U);
}

TEST_F(ResumptionTest, WhatWasVerifiedSurvivesAReloadUnlessTheAnchorsChange) {
  EchoServer server(config());
  OpensslClient client(authority_.pem(), &device_);
  EXPECT_EQ(visit(client, server, false), "full:t-1");
  ServerTlsConfig same = config();
  same.identity = authority_.server();  // renewed
  ASSERT_TRUE(server.tls().reload(same));
  EXPECT_EQ(server.verified(), 1U);
  same.client_anchors_pem += TestAuthority("another").pem();
  ASSERT_TRUE(server.tls().reload(same));
  EXPECT_EQ(server.verified(), 0U);
  EXPECT_EQ(visit(client, server, false), "full:t-1");
}

TEST_F(ResumptionTest, AClientMayNotComeBackWithoutAnEcdheOfItsOwn) {
  EchoServer server(config());
  OpensslClient client(authority_.pem(), &device_);
  EXPECT_EQ(visit(client, server, true), "full:t-1");
  // It offers psk_ke, too, and no group that the server has: a server that takes psk_ke would let it in.
  SSL_CTX_set_options(client.context(), SSL_OP_ALLOW_NO_DHE_KEX);
  ASSERT_EQ(SSL_CTX_set1_groups_list(client.context(), "P-521"), 1);
  EXPECT_FALSE(client.connect(server.port(), true));
  EXPECT_EQ(server.next_ending(), "tls");
}

TEST_F(ResumptionTest, TicketsSurviveAReload) {
  EchoServer server(config());
  OpensslClient client(authority_.pem(), &device_);
  EXPECT_EQ(visit(client, server, true), "full:t-1");
  ASSERT_TRUE(server.tls().reload(config()));
  EXPECT_EQ(visit(client, server, true), "back:t-1");
}

TEST_F(ResumptionTest, TheSessionsAgeForcesAFullHandshake) {
  tls::TicketLimits limits;
  limits.session_age_max = std::chrono::seconds{0};
  EchoServer server(config(limits));
  OpensslClient client(authority_.pem(), &device_);
  EXPECT_EQ(visit(client, server, true), "full:t-1");
  EXPECT_EQ(visit(client, server, true), "full:t-1");
  EXPECT_EQ(server.tls().tickets(), 0U);
}

TEST_F(ResumptionTest, ATicketIsGoodOnce) {
  EchoServer server(config());
  OpensslClient client(authority_.pem(), &device_);
  EXPECT_EQ(visit(client, server, true), "full:t-1");
  OpensslClient early(authority_.pem(), nullptr);
  OpensslClient late(authority_.pem(), nullptr);
  early.use(client.session());
  late.use(client.session());
  // Who has the ticket's key needs no certificate, but only once.
  EXPECT_EQ(visit(early, server, true), "back:t-1");
  late.connect(server.port(), true);
  EXPECT_EQ(server.next_ending(), "no-certificate");
}

TEST_F(ResumptionTest, AnUnknownTicketLeadsToAFullHandshakeNotToAnAbort) {
  OpensslClient client(authority_.pem(), &device_);
  {
    EchoServer before(config());
    EXPECT_EQ(visit(client, before, true), "full:t-1");
  }
  EchoServer after(config());  // a restart
  EXPECT_EQ(visit(client, after, true), "full:t-1");
}

TEST_F(ResumptionTest, WithoutResumptionNoTicketsAreSentAndClientsThatTryAreLetIn) {
  OpensslClient client(authority_.pem(), &device_);
  {
    EchoServer other(config());
    visit(client, other, false);
  }
  EchoServer server(config(std::nullopt));
  EXPECT_EQ(visit(client, server, true), "full:t-1");
  EXPECT_EQ(client.tickets(), 1);
}

TEST_F(ResumptionTest, AClientWithShortRecordsGetsThemAndComesBackByAFullHandshake) {
  EchoServer server(config());
  OpensslClient client(authority_.pem(), &device_);
  ASSERT_EQ(SSL_CTX_set_tlsext_max_fragment_length(client.context(), TLSEXT_max_fragment_length_512), 1);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(client.connect(server.port(), true));
    EXPECT_EQ(heard(client), "full:t-1");
    const std::string text(5'000, 'x');
    ASSERT_TRUE(client.say(text));
    EXPECT_EQ(client.hear(text.size()), text);
    client.hang_up();
  }
}

TEST_F(ResumptionTest, KeyUpdatesOfTheClientAreFollowedAndAnswered) {
  EchoServer server(config());
  OpensslClient client(authority_.pem(), &device_);
  ASSERT_TRUE(client.connect(server.port()));
  heard(client);
  for (const int request : {SSL_KEY_UPDATE_NOT_REQUESTED, SSL_KEY_UPDATE_REQUESTED, SSL_KEY_UPDATE_REQUESTED}) {
    ASSERT_EQ(SSL_key_update(client.ssl(), request), 1);
    ASSERT_TRUE(client.say("hello"));
    EXPECT_EQ(client.hear(5), "hello");
  }
  client.hang_up();
  EXPECT_EQ(server.next_ending(), "");
}

TEST_F(ResumptionTest, PaddingAndManySmallRecordsAreRead) {
  EchoServer server(config());
  OpensslClient client(authority_.pem(), &device_);
  SSL_CTX_set_block_padding(client.context(), 256);
  ASSERT_TRUE(client.connect(server.port()));
  heard(client);
  std::string all;
  for (int i = 0; i < 300; ++i) {
    const std::string text = "record " + std::to_string(i) + ";";
    ASSERT_TRUE(client.say(text));
    all += text;
  }
  EXPECT_EQ(client.hear(all.size()), all);
}

TEST_F(ResumptionTest, ABulkOfBytesArrivesWhole) {
  EchoServer server(config());
  OpensslClient client(authority_.pem(), &device_);
  ASSERT_TRUE(client.connect(server.port()));
  heard(client);
  std::string text;
  for (int i = 0; text.size() < 700'000; ++i) text += std::to_string(i);
  for (std::size_t at = 0; at < text.size(); at += 50'000) {  // no more at a time than the sockets hold
    const std::string piece = text.substr(at, 50'000);
    ASSERT_TRUE(client.say(piece));
    ASSERT_EQ(client.hear(piece.size()), piece);
  }
}

TEST_F(ResumptionTest, AnAlertOfTheClientIsHeard) {
  EchoServer server(config());
  OpensslClient client(authority_.pem(), &device_);
  ASSERT_TRUE(client.connect(server.port()));
  heard(client);
  // A record that is none: our server answers with an alert that OpenSSL understands.
  client.socket().say("\x16\x03\x03");
  EXPECT_EQ(server.next_ending(), "tls");
  EXPECT_NE(client.ending().find("unexpected message"), std::string::npos);
}

TEST_F(ResumptionTest, AForgedRecordIsAnsweredWithBadRecordMac) {
  EchoServer server(config());
  OpensslClient client(authority_.pem(), &device_);
  ASSERT_TRUE(client.connect(server.port()));
  heard(client);
  std::string forged("\x17\x03\x03\x00\x20", 5);
  forged.append(32, 'x');
  client.socket().say(forged);
  EXPECT_EQ(server.next_ending(), "tls");
  EXPECT_NE(client.ending().find("bad record mac"), std::string::npos);
}

TEST_F(ResumptionTest, CutWithoutCloseNotifyIsTruncation) {
  EchoServer server(config());
  OpensslClient client(authority_.pem(), &device_);
  ASSERT_TRUE(client.connect(server.port()));
  heard(client);
  client.socket().end();
  EXPECT_EQ(server.next_ending(), "truncated");
}

TEST_F(ResumptionTest, ACertificateThatWasVerifiedIsNotVerifiedAgainUntilTheAnchorsChange) {
  EchoServer server(config());
  OpensslClient client(authority_.pem(), &device_);
  EXPECT_EQ(visit(client, server, false), "full:t-1");
  EXPECT_EQ(visit(client, server, false), "full:t-1");
  ServerTlsConfig other = config();
  other.client_anchors_pem = TestAuthority("another").pem();
  ASSERT_TRUE(server.tls().reload(other));
  client.connect(server.port());
  EXPECT_EQ(server.next_ending(), "certificate-untrusted");
}

TEST_F(ResumptionTest, WhoShowsAVerifiedCertificateWithoutItsKeyIsRefused) {
  EchoServer server(config());
  OpensslClient client(authority_.pem(), &device_);
  EXPECT_EQ(visit(client, server, false), "full:t-1");
  OpensslClient thief(authority_.pem(), nullptr);
  forge(thief.context(), device_.chain_pem, authority_.client("t-2"));
  thief.connect(server.port());
  EXPECT_EQ(server.next_ending(), "tls");
}

TEST_F(ResumptionTest, Tls12IsRefusedUnlessTheListenerAllowsIt) {
  OpensslClient client(authority_.pem(), &device_);
  SSL_CTX_set_max_proto_version(client.context(), TLS1_2_VERSION);
  {
    EchoServer strict(config());
    EXPECT_FALSE(client.connect(strict.port()));
    EXPECT_EQ(strict.next_ending(), "tls");
  }
  ServerTlsConfig lenient = config();
  lenient.policy = tls_policy_2026_11_old_modems;
  EchoServer server(lenient);
  for (int i = 0; i < 2; ++i) {  // it cannot resume, and is not aborted for trying
    ASSERT_TRUE(client.connect(server.port(), true));
    EXPECT_FALSE(client.resumed());
    EXPECT_EQ(heard(client), "full:t-1");
    const std::string text(50'000, 'x');
    ASSERT_TRUE(client.say(text.substr(0, 20'000)));
    EXPECT_EQ(client.hear(20'000), text.substr(0, 20'000));
    client.hang_up();
    EXPECT_EQ(server.next_ending(), "");
  }
  // Others get TLS 1.3 there, too.
  OpensslClient modern(authority_.pem(), &device_);
  EXPECT_EQ(visit(modern, server, false), "full:t-1");
}

TEST_F(ResumptionTest, OldSuitesOfTls12AreRefused) {
  ServerTlsConfig lenient = config();
  lenient.policy = tls_policy_2026_11_old_modems;
  EchoServer server(lenient);
  OpensslClient client(authority_.pem(), &device_);
  SSL_CTX_set_max_proto_version(client.context(), TLS1_2_VERSION);
  ASSERT_EQ(SSL_CTX_set_cipher_list(client.context(), "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA"), 1);
  EXPECT_FALSE(client.connect(server.port()));
}

}  // namespace
}  // namespace outrider::net
