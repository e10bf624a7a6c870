#pragma once
// One MQTT client over mutual TLS 1.3, as little of one as a broker needs to see: OpenSSL on a non-blocking socket,
// packets written by hand. The load must cost less than any broker under it.
#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::bench {

// How to reach the broker and as whom.
struct Target {
  std::uint16_t port = 0;
  std::string ca_file;
};
// A device: its id is its client id, too.
struct Identity {
  std::string device;
  std::string key_pem;
  std::string chain_pem;  // the first certificate is presented
};

class Session {
 public:
  enum class State : std::uint8_t { connecting, handshaking, asked, online };

  // Connects from 127.0.0.<source>: one address has no more than 28,000 ports.
  Session(SSL_CTX* context, const Target& target, const Identity& identity, unsigned source);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  int fd() const { return fd_; }
  bool online() const { return state_ == State::online; }
  bool wants_to_write() const;
  // Something can be read or written: goes on as far as possible. `acknowledged` gets each PUBACK's packet id.
  void proceed(const std::function<void(std::uint16_t)>& acknowledged);
  // Adds a QoS 1 PUBLISH to what flush() sends.
  void publish(std::uint16_t packet_id, std::string_view payload);
  void flush();

 private:
  void handshake();
  void read(const std::function<void(std::uint16_t)>& acknowledged);
  void take(std::string_view packet, const std::function<void(std::uint16_t)>& acknowledged);

  SSL* ssl_ = nullptr;
  std::string device_;
  std::string topic_;
  std::string out_;
  std::string in_;
  int fd_ = -1;
  State state_ = State::connecting;
};

SSL_CTX* make_context(const Target& target);
[[noreturn]] void give_up(const std::string& what);

}  // namespace outrider::bench
