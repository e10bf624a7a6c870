#pragma once
// One MQTT connection in an attacker's hands: it says what it likes and hears what it is answered. Blocking; runs its
// loop on the caller's thread.
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/loop.h"
#include "net/tls/tls.h"
#include "net/tls/tls_stream.h"
#include "wire/mqtt/frame.h"
#include "wire/mqtt/packet.h"

namespace outrider::sim {

// Where to, and as whom.
struct LineSetup {
  net::Loop& loop;
  const net::ClientTls& tls;
  const net::Credential* credential = nullptr;  // may be null: no certificate
  boost::asio::ip::tcp::endpoint server;
  std::string server_name;
  std::string client_id;
  std::optional<boost::asio::ip::address> from;  // an address of ours; nothing: the system's choice
  std::shared_ptr<ssl_session_st> ticket;        // of an earlier line
  std::chrono::milliseconds patience{10'000};
};

class Line final : public net::TlsUser {
 public:
  // Connects: TLS and CONNECT. An Error says who refused: reason "tls-…" or another of net/tls_stream.h for the
  // handshake, the MQTT reason code's name for CONNACK, "closed" when it was cut off without a word.
  static Result<std::unique_ptr<Line>> open(const LineSetup& setup);
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  // At QoS 1; returns when it is acknowledged. An Error: the reason code's name, or "closed".
  Result<void> publish(std::string_view topic, ByteView payload, std::string_view content_type);
  Result<void> subscribe(std::string_view filter);
  // Lets so much time pass, hearing what comes.
  void listen(std::chrono::milliseconds time);

  bool is_open() const { return stream_ != nullptr; }
  std::size_t messages() const { return messages_; }  // published to it
  // What a later line can resume; null when the server gave none.
  std::shared_ptr<ssl_session_st> ticket() const;

  // net::TlsUser
  void on_open() override;
  void on_bytes(ByteView bytes) override;
  void on_drained() override {}
  void on_closed(const Result<void>& why) override;

 private:
  struct Answer {
    std::uint16_t packet_identifier = 0;  // 0: CONNACK
    wire::mqtt::ReasonCode reason{};
    std::string why;
  };
  explicit Line(const LineSetup& setup) : setup_(setup) {}
  Result<void> connect();
  Result<void> take(ByteView frame);
  Result<void> write(const Bytes& bytes);
  // Runs the loop until the answer is there.
  Result<void> await(std::uint16_t packet_identifier);
  std::uint16_t next_identifier();

  const LineSetup setup_;
  const net::TlsStreamLimits limits_;
  std::shared_ptr<net::TlsStream> stream_;
  std::shared_ptr<ssl_session_st> ticket_;
  wire::mqtt::FrameSplitter frames_;
  std::optional<Answer> answer_;
  std::optional<Error> ended_;
  std::size_t messages_ = 0;
  std::uint16_t last_identifier_ = 0;
};

}  // namespace outrider::sim
