// What a handshake of mutual TLS 1.3 (P-256, X25519) costs the server in CPU, with the same client in the same run:
// 1. our TlsStream against OpenSSL in the plainest loop; 2. our broker against Mosquitto, each in a process of its own,
// from the connection through CONNECT and CONNACK to the end.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <future>
#include <thread>

#include "wakeups_support.h"

namespace {

using namespace outrider;
using bench::require;

constexpr int warm_up = 50;
constexpr int handshakes = 1000;
constexpr std::size_t devices = 400;
constexpr int rounds = 4;  // of every device coming back
constexpr std::size_t at_once = 16;

double thread_cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// A context as most programs make one: PEM in, defaults otherwise.
SSL_CTX* plain_context(const SSL_METHOD* method, const net::TlsIdentity& identity, const std::string& anchors) {
  SSL_CTX* context = SSL_CTX_new(method);
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  const auto bio = [](ByteView text) { return BIO_new_mem_buf(text.data(), static_cast<int>(text.size())); };
  BIO* chain = bio(as_bytes(identity.chain_pem));
  BIO* key = bio(identity.key_pem.view());
  BIO* roots = bio(as_bytes(anchors));
  X509* leaf = PEM_read_bio_X509(chain, nullptr, nullptr, nullptr);
  X509* root = PEM_read_bio_X509(roots, nullptr, nullptr, nullptr);
  EVP_PKEY* secret = PEM_read_bio_PrivateKey(key, nullptr, nullptr, nullptr);
  require(SSL_CTX_use_certificate(context, leaf) == 1 && SSL_CTX_use_PrivateKey(context, secret) == 1 &&
              X509_STORE_add_cert(SSL_CTX_get_cert_store(context), root) == 1,
          "loading certificates");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  X509_free(leaf);
  X509_free(root);
  EVP_PKEY_free(secret);
  for (BIO* used : {chain, key, roots}) BIO_free(used);
  return context;
}

// Shakes hands and waits for the server's end of the connection.
void run_client(net::testing::OpensslClient& client, std::uint16_t port, int count, bool resume) {
  for (int i = 0; i < count; ++i) {
    require(client.connect(port, resume), "client handshake");
    require(!resume || i == 0 || client.resumed(), "resumption");
    require(client.ending() == "close_notify", "end of connection");
    client.hang_up();
  }
}

double bare_openssl(SSL_CTX* server, net::testing::OpensslClient& client, bool resume) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  require(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(listener, 16) == 0 &&
              ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0,
          "listen");
  std::thread clients([&] { run_client(client, ntohs(address.sin_port), warm_up + handshakes, resume); });
  double begin = 0;
  for (int i = 0; i < warm_up + handshakes; ++i) {
    if (i == warm_up) begin = thread_cpu_seconds();
    const int fd = ::accept(listener, nullptr, nullptr);
    SSL* ssl = SSL_new(server);
    SSL_set_fd(ssl, fd);
    require(SSL_accept(ssl) == 1, "bare handshake");
    SSL_shutdown(ssl);
    SSL_free(ssl);
    ::close(fd);
  }
  const double spent = thread_cpu_seconds() - begin;
  clients.join();
  ::close(listener);
  return spent / handshakes;
}

enum class Way { first_seen, seen_before, resumed };

// Accepts, shakes hands, says goodbye: what a session costs before its first byte.
class Server {
 public:
  Server(net::Loop& loop, net::ServerTls& tls, Way way, std::string serial)
      : loop_(loop),
        tls_(tls),
        way_(way),
        serial_(std::move(serial)),
        acceptor_(net::listen_tcp(loop, net::parse_endpoint("127.0.0.1", 0).value()).value()) {
    loop_.post([this] { accept(); });
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  double seconds() { return spent_.get_future().get(); }

 private:
  struct Session final : net::TlsUser {
    explicit Session(Server& s) : server(s) {}
    void on_open() override {
      if (server.way_ == Way::resumed)
        stream->allow_resumption("t-1", server.serial_, {}, system_clock().now() + std::chrono::hours{1});
      stream->close();
    }
    void on_bytes(ByteView) override {}
    void on_drained() override {}
    void on_closed(const Result<void>& why) override {
      require(why.has_value(), "handshake of TlsStream");
      server.count();
      server.loop_.post([this] { delete this; });
    }
    Server& server;
    std::shared_ptr<net::TlsStream> stream;
  };

  void accept() {
    acceptor_.async_accept(loop_.executor(), [this](boost::system::error_code error, net::TlsStream::Socket socket) {
      if (error) return;
      if (way_ == Way::first_seen) tls_.forget("nobody", serial_);  // what was verified, too
      auto* session = new Session(*this);                           // deletes itself when closed
      session->stream = net::TlsStream::accept(loop_, std::move(socket), tls_, limits_).value();
      session->stream->start(*session);
      accept();
    });
  }
  void count() {
    ++done_;
    if (done_ == warm_up) begin_ = thread_cpu_seconds();
    if (done_ != warm_up + handshakes) return;
    spent_.set_value((thread_cpu_seconds() - begin_) / handshakes);
    acceptor_.close();
  }

  net::Loop& loop_;
  net::ServerTls& tls_;
  Way way_;
  std::string serial_;  // of the clients' certificate
  net::TlsStreamLimits limits_;
  net::TcpAcceptor acceptor_;
  int done_ = 0;
  double begin_ = 0;
  std::promise<double> spent_;
};

double tls_stream(const net::testing::TestAuthority& authority, const net::TlsIdentity& identity,
                  const std::string& serial, net::testing::OpensslClient& client, Way way) {
  net::Loops loops(1);
  net::ServerTlsConfig config;
  config.identity = net::TlsIdentity(identity.chain_pem, Secret(as_text(identity.key_pem.view())));
  config.client_anchors_pem = authority.pem();
  if (way == Way::resumed) config.resumption = net::tls::TicketLimits{};
  const auto tls = net::ServerTls::create(loops, config).value();
  Server server(loops.at(0), *tls, way, serial);
  std::thread clients([&] { run_client(client, server.port(), warm_up + handshakes, way == Way::resumed); });
  const double out = server.seconds();
  clients.join();
  loops.stop();
  return out;
}

void against_openssl() {
  const net::testing::TestAuthority authority;
  const auto server_identity = authority.server();
  const auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
  const auto certificate = authority.certificate("t-1", "", key.public_key());
  const net::TlsIdentity client_identity(certificate.pem(), key.to_pem());
  const std::string& serial = certificate.serial;
  SSL_CTX* server = plain_context(TLS_server_method(), server_identity, authority.pem());
  SSL_CTX_set_session_id_context(server, reinterpret_cast<const unsigned char*>("bench"), 5);
  net::testing::OpensslClient client(authority.pem(), &client_identity);
  const double bare = bare_openssl(server, client, false);
  const double bare_resumed = bare_openssl(server, client, true);
  std::printf("mutual TLS 1.3 handshake, P-256, %d of each, CPU of the server's thread\n", handshakes);
  std::printf("  bare OpenSSL loop                    %.3f ms\n", bare * 1e3);
  std::printf("  bare OpenSSL loop, resumed           %.3f ms  ratio %.2f\n", bare_resumed * 1e3, bare_resumed / bare);
  const auto ours = [&](const char* name, Way way) {
    net::testing::OpensslClient fresh(authority.pem(), &client_identity);
    const double spent = tls_stream(authority, server_identity, serial, fresh, way);
    std::printf("  %-36s %.3f ms  ratio %.2f\n", name, spent * 1e3, spent / bare);
  };
  ours("TlsStream, certificate new to it", Way::first_seen);
  ours("TlsStream, certificate seen before", Way::seen_before);
  ours("TlsStream, resumed", Way::resumed);
  SSL_CTX_free(server);
}

using Clients = std::vector<std::unique_ptr<net::testing::OpensslClient>>;

// Every client visits `count` times, several of them at a time; CPU seconds of the server for one visit.
double visit_all(Clients& clients, pid_t pid, std::uint16_t port, int count, bool resume, bool same_id) {
  const double begin = bench::cpu_of(pid);
  {
    std::vector<std::jthread> threads;
    for (std::size_t first = 0; first < at_once; ++first) {
      threads.emplace_back([&, first] {
        for (int i = 0; i < count; ++i)
          for (std::size_t at = first; at < clients.size(); at += at_once)
            bench::visit(*clients[at], port, same_id ? "t-1/" + std::to_string(at) : bench::device_name(at), resume);
      });
    }
  }
  return (bench::cpu_of(pid) - begin) / (count * static_cast<double>(clients.size()));
}

void against_mosquitto() {
  bench::pin_to_core(0);
  const bench::Scratch scratch;
  double theirs = 0;
  if (const auto peer = bench::start_mosquitto(scratch.path())) {
    const net::TlsIdentity identity(peer->access.chain_pem, Secret(std::string_view(peer->access.key_pem)));
    Clients clients;
    for (std::size_t i = 0; i < devices; ++i)
      clients.push_back(std::make_unique<net::testing::OpensslClient>(peer->access.anchors_pem, &identity));
    bench::pin_to_core(peer->pid(), 1);
    visit_all(clients, peer->pid(), peer->access.port, 1, false, true);
    theirs = visit_all(clients, peer->pid(), peer->access.port, rounds, false, true);
  }
  const auto fleet = bench::start_fleet(devices);
  Clients clients;
  for (const auto& identity : fleet->devices)
    clients.push_back(std::make_unique<net::testing::OpensslClient>(fleet->anchors_pem, &identity));
  std::printf("connection, handshake, CONNECT, end: CPU of the broker's process, %zu devices, %zu at a time\n", devices,
              at_once);
  if (theirs == 0)
    std::printf("  mosquitto is not installed: no ratio\n");
  else
    std::printf("  mosquitto                            %.3f ms\n", theirs * 1e3);
  const auto say = [&](const char* name, int count, bool resume) {
    const double spent = visit_all(clients, fleet->pid, fleet->port, count, resume, false);
    std::printf("  %-36s %.3f ms", name, spent * 1e3);
    if (theirs != 0) std::printf("  ratio %.2f", spent / theirs);
    std::printf("\n");
  };
  say("outrider, certificate new to it", 1, false);
  say("outrider, certificate seen before", rounds, false);
  say("outrider, resumed", rounds, true);
}

}  // namespace

int main() {
  against_openssl();
  against_mosquitto();
  return 0;
}
