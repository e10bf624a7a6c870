#include "bench/load/session.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace outrider::bench {
namespace {

constexpr std::size_t chunk_bytes = 16 * 1024;

void append_u16(std::string& out, std::size_t value) {
  out += static_cast<char>(value >> 8U);
  out += static_cast<char>(value & 0xFFU);
}
void append_text(std::string& out, std::string_view text) {
  append_u16(out, text.size());
  out += text;
}
// MQTT 5, 1.5.5
void append_length(std::string& out, std::size_t value) {
  do {
    const auto low = static_cast<unsigned char>(value & 0x7FU);
    value >>= 7U;
    out += static_cast<char>(value != 0 ? low | 0x80U : low);
  } while (value != 0);
}

std::string connect_packet(std::string_view client_id) {
  std::string body;
  append_text(body, "MQTT");
  body += '\x05';          // version 5
  body += '\x02';          // clean start
  append_u16(body, 3600);  // keep alive
  body += '\x00';          // no properties
  append_text(body, client_id);
  std::string out = "\x10";
  append_length(out, body.size());
  return out + body;
}

template <class T, class Read>
T* read_pem(const std::string& text, Read read) {
  BIO* const memory = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
  T* const out = read(memory, nullptr, nullptr, nullptr);
  BIO_free(memory);
  if (out == nullptr) give_up("reading a key or certificate");
  return out;
}

}  // namespace

void give_up(const std::string& what) {
  std::fprintf(stderr, "bench_load: %s failed: %s; %s\n", what.c_str(), std::strerror(errno),
               ERR_error_string(ERR_peek_last_error(), nullptr));
  std::exit(1);
}

SSL_CTX* make_context(const Target& target) {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set1_groups_list(context, "P-256");
  if (SSL_CTX_load_verify_locations(context, target.ca_file.c_str(), nullptr) != 1)
    give_up("reading " + target.ca_file);
  return context;
}

Session::Session(SSL_CTX* context, const Target& target, const Identity& identity, unsigned source)
    : device_(identity.device), topic_("d/" + identity.device + "/telemetry") {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) give_up("making a socket");
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd_, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + source);
  if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    give_up("binding a source address");
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(target.port);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS)
    give_up("connecting");
  ssl_ = SSL_new(context);
  SSL_set_fd(ssl_, fd_);
  SSL_set_tlsext_host_name(ssl_, "localhost");
  SSL_set1_host(ssl_, "localhost");
  SSL_set_connect_state(ssl_);
  auto* const key = read_pem<EVP_PKEY>(identity.key_pem, PEM_read_bio_PrivateKey);
  auto* const certificate = read_pem<X509>(identity.chain_pem, PEM_read_bio_X509);
  if (SSL_use_certificate(ssl_, certificate) != 1 || SSL_use_PrivateKey(ssl_, key) != 1) give_up("using a certificate");
  EVP_PKEY_free(key);
  X509_free(certificate);
}

Session::~Session() {
  SSL_free(ssl_);
  ::close(fd_);
}

bool Session::wants_to_write() const {
  return state_ == State::connecting || (state_ == State::handshaking && SSL_want_write(ssl_)) || !out_.empty();
}

void Session::proceed(const std::function<void(std::uint16_t)>& acknowledged) {
  if (state_ == State::connecting) state_ = State::handshaking;
  if (state_ == State::handshaking) handshake();
  if (state_ == State::handshaking) return;
  flush();
  read(acknowledged);
}

void Session::handshake() {
  ERR_clear_error();
  const int done = SSL_connect(ssl_);
  if (done == 1) {
    state_ = State::asked;
    out_ = connect_packet(device_);
    return;
  }
  const int why = SSL_get_error(ssl_, done);
  if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) give_up("the TLS handshake of " + device_);
}

void Session::flush() {
  while (!out_.empty()) {
    ERR_clear_error();
    const int count = SSL_write(ssl_, out_.data(), static_cast<int>(out_.size()));
    if (count <= 0) {
      const int why = SSL_get_error(ssl_, count);
      if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return;
      give_up("writing as " + device_);
    }
    out_.erase(0, static_cast<std::size_t>(count));
  }
}

void Session::read(const std::function<void(std::uint16_t)>& acknowledged) {
  static thread_local char buffer[chunk_bytes];
  for (;;) {
    ERR_clear_error();
    const int count = SSL_read(ssl_, buffer, sizeof buffer);
    if (count <= 0) {
      const int why = SSL_get_error(ssl_, count);
      if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return;
      give_up("reading as " + device_);
    }
    in_.append(buffer, static_cast<std::size_t>(count));
    std::string_view rest = in_;
    // What a broker sends us has one byte of length: CONNACK and PUBACK are short.
    while (rest.size() >= 2 && rest.size() >= 2U + static_cast<unsigned char>(rest[1])) {
      const std::size_t size = 2U + static_cast<unsigned char>(rest[1]);
      take(rest.substr(0, size), acknowledged);
      rest.remove_prefix(size);
    }
    in_.erase(0, in_.size() - rest.size());
    if (in_.empty()) in_.shrink_to_fit();
  }
}

void Session::take(std::string_view packet, const std::function<void(std::uint16_t)>& acknowledged) {
  const auto byte = [&](std::size_t at) { return at < packet.size() ? static_cast<unsigned char>(packet[at]) : 0U; };
  if ((byte(0) & 0xF0U) == 0x20U) {  // CONNACK
    if (byte(3) != 0) give_up("CONNECT of " + device_ + " (reason " + std::to_string(byte(3)) + ")");
    state_ = State::online;
    out_.shrink_to_fit();
  } else if ((byte(0) & 0xF0U) == 0x40U) {  // PUBACK; without a reason code: success. 0x10: no subscribers
    if (packet.size() > 4 && byte(4) != 0 && byte(4) != 0x10U)
      give_up("PUBLISH (reason " + std::to_string(byte(4)) + ")");
    acknowledged(static_cast<std::uint16_t>(byte(2) << 8U | byte(3)));
  } else if ((byte(0) & 0xF0U) == 0xE0U) {
    give_up("the session of " + device_ + " (DISCONNECT, reason " + std::to_string(byte(2)) + ")");
  }
}

void Session::publish(std::uint16_t packet_id, std::string_view payload) {
  out_ += '\x32';
  append_length(out_, 2 + topic_.size() + 2 + 1 + payload.size());
  append_text(out_, topic_);
  append_u16(out_, packet_id);
  out_ += '\0';  // no properties
  out_ += payload;
}

}  // namespace outrider::bench
