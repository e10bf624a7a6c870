#pragma once
// One client: from its TLS handshake to its end.
//
// Created by the hub for an accepted connection; lives on the hub's loop until its stream has ended, then the hub
// buries it. Its state is a table of what may come next; what it may do comes from its certificate and profile alone.
// The sources: session.cpp (life and dispatch), connect.cpp, publish.cpp, subscribe.cpp, deliver.cpp.
#include <boost/asio/ip/address.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/mqtt/hub.h"
#include "gateway/mqtt/rights/topics.h"
#include "gateway/mqtt/session/acks.h"
#include "gateway/mqtt/session/bucket.h"
#include "gateway/mqtt/session/outbox.h"
#include "identity/device_name.h"
#include "net/tls_stream.h"
#include "wire/mqtt/codec.h"
#include "wire/mqtt/frame.h"

namespace outrider::gateway::mqtt {

class Session final : public net::TlsUser {
 public:
  using Time = Hub::Time;

  Session(Hub& hub, SessionId id, std::shared_ptr<net::TlsStream> stream, admission::Arrival arrival);
  ~Session();

  void start();
  SessionId id() const { return id_; }
  const FleetId& fleet() const { return fleet_; }
  const DeviceId& device() const { return device_; }
  const std::string& serial() const { return serial_; }

  // An append of ours is durable, or failed. flush() then sends the PUBACKs whose turn has come.
  void complete(Completion completion);
  void flush();
  // A message for a subscription of ours.
  void deliver(const std::shared_ptr<const Message>& message, wire::mqtt::QoS qos, bool by_alias);
  // Looks at every deadline; called by the wheel.
  void check_deadlines(Time now);

  // Ends the session from our side: DISCONNECT with the reason (MQTT 5), then the close. `why` is the slug for the
  // record.
  void end(wire::mqtt::ReasonCode reason, std::string why, std::string_view detail);
  // Its identity or device was taken its rights: as end(), and its will is void.
  void expel(const std::string& why);
  // Would it be let in now? If not it is expelled; if so it has the rights it would be given.
  void reconsider();
  void stop_reading();
  // Without a word; for the very end.
  void abort();

 private:
  enum class State : std::uint8_t {
    handshaking,  // TLS
    connecting,   // CONNECT has to come
    online,
    ending,  // our last packets are on their way
  };
  struct KeptWill {
    std::string topic;  // canonical
    Bytes payload;
    std::optional<std::string> content_type;
  };

  // net::TlsUser
  void on_open() override;
  void on_bytes(ByteView bytes) override;
  void on_drained() override;
  void on_closed(const Result<void>& why) override;

  // Frames and packets. An Error ends the session with its reason code.
  Result<void> take_frame(ByteView frame);
  Result<void> take_packet(const wire::mqtt::Packet& packet);

  // connect.cpp
  Result<void> take_connect_frame(ByteView frame);
  void on_connect(const wire::mqtt::Connect& connect);
  Result<std::string> choose_client_id(const wire::mqtt::Connect& connect) const;
  Result<void> check_connect(const wire::mqtt::Connect& connect);
  Result<void> keep_will(const wire::mqtt::Connect& connect);
  void welcome(const wire::mqtt::Connect& connect, bool assigned);
  void refuse_connect(wire::mqtt::ReasonCode reason, const std::string& rule, const std::string& detail);
  void record_opened();

  // publish.cpp
  Result<void> on_publish(const wire::mqtt::Publish& publish);
  Result<PublishRule> check_rights(const wire::mqtt::Publish& publish, std::string_view topic);
  void refuse_publish(const wire::mqtt::Publish& publish, const Error& refusal);
  void refuse_report(const wire::mqtt::Publish& publish, const Error& refusal);
  void accept_report(const wire::mqtt::Publish& publish, std::string_view topic, ledger::Draft draft);
  Result<ledger::Draft> draft_report(const PublishRule& rule, std::string_view topic, ByteView payload,
                                     std::optional<std::string_view> content_type) const;
  void spend(std::size_t bytes);
  void publish_will();
  Result<void> append_failed(const Completion& completion);

  // subscribe.cpp
  Result<void> on_subscribe(const wire::mqtt::Subscribe& subscribe);
  Result<void> on_unsubscribe(const wire::mqtt::Unsubscribe& unsubscribe);
  Result<wire::mqtt::ReasonCode> subscribe_one(const wire::mqtt::Subscription& subscription);
  void drop_subscriptions();

  // deliver.cpp
  void send_message(const Outbox::Item& item);
  void pump_outbox();

  Result<void> on_disconnect(const wire::mqtt::Disconnect& disconnect);

  bool is_v5() const { return version_ == wire::mqtt::Version::v5; }
  template <class Packet>
  void send(const Packet& packet);
  void write(ByteView bytes);
  // Whether the peer wants reason strings (MQTT 5, 3.1.2.11.7).
  std::optional<std::string_view> reason_string(std::string_view detail) const;
  void refuse(std::string_view action, std::string_view object, const std::string& rule, const std::string& detail);
  // What holds reading back at present.
  void update_reading();
  void wake_at(Time at);
  // No longer online: recorded, unregistered, its will published. Once.
  void leave(const std::string& why);

  Hub& hub_;
  const SessionId id_;
  std::shared_ptr<net::TlsStream> stream_;
  admission::Arrival arrival_;
  wire::mqtt::FrameSplitter splitter_;

  // Who: from the certificate, then the registry. An error is answered when CONNECT has come.
  std::optional<Error> stranger_;
  FleetId fleet_;
  DeviceId device_;
  std::string serial_;
  std::string spki_sha256_;  // until admission
  std::shared_ptr<const Rights> rights_;
  std::string client_id_;

  // What the client asked for.
  wire::mqtt::Version version_ = wire::mqtt::Version::v5;
  State state_ = State::handshaking;
  bool wants_reasons_ = true;
  bool reading_stopped_ = false;
  bool paused_ = false;
  std::uint16_t keep_alive_ = 0;  // seconds in force; 0: none
  std::uint16_t peer_receive_maximum_ = 65'535;
  std::uint32_t peer_packet_bytes_max_ = UINT32_MAX;
  std::unique_ptr<KeptWill> will_;

  // What is under way.
  AckQueue acks_;
  std::uint32_t appends_pending_ = 0;                  // reports handed to the ledger and not answered
  std::vector<std::pair<std::string, bool>> filters_;  // canonical filter, by alias
  std::unique_ptr<Outbox> outbox_;                     // once something was delivered
  Bucket messages_;
  Bucket bytes_;
  std::vector<Bucket> topics_;  // as the rights count them, once something was published

  // Deadlines; Time{} is none.
  Time last_heard_;
  Time paused_until_;
  Time slow_since_;
  Time scheduled_;
};

}  // namespace outrider::gateway::mqtt
