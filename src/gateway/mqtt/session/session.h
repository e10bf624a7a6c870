#pragma once
// One client's connection: from its TLS handshake to its end.
//
// Created by the hub for an accepted connection; lives on the hub's loop until its stream has ended and it has let go
// of what it holds, then the hub buries it. Its state is a table of what may come next; what it may do comes from its
// rights alone. The part that outlives the connection is in the store (state/).
// The sources: session.cpp (life and dispatch), deadlines.cpp, connect.cpp, join.cpp (taking over, CONNACK, letting
// go), publish.cpp, exchange.cpp (QoS 2 from the client), subscribe.cpp, deliver.cpp.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/mqtt/hub.h"
#include "gateway/mqtt/rights/topics.h"
#include "gateway/mqtt/session/acks.h"
#include "gateway/mqtt/session/bucket.h"
#include "gateway/mqtt/session/outbox.h"
#include "gateway/mqtt/session/parts.h"
#include "gateway/mqtt/session/wire.h"
#include "identity/enrolment/device_name.h"
#include "wire/mqtt/codec.h"
#include "wire/mqtt/frame.h"

namespace outrider::gateway::mqtt {

class Session final : public net::TlsUser {
 public:
  using Time = Hub::Time;

  Session(Hub& hub, SessionId id, Wire stream, admission::Arrival arrival);
  ~Session();

  void start();
  SessionId id() const { return id_; }
  const FleetId& fleet() const { return fleet_; }
  const DeviceId& device() const { return device_; }
  const std::string& serial() const { return serial_; }

  // An append of ours is durable, or failed. flush() then sends the answers whose turn has come.
  void complete(const Completion& completion);
  // The store knows the end of an exchange that was answered before.
  void settled();
  void flush();
  // A message for a subscription of ours that the store has not to do with.
  void deliver(const std::shared_ptr<const Message>& message, const Target& target);
  // A row of our queue, or of another's that was given to us.
  void hear(QueueRow row);
  // Looks at every deadline; called by the wheel.
  void check_deadlines(Time now);

  // Ends the session from our side: DISCONNECT with the reason (MQTT 5), then the close. `why` is the slug for the
  // record.
  void end(wire::mqtt::ReasonCode reason, std::string why, std::string_view detail);
  // The client connected again: as end(); `then` runs when everything of this connection is with the store.
  // `from`: where it connects from now. If that is elsewhere and this connection still answers, there are two of it.
  void take_over(const boost::asio::ip::address& from, std::function<void()> then);
  // The earlier connection has let go.
  void joined();
  // Its identity or device was taken its rights: as end(), and its will is void.
  void expel(const std::string& why);
  // Would it be let in now? If not it is expelled; if so it has the rights it would be given.
  void reconsider();
  void stop_reading();
  // Bytes that wait for its socket; and its end when they are too many.
  std::size_t held_bytes() const { return stream_.queued(); }
  void shed();
  // Without a word; for the very end.
  void abort();

 private:
  using Then = std::move_only_function<void(Session&, Result<void>)>;
  enum class State : std::uint8_t {
    handshaking,  // TLS
    connecting,   // CONNECT has to come
    joining,      // CONNACK has to go
    online,
    ending,  // our last packets are on their way
  };

  // net::TlsUser
  void on_open() override;
  void on_bytes(ByteView bytes) override;
  void on_drained() override;
  void on_closed(const Result<void>& why) override;

  // Frames and packets. An Error ends the session with its reason code.
  void took(const Result<void>& taken);
  // Whole frames.
  void take_early(ByteView frames);
  Result<void> take_frame(ByteView frame);
  Result<void> take_packet(const wire::mqtt::Packet& packet);
  Result<void> on_disconnect(const wire::mqtt::Disconnect& disconnect);

  // connect.cpp
  Result<void> take_connect_frame(ByteView frame);
  void on_connect(const wire::mqtt::Connect& connect);
  Result<std::string> choose_client_id(const wire::mqtt::Connect& connect);
  Result<void> check_connect(const wire::mqtt::Connect& connect);
  Result<std::shared_ptr<LeftWill>> take_will(const wire::mqtt::Connect& connect);
  void refuse_connect(wire::mqtt::ReasonCode reason, const std::string& rule, const std::string& detail);
  // Who is refused does not come back on a ticket.
  void forget_tickets() const;
  // A ticket that was taken back, or a certificate that does not verify, names somebody: a refusal in his name. True
  // for the certificate.
  bool record_claims();

  // join.cpp
  void join();
  void opened(Result<void> outcome, Opened found);
  void welcome(bool present);
  wire::mqtt::Connack connack(bool present);
  void record_opened();
  // If the client of this connection answers after another has taken its place.
  void record_if_alive();
  // No longer online: recorded, unregistered. Once. With `will` what was left is published.
  void leave(const std::string& why, bool will);
  bool may_say_will();
  void try_let_go();
  void let_go();
  SessionKey key() const { return {fleet_, device_, client_id_}; }

  // publish.cpp
  Result<void> on_publish(const wire::mqtt::Publish& publish);
  Result<std::string_view> resolve_topic(const wire::mqtt::Publish& publish);
  Result<PublishRule> check_rights(const wire::mqtt::Publish& publish, std::string_view topic);
  void refuse_publish(const wire::mqtt::Publish& publish, std::string_view topic, const Error& refusal);
  void refuse_report(const wire::mqtt::Publish& publish, std::string_view topic, const Error& refusal);
  void accept_report(const wire::mqtt::Publish& publish, std::string_view topic, const Report& report);
  void append_report(const ledger::DraftView& draft, Completion completion);
  ledger::DraftView draft_of(const Report& report, ByteView payload) const;
  // What is not paid for by a message of ours that it answers.
  void spend(std::size_t bytes, std::size_t messages = 1);
  Result<void> append_failed(const Completion& completion);

  // exchange.cpp
  Result<bool> is_repeated(const wire::mqtt::Publish& publish);
  void begin_exchange(std::shared_ptr<const Message> message, std::uint16_t packet_identifier, std::uint64_t sequence,
                      const ledger::DraftView& report);
  void on_pubrel(const wire::mqtt::Pubrel& pubrel);
  void finish_exchange(std::uint16_t packet_identifier, wire::mqtt::ReasonCode reason);

  // subscribe.cpp
  struct Granted {
    StoredFilter stored;
    wire::mqtt::RetainHandling handling = wire::mqtt::RetainHandling::send;
    bool fresh = true;
  };
  Result<void> on_subscribe(const wire::mqtt::Subscribe& subscribe);
  Result<void> on_unsubscribe(const wire::mqtt::Unsubscribe& unsubscribe);
  void store_subscriptions(StateStore::Do work, Then answer);
  Result<Granted> subscribe_one(const wire::mqtt::Subscription& subscription, std::uint32_t identifier);
  Result<Filter> own_filter(std::string_view filter) const;
  void send_retained(const std::vector<Granted>& granted);
  // True: some are in the outbox.
  bool load_retained();
  void drop_subscriptions();
  FleetTopics& topics();

  // deliver.cpp
  void push(Outbox::Item item);
  bool send_message(const Outbox::Item& item);
  void pump_outbox();
  void send_waiting();
  void load_more();
  Result<void> on_puback(const wire::mqtt::Puback& puback);
  Result<void> on_pubrec(const wire::mqtt::Pubrec& pubrec);
  void on_pubcomp(const wire::mqtt::Pubcomp& pubcomp);
  void row_done(std::uint64_t sequence);
  void flush_done();
  void give_back();

  bool is_v5() const { return version_ == wire::mqtt::Version::v5; }
  template <class Packet>
  bool send(const Packet& packet);
  void write(ByteView bytes);
  // Whether the peer wants reason strings (MQTT 5, 3.1.2.11.7).
  std::optional<std::string_view> reason_string(std::string_view detail) const;
  void refuse(std::string_view action, std::string_view object, const std::string& rule, const std::string& detail);
  void refuse_claim(const identity::ClientIdentity& claimed, const std::string& rule, const std::string& detail);
  // Jobs of the store for our kept session; `then` runs when this session still is.
  StateStore::Then mine(Then then);
  void submit(StateStore::Do work, Then then = {});
  // One that may be refused (StateStore::request).
  void request(StateStore::Do work, Then then);

  // deadlines.cpp: what holds reading back at present, and when to look again.
  void update_reading();
  void wake_at(Time at);
  // Without a word: it would not be read.
  void cut_off(const std::string& rule, const std::string& detail);

  Hub& hub_;
  const SessionId id_;
  Wire stream_;
  admission::Arrival arrival_;
  wire::mqtt::FrameSplitter splitter_;

  // Who: from the certificate, then the registry. An error is answered when CONNECT has come.
  std::unique_ptr<Error> stranger_;
  FleetId fleet_;
  DeviceId device_;  // the principal
  std::string serial_;
  std::string spki_sha256_;  // until admission
  std::shared_ptr<const Rights> rights_;
  std::string client_id_;
  FleetTopics* topics_of_fleet_ = nullptr;

  // What the client asked for.
  wire::mqtt::Version version_ = wire::mqtt::Version::v5;
  State state_ = State::handshaking;
  bool wants_reasons_ = true;
  bool reading_stopped_ = false;
  bool paused_ = false;
  bool broken_ = false;           // a packet found no room: what follows would make no sense to the client
  bool version_said_ = false;     // by a CONNECT that could be read so far
  bool registered_ = false;       // with hub and directory
  bool gone_ = false;             // the stream has ended
  bool will_due_ = false;         // of a kept session that left
  std::uint16_t keep_alive_ = 0;  // seconds in force; 0: none
  std::uint16_t peer_receive_maximum_ = 65'535;
  std::uint16_t peer_alias_maximum_ = 0;
  std::uint32_t peer_packet_bytes_max_ = UINT32_MAX;

  // What is under way.
  std::uint16_t unanswered_ = 0;  // QoS 1 and 2 messages of the client (MQTT 5, 4.9)
  // Retained messages at QoS 0 have no answer of their own. A PINGRESP waits for them: after it they are there.
  std::uint16_t quiet_retains_ = 0;
  std::uint16_t owed_pings_ = 0;
  std::uint32_t working_ = 0;             // answers of others without which it cannot let go
  std::uint32_t appends_pending_ = 0;     // reports handed to the ledger and not answered
  std::uint32_t subscribes_pending_ = 0;  // SUBSCRIBE and UNSUBSCRIBE with the store and not answered
  AckQueue acks_;
  std::vector<Filter> filters_;
  std::shared_ptr<Hearer> hearer_;  // once it subscribed, or when the session is kept
  std::unique_ptr<Joining> joining_;
  std::unique_ptr<Lasting> lasting_;
  std::unique_ptr<Exchanges> exchanges_;
  std::unique_ptr<Outbox> outbox_;          // once something was delivered
  std::unique_ptr<RetainedLoad> retained_;  // while a subscription brings what is retained
  std::unique_ptr<Aliases> aliases_;
  std::shared_ptr<LeftWill> will_;  // of a session that ends with its connection
  std::function<void()> waiter_;    // takes over
  Bucket messages_;
  Bucket bytes_;
  std::vector<Bucket> rates_;  // as the rights count them, once something was published

  Timestamp key_began_;  // see net::TlsStream

  // Deadlines; Time{} is none.
  Time renewal_due_;  // the certificate has to be shown again
  Time last_heard_;
  Time paused_until_;
  Time slow_since_;
  Time scheduled_;
};

}  // namespace outrider::gateway::mqtt
