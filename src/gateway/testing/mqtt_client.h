#pragma once
// An MQTT client for tests and benches: real TLS on a real socket, and free to say anything. Runs its loop on the
// thread that calls it.
#include <chrono>
#include <deque>
#include <optional>
#include <string>

#include "net/accept/listener.h"
#include "net/tls/tls_stream.h"
#include "wire/mqtt/codec.h"
#include "wire/mqtt/frame.h"

namespace outrider::gateway::testing {

class MqttClient final : public net::TlsUser {
 public:
  static constexpr std::chrono::seconds patience{30};  // sanitizers on a busy machine

  // The most that the server grants: where a second of the protocol is a few milliseconds, a busy machine is not
  // silence.
  static constexpr std::uint16_t patient_keep_alive = 18'000;

  // `from`: an address of loopback to come from.
  MqttClient(std::uint16_t port, std::shared_ptr<const net::ClientTls> tls, const net::TlsIdentity* identity,
             const std::string& from = "127.0.0.1")
      : tls_(std::move(tls)) {
    if (identity != nullptr) credential_ = tls_->credential(*identity).value();
    net::TlsStream::Socket socket(loop_.executor());
    socket.open(boost::asio::ip::tcp::v4());
    socket.bind(net::parse_endpoint(from, 0).value());
    socket.connect(net::parse_endpoint("127.0.0.1", port).value());
    stream_ = net::TlsStream::connect(loop_, std::move(socket), *tls_, credential_.get(), "localhost", limits_).value();
    stream_->start(*this);
    run_until([this] { return open_ || closed_; });
  }
  ~MqttClient() { cut(); }

  // Answers are read as of this version.
  wire::mqtt::Version version = wire::mqtt::Version::v5;

  template <class Packet>
  void send(const Packet& packet) {
    Bytes out;
    wire::mqtt::encode(packet, version, out).value();
    say(out);
  }
  void say(ByteView bytes) { static_cast<void>(stream_->write(bytes)); }

  // CONNECT, and the CONNACK; nothing when the connection ended instead.
  std::optional<wire::mqtt::Connack> connect(wire::mqtt::Connect packet) {
    version = packet.version;
    send(packet);
    return next<wire::mqtt::Connack>();
  }
  std::optional<wire::mqtt::Connack> connect(std::string_view client_id,
                                             wire::mqtt::Version as = wire::mqtt::Version::v5,
                                             std::uint16_t keep_alive = patient_keep_alive) {
    wire::mqtt::Connect packet;
    packet.version = as;
    packet.client_identifier = client_id;
    packet.keep_alive = keep_alive;
    return connect(packet);
  }

  void publish(std::string_view topic, std::string_view payload, std::uint16_t packet_identifier,
               std::optional<std::string_view> content_type = std::nullopt) {
    wire::mqtt::Publish packet;
    packet.topic = topic;
    packet.payload = as_bytes(payload);
    packet.qos = packet_identifier == 0 ? wire::mqtt::QoS::at_most_once : wire::mqtt::QoS::at_least_once;
    packet.packet_identifier = packet_identifier;
    packet.properties.content_type = content_type;
    send(packet);
  }

  // The next packet, which borrows until the next call; nothing when the connection ends or patience does.
  std::optional<wire::mqtt::Packet> next_packet() {
    run_until([this] { return !frames_.empty() || closed_; });
    if (frames_.empty()) return std::nullopt;
    frame_ = std::move(frames_.front());
    frames_.pop_front();
    return wire::mqtt::decode(frame_, version).value();
  }
  // The next packet if it is of that kind.
  template <class Packet>
  std::optional<Packet> next() {
    auto packet = next_packet();
    if (!packet || !std::holds_alternative<Packet>(*packet)) return std::nullopt;
    return std::get<Packet>(*packet);
  }
  // True when nothing comes although a PINGREQ sent now is answered: what was to come would have come before.
  bool nothing_before_pong() {
    send(wire::mqtt::Pingreq{});
    return next<wire::mqtt::Pingresp>().has_value();
  }
  // Why the connection ended: "" for an orderly end, else the slug; "open" when it did not.
  std::string ended() {
    run_until([this] { return closed_.has_value(); });
    if (!closed_) return "open";
    return *closed_ ? "" : closed_->error().reason;
  }
  void stop_reading() { stream_->pause_reading(); }
  // Gone without a word.
  void cut() {
    if (stream_) stream_->abort();
    loop_.context().restart();
    loop_.context().poll();
  }
  net::Loop& loop() { return loop_; }
  net::TlsStream& stream() { return *stream_; }

  template <class Condition>
  bool run_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + patience;
    loop_.context().restart();
    while (!condition()) {
      if (std::chrono::steady_clock::now() >= end) return false;
      loop_.context().run_one_for(std::chrono::milliseconds{100});
    }
    return true;
  }

 private:
  void on_open() override { open_ = true; }
  void on_bytes(ByteView bytes) override {
    splitter_
        .feed(bytes,
              [this](ByteView frame) -> Result<void> {
                frames_.push_back(to_bytes(frame));
                return {};
              })
        .value();
  }
  void on_drained() override {}
  void on_closed(const Result<void>& why) override { closed_ = why; }

  net::Loop loop_;
  net::TlsStreamLimits limits_;
  std::shared_ptr<const net::ClientTls> tls_;
  std::shared_ptr<const net::Credential> credential_;
  std::shared_ptr<net::TlsStream> stream_;
  wire::mqtt::FrameSplitter splitter_;
  std::deque<Bytes> frames_;
  Bytes frame_;
  bool open_ = false;
  std::optional<Result<void>> closed_;
};

}  // namespace outrider::gateway::testing
