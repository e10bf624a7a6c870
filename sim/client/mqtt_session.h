#pragma once
// The client's side of MQTT as a state machine over bytes: no sockets, no timers. Whoever owns it carries the bytes.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "wire/mqtt/frame.h"
#include "wire/mqtt/packet.h"

namespace outrider::sim {

struct MqttSettings {
  wire::mqtt::Version version = wire::mqtt::Version::v5;
  wire::mqtt::QoS qos = wire::mqtt::QoS::at_least_once;
  // How long the server is to keep the session while the device is away; 0: every connection begins a new one. MQTT
  // 3.1.1 has no time for it: anything but 0 asks for a session without end.
  std::uint32_t session_expiry_s = 0;
  bool subscribe = false;  // to d/me/config and d/me/command, at QoS 1
  std::uint16_t keep_alive_s = 300;
  std::size_t inflight_max = 16;                        // reports a device keeps for acknowledgement
  std::size_t packet_bytes_max = 64UL * 1024;           // of what the server may send us
  std::string content_type = "application/senml+json";  // travels in MQTT 5 only
};

// Below `d/<device>/`.
enum class Topic : std::uint8_t { telemetry, event };

// A report that has been sent and not yet acknowledged; at QoS 2, whose handshake is not complete yet.
struct Held {
  std::uint16_t packet_identifier = 0;
  Bytes payload;
  Topic topic = Topic::telemetry;
  bool sent = true;       // on this connection
  bool offered = false;   // on an earlier connection of this session
  bool released = false;  // QoS 2: PUBREC has come, the server has it; PUBCOMP is awaited
};

// Hears what the server says.
class MqttEvents {
 public:
  virtual void on_connected() = 0;
  // PUBACK, or PUBREC of QoS 2: the server has it.
  virtual void on_acknowledged(const Held& report) = 0;
  // The server has taken the report off our hands but does not want it (PUBACK with an error; MQTT 5 only).
  virtual void on_report_refused(const Held& report, wire::mqtt::ReasonCode reason, std::string_view why) = 0;
  // Something subscribed to: a command, a configuration.
  virtual void on_message(std::string_view topic, ByteView payload) = 0;

 protected:
  ~MqttEvents() = default;
};

// One device's session, for its whole life: connections come and go (open), reports that were sent and not
// acknowledged stay and are sent again. `settings` must outlive it. Not thread-safe.
class MqttSession {
 public:
  MqttSession(const MqttSettings& settings, std::string device) : settings_(settings), device_(std::move(device)) {}

  // Begins a new connection: appends CONNECT. What was half received is forgotten.
  Result<void> open(Bytes& out);
  // Bytes from the server; appends answers to `out`. After CONNACK the unacknowledged reports go again: with DUP when
  // the server still knows the session, otherwise each as a new message (MQTT 5, 3.3.1.1), and whoever reads tells a
  // repetition by its content. As many go at once as the server's Receive Maximum lets through. An Error ends the
  // connection: the server refused it, said goodbye (the reason is the MQTT reason code's name), or broke the protocol.
  Result<void> receive(ByteView chunk, MqttEvents& events, Bytes& out);

  // CONNACK has come and was friendly.
  bool connected() const { return state_ == State::connected; }
  // One more report may be sent now.
  bool has_room() const { return connected() && held_.size() < inflight_limit_; }
  // Appends a PUBLISH and, at QoS 1, keeps the payload until it is acknowledged.
  Result<void> publish(Bytes payload, Bytes& out, Topic topic = Topic::telemetry);
  const std::vector<Held>& held() const { return held_; }
  bool awaits_answer() const { return !held_.empty() || pinged_; }

  void ping(Bytes& out);
  void disconnect(Bytes& out);
  // The connection's keep alive in seconds: ours, or what the server said instead; 0 for none.
  std::uint16_t keep_alive_s() const { return keep_alive_s_; }

 private:
  enum class State : std::uint8_t { idle, connecting, connected, spent };

  Result<void> take(ByteView frame, MqttEvents& events, Bytes& out);
  Result<void> take_connack(const wire::mqtt::Connack& packet, MqttEvents& events, Bytes& out);
  Result<void> take_puback(const wire::mqtt::Puback& packet, MqttEvents& events, Bytes& out);
  Result<void> take_pubrec(const wire::mqtt::Pubrec& packet, MqttEvents& events, Bytes& out);
  Result<void> take_pubcomp(const wire::mqtt::Pubcomp& packet, Bytes& out);
  Result<void> take_pubrel(const wire::mqtt::Pubrel& packet, Bytes& out);
  Result<void> take_suback(const wire::mqtt::Suback& packet);
  Result<void> take_publish(const wire::mqtt::Publish& packet, MqttEvents& events, Bytes& out);
  Result<void> subscribe(Bytes& out);
  // The held report in flight under this identifier; nullptr when there is none.
  Held* in_flight(std::uint16_t identifier);
  void settle(const Held& report);
  Result<void> append(const Held& report, Bytes& out);
  // Sends held reports that have not gone out on this connection, as far as there is room.
  Result<void> resend(Bytes& out);
  std::uint16_t free_identifier();

  const MqttSettings& settings_;
  const std::string device_;  // also the client identifier
  wire::mqtt::FrameSplitter frames_;
  std::vector<Held> held_;               // in order of sending; a handful
  std::vector<std::uint16_t> received_;  // QoS 2 from the server: taken, PUBREL awaited (MQTT 5, 4.3.3)
  std::uint16_t subscribing_ = 0;        // identifier of the SUBSCRIBE in flight; 0: none
  bool subscribed_ = false;
  std::size_t inflight_limit_ = 1;
  std::size_t packet_bytes_limit_ = 0;  // the server's, 0 for none
  std::uint16_t keep_alive_s_ = 0;
  std::uint16_t last_identifier_ = 0;
  State state_ = State::idle;
  bool pinged_ = false;
};

}  // namespace outrider::sim
