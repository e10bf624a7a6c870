// CPU of the server's thread for one mutual TLS 1.3 handshake (P-256, X25519): our TlsStream against OpenSSL in the
// plainest loop, with the same certificates and the same client in the same run.
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

#include "net/listener.h"
#include "net/testing/certificates.h"
#include "net/tls_stream.h"

namespace {

using namespace outrider;

constexpr int warm_up = 50;
constexpr int handshakes = 1000;

double thread_cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "bench_handshake: %s failed\n", what);
  std::exit(1);
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
void run_client(SSL_CTX* context, std::uint16_t port, int count) {
  for (int i = 0; i < count; ++i) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    require(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "connect");
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    require(SSL_connect(ssl) == 1, "client handshake");
    char byte = 0;
    require(SSL_read(ssl, &byte, 1) <= 0, "end of connection");
    SSL_free(ssl);
    ::close(fd);
  }
}

double bare_openssl(SSL_CTX* server, SSL_CTX* client) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  require(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(listener, 16) == 0 &&
              ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0,
          "listen");
  std::thread clients([&] { run_client(client, ntohs(address.sin_port), warm_up + handshakes); });
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

// Accepts, shakes hands, says goodbye: what a session costs before its first byte.
class Server {
 public:
  Server(net::Loop& loop, const net::ServerTls& tls)
      : loop_(loop), tls_(tls), acceptor_(net::listen_tcp(loop, net::parse_endpoint("127.0.0.1", 0).value()).value()) {
    loop_.post([this] { accept(); });
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  double seconds() { return spent_.get_future().get(); }

 private:
  struct Session final : net::TlsUser {
    explicit Session(Server& s) : server(s) {}
    void on_open() override { stream->close(); }
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
      auto* session = new Session(*this);  // deletes itself when closed
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
  const net::ServerTls& tls_;
  net::TlsStreamLimits limits_;
  net::TcpAcceptor acceptor_;
  int done_ = 0;
  double begin_ = 0;
  std::promise<double> spent_;
};

}  // namespace

int main() {
  const net::testing::TestAuthority authority;
  const auto server_identity = authority.server();
  SSL_CTX* client = plain_context(TLS_client_method(), authority.client("t-1"), authority.pem());
  SSL_CTX* server = plain_context(TLS_server_method(), server_identity, authority.pem());
  const double bare = bare_openssl(server, client);

  net::Loops loops(1);
  net::ServerTlsConfig config;
  config.identity.chain_pem = server_identity.chain_pem;
  config.identity.key_pem = Secret(as_text(server_identity.key_pem.view()));
  config.client_anchors_pem = authority.pem();
  const auto tls = net::ServerTls::create(loops, config).value();
  double ours = 0;
  {
    Server stream_server(loops.at(0), *tls);
    std::thread clients([&] { run_client(client, stream_server.port(), warm_up + handshakes); });
    ours = stream_server.seconds();
    clients.join();
    loops.stop();
  }
  std::printf("mutual TLS 1.3 handshake, P-256, %d of each, CPU of the server's thread\n", handshakes);
  std::printf("  bare OpenSSL loop   %.3f ms\n", bare * 1e3);
  std::printf("  TlsStream           %.3f ms\n", ours * 1e3);
  std::printf("  ratio               %.2f (below 1: cheaper than the bare loop)\n", ours / bare);
  SSL_CTX_free(server);
  SSL_CTX_free(client);
  return 0;
}
