#include "gateway/mqtt/session/session.h"

#include "base/log.h"
#include "facts/facts.h"
#include "gateway/mqtt/session/send.h"
#include "ledger/subject.h"

namespace outrider::gateway::mqtt {

using wire::mqtt::PacketType;
using wire::mqtt::ReasonCode;

Session::Session(Hub& hub, SessionId id, std::shared_ptr<net::TlsStream> stream, admission::Arrival arrival)
    : hub_(hub),
      id_(id),
      stream_(std::move(stream)),
      arrival_(std::move(arrival)),
      splitter_(hub.limits().connect_bytes_max) {
  ++hub_.shared().connections;
}

Session::~Session() {
  stream_->abort();
  --hub_.shared().connections;
}

void Session::start() {
  stream_->start(*this);
}

void Session::on_open() {
  arrival_.slot.release();
  state_ = State::connecting;
  last_heard_ = std::chrono::steady_clock::now();
  wake_at(last_heard_ + hub_.limits().connect_deadline);
  auto identity = identity::identify(stream_->peer_certificate());
  if (!identity) {
    stranger_ = std::move(identity).error();
    return;
  }
  fleet_ = std::move(identity->fleet);
  device_ = std::move(identity->device);
  serial_ = std::move(identity->serial);
  spki_sha256_ = std::move(identity->spki_sha256);
}

void Session::on_bytes(ByteView bytes) {
  last_heard_ = std::chrono::steady_clock::now();
  const auto taken = splitter_.feed(bytes, [this](ByteView frame) { return take_frame(frame); });
  if (taken || state_ == State::ending) return;
  const ReasonCode reason = wire::mqtt::reason_code_of(taken.error());
  if (state_ == State::connecting) {
    refuse_connect(reason, std::string(wire::mqtt::name_of(reason)), taken.error().detail);
    return;
  }
  refuse("protocol", "", std::string(wire::mqtt::name_of(reason)), taken.error().detail);
  end(reason, std::string(wire::mqtt::name_of(reason)), taken.error().detail);
}

Result<void> Session::take_frame(ByteView frame) {
  if (state_ == State::ending) return fail(Errc::unavailable, "closed", "the session is ending");
  if (state_ == State::connecting) return take_connect_frame(frame);
  TRY(const auto packet, wire::mqtt::decode(frame, version_));
  return take_packet(packet);
}

Result<void> Session::take_packet(const wire::mqtt::Packet& packet) {
  switch (wire::mqtt::type_of(packet)) {
    case PacketType::publish:
      return on_publish(std::get<wire::mqtt::Publish>(packet));
    case PacketType::puback:
      if (!outbox_ || !outbox_->acknowledge(std::get<wire::mqtt::Puback>(packet).packet_identifier)) return {};
      pump_outbox();
      return {};
    case PacketType::subscribe:
      return on_subscribe(std::get<wire::mqtt::Subscribe>(packet));
    case PacketType::unsubscribe:
      return on_unsubscribe(std::get<wire::mqtt::Unsubscribe>(packet));
    case PacketType::pingreq:
      send(wire::mqtt::Pingresp{});
      return {};
    case PacketType::disconnect:
      return on_disconnect(std::get<wire::mqtt::Disconnect>(packet));
    case PacketType::connect:
      return wire::mqtt::refuse(ReasonCode::protocol_error, "a second CONNECT");
    case PacketType::pubrec:
    case PacketType::pubrel:
    case PacketType::pubcomp:
      return wire::mqtt::refuse(ReasonCode::protocol_error, "a packet of QoS 2, which was not agreed on");
    default:
      break;
  }
  return wire::mqtt::refuse(ReasonCode::protocol_error,
                            "a client does not send " + std::string(wire::mqtt::name_of(wire::mqtt::type_of(packet))));
}

Result<void> Session::on_disconnect(const wire::mqtt::Disconnect& disconnect) {
  // MQTT 5, 3.14.2.2.2: an expiry cannot be asked for at the end when there was none at the beginning.
  if (disconnect.properties.session_expiry_interval.value_or(0) != 0)
    return wire::mqtt::refuse(ReasonCode::protocol_error, "sessions do not outlive their connection here");
  if (disconnect.reason == ReasonCode::success) will_.reset();  // MQTT 5, 3.14.4-3; any other reason keeps it
  leave("disconnected");
  state_ = State::ending;
  stream_->close();
  return {};
}

void Session::on_drained() {
  slow_since_ = Time{};
  pump_outbox();
}

void Session::on_closed(const Result<void>& why) {
  arrival_.slot.release();
  if (state_ == State::handshaking && !why) {
    refuse("connect", "", why.error().reason, why.error().detail);
  } else if (state_ == State::connecting) {
    refuse("connect", "", why ? "no-connect" : why.error().reason,
           why ? "the client left without a CONNECT" : why.error().detail);
  }
  leave(why ? "connection-closed" : why.error().reason);
  state_ = State::ending;
  hub_.bury(id_);
}

void Session::end(ReasonCode reason, std::string why, std::string_view detail) {
  if (state_ == State::ending) return;
  const bool was_online = state_ == State::online;
  leave(why);
  if (was_online && is_v5()) {
    wire::mqtt::Disconnect packet;
    packet.reason = reason;
    if (!detail.empty()) packet.properties.reason_string = detail;
    send(packet);
  }
  state_ = State::ending;
  stream_->close();
}

void Session::expel(const std::string& why) {
  will_.reset();  // given under rights it no longer has
  end(ReasonCode::administrative_action, why, why);
}

void Session::stop_reading() {
  reading_stopped_ = true;
  update_reading();
}

void Session::abort() {
  leave("server-stopped");
  state_ = State::ending;
  stream_->abort();
}

void Session::leave(const std::string& why) {
  if (state_ != State::online) return;
  state_ = State::ending;
  hub_.went_offline(*this);
  hub_.shared().directory.release(fleet_, client_id_, {hub_.loop().index(), id_});
  drop_subscriptions();
  if (will_) publish_will();
  facts::SessionClosed fact;
  fact.device = device_;
  fact.session = hub_.shared().instance + "-" + std::to_string(id_);
  fact.reason = why;
  fact.bytes_in = stream_->bytes_in();
  fact.bytes_out = stream_->bytes_out();
  hub_.record(ledger::draft_of(fleet_, ledger::subject_of(device_), fact));
}

void Session::check_deadlines(Time now) {
  if (state_ == State::handshaking || state_ == State::ending) return;
  const Limits& limits = hub_.limits();
  if (scheduled_ == Time{} || now + hub_.wheel().tick() < scheduled_) return;  // an earlier appointment, since moved
  scheduled_ = Time{};
  if (state_ == State::connecting) {
    if (now >= last_heard_ + limits.connect_deadline) {
      refuse("connect", "", "connect-timeout", "no whole CONNECT in time");
      state_ = State::ending;
      return stream_->close();
    }
    return wake_at(last_heard_ + limits.connect_deadline);
  }
  if (paused_until_ != Time{} && now >= paused_until_) {
    paused_until_ = Time{};
    last_heard_ = now;  // it could not be heard meanwhile
    update_reading();
  }
  if (slow_since_ != Time{} && now >= slow_since_ + limits.slow_reader_deadline) {
    refuse("deliver", "", "slow-reader", "the client does not read what it is sent");
    leave("slow-reader");
    stream_->abort();
    return hub_.bury(id_);
  }
  if (keep_alive_ != 0 && !paused_) {
    const auto silence_max = keep_alive_ * limits.second * 3 / 2;  // MQTT 5, 3.1.2-22
    if (now >= last_heard_ + silence_max)
      return end(ReasonCode::keep_alive_timeout, "keep-alive-timeout", "nothing heard for too long");
    wake_at(last_heard_ + silence_max);
  }
  if (paused_until_ != Time{}) wake_at(paused_until_);
  if (slow_since_ != Time{}) wake_at(slow_since_ + limits.slow_reader_deadline);
}

void Session::wake_at(Time at) {
  at = std::min(at, std::chrono::steady_clock::now() + hub_.wheel().span());
  if (scheduled_ != Time{} && scheduled_ <= at) return;
  scheduled_ = at;
  hub_.schedule(id_, at);
}

void Session::update_reading() {
  const bool pause = reading_stopped_ || paused_until_ != Time{} || appends_pending_ >= hub_.limits().receive_maximum;
  if (pause == paused_) return;
  paused_ = pause;
  if (pause) return stream_->pause_reading();
  last_heard_ = std::chrono::steady_clock::now();
  if (keep_alive_ != 0) wake_at(last_heard_ + keep_alive_ * hub_.limits().second * 3 / 2);
  stream_->resume_reading();
}

void Session::write(ByteView bytes) {
  const auto more = stream_->write(bytes);
  if (more && *more) return;
  if (more) {
    if (slow_since_ != Time{}) return;
    slow_since_ = std::chrono::steady_clock::now();
    return wake_at(slow_since_ + hub_.limits().slow_reader_deadline);
  }
  if (more.error().code != Errc::overloaded) return;  // on_closed follows
  // Cut off by the wheel, not here: the caller is in the middle of something.
  slow_since_ = Time{} + std::chrono::nanoseconds{1};
  wake_at(slow_since_);
}

std::optional<std::string_view> Session::reason_string(std::string_view detail) const {
  if (!is_v5() || !wants_reasons_ || detail.empty()) return std::nullopt;
  return detail;
}

void Session::refuse(std::string_view action, std::string_view object, const std::string& rule,
                     const std::string& detail) {
  Refusal refusal;
  refusal.at = system_clock().now();
  refusal.fleet = fleet_.value;
  refusal.device = device_.value;
  refusal.action = action;
  refusal.object = clip(object);
  refusal.rule = rule;
  refusal.detail = detail;
  refusal.address = net::text_of(arrival_.peer);
  hub_.refusals().refuse(std::move(refusal), std::chrono::steady_clock::now());
}

}  // namespace outrider::gateway::mqtt
