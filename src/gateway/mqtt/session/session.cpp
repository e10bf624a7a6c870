#include "gateway/mqtt/session/session.h"

#include "base/log.h"
#include "gateway/admission/peer.h"
#include "gateway/mqtt/session/send.h"

namespace outrider::gateway::mqtt {

using wire::mqtt::PacketType;
using wire::mqtt::ReasonCode;

Session::Session(Hub& hub, SessionId id, Wire stream, admission::Arrival arrival)
    : hub_(hub),
      id_(id),
      stream_(std::move(stream)),
      arrival_(std::move(arrival)),
      splitter_(hub.limits().connect_bytes_max) {
  ++hub_.shared().connections;
}

Session::~Session() {
  stream_.abort();
  if (key_began_ != Timestamp{}) hub_.key_ages().remove(key_began_);
  --hub_.shared().connections;
}

void Session::start() {
  stream_.start(*this);
}

void Session::on_open() {
  arrival_.slot.release();
  state_ = State::connecting;
  last_heard_ = std::chrono::steady_clock::now();
  wake_at(last_heard_ + hub_.limits().connect_deadline);
  key_began_ = stream_.key_began();
  hub_.key_ages().add(key_began_);
  renewal_due_ = last_heard_ + (key_began_ - system_clock().now()) + hub_.limits().session_age_max;
  auto identity = stream_.identify(hub_.shared().rooms.recognise);
  if (!identity) {
    stranger_ = std::make_unique<Error>(std::move(identity).error());
    return;
  }
  record_claims();
  fleet_ = std::move(identity->fleet);
  device_ = std::move(identity->device);
  serial_ = std::move(identity->serial);
  spki_sha256_ = std::move(identity->spki_sha256);
}

void Session::on_bytes(ByteView bytes) {
  // The deadline for a whole CONNECT is not put off by pieces of it.
  if (state_ != State::connecting) last_heard_ = std::chrono::steady_clock::now();
  took(splitter_.feed(bytes, [this](ByteView frame) { return take_frame(frame); }));
}

void Session::take_early(ByteView frames) {
  const auto each = [&]() -> Result<void> {
    while (!frames.empty()) {
      TRY(const auto frame, wire::mqtt::next_frame(frames, hub_.limits().packet_bytes_max));
      if (!frame) break;
      frames = frames.subspan(frame->size());
      CHECK(take_frame(*frame));
    }
    return {};
  };
  took(each());
}

void Session::took(const Result<void>& taken) {
  flush_done();
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
  if (state_ == State::joining) {  // MQTT 5, 3.1.4: a client need not wait for CONNACK
    joining_->early.insert(joining_->early.end(), frame.begin(), frame.end());
    return {};
  }
  TRY(const auto packet, wire::mqtt::decode(frame, version_));
  return take_packet(packet);
}

Result<void> Session::take_packet(const wire::mqtt::Packet& packet) {
  switch (wire::mqtt::type_of(packet)) {
    case PacketType::publish:
      return on_publish(std::get<wire::mqtt::Publish>(packet));
    case PacketType::puback:
      return on_puback(std::get<wire::mqtt::Puback>(packet));
    case PacketType::pubrec:
      return on_pubrec(std::get<wire::mqtt::Pubrec>(packet));
    case PacketType::pubrel:
      on_pubrel(std::get<wire::mqtt::Pubrel>(packet));
      return {};
    case PacketType::pubcomp:
      on_pubcomp(std::get<wire::mqtt::Pubcomp>(packet));
      return {};
    case PacketType::subscribe:
      return on_subscribe(std::get<wire::mqtt::Subscribe>(packet));
    case PacketType::unsubscribe:
      return on_unsubscribe(std::get<wire::mqtt::Unsubscribe>(packet));
    case PacketType::pingreq:
      spend(0);
      if (quiet_retains_ == 0) {
        send(wire::mqtt::Pingresp{});
      } else {
        ++owed_pings_;  // see complete()
      }
      return {};
    case PacketType::disconnect:
      return on_disconnect(std::get<wire::mqtt::Disconnect>(packet));
    case PacketType::connect:
      return wire::mqtt::refuse(ReasonCode::protocol_error, "a second CONNECT");  // MQTT 5, 3.1.0-2
    case PacketType::auth:                                                        // MQTT 5, 4.12.0-6
      return wire::mqtt::refuse(ReasonCode::protocol_error,
                                "AUTH although CONNECT named no Authentication Method; none is available here");
    default:
      break;
  }
  return wire::mqtt::refuse(ReasonCode::protocol_error,
                            "a client does not send " + std::string(wire::mqtt::name_of(wire::mqtt::type_of(packet))));
}

Result<void> Session::on_disconnect(const wire::mqtt::Disconnect& disconnect) {
  if (const auto expiry = disconnect.properties.session_expiry_interval) {
    // MQTT 5, 3.14.2.2.2: it cannot be asked for at the end when there was none at the beginning.
    if (*expiry != 0 && (!lasting_ || lasting_->expiry_at_connect == 0))
      return wire::mqtt::refuse(ReasonCode::protocol_error, "a Session Expiry Interval that CONNECT set to 0");
    if (lasting_) lasting_->expiry = std::min(*expiry, hub_.limits().session_expiry_max);
  }
  // MQTT 5, 3.14.4-3; any other reason keeps the will.
  leave("disconnected", disconnect.reason != ReasonCode::success);
  state_ = State::ending;
  stream_.close();
  try_let_go();
  return {};
}

void Session::on_drained() {
  if (broken_) return cut_off("slow-reader", "the client did not read, and missed a packet");
  slow_since_ = Time{};
  pump_outbox();
  flush_done();
}

void Session::on_closed(const Result<void>& why) {
  arrival_.slot.release();
  if (state_ == State::handshaking && !why) {
    if (auto known = stream_.refused_identity()) {
      fleet_ = std::move(known->fleet);
      device_ = std::move(known->device);
    }
    if (!record_claims()) refuse("connect", "", why.error().reason, why.error().detail);
  } else if (state_ == State::connecting) {
    refuse("connect", "", why ? "no-connect" : why.error().reason,
           why ? "the client left without a CONNECT" : why.error().detail);
  }
  leave(why ? "connection-closed" : why.error().reason, true);
  state_ = State::ending;
  gone_ = true;
  try_let_go();
}

void Session::end(ReasonCode reason, std::string why, std::string_view detail) {
  if (state_ == State::ending) return;
  const bool was_online = state_ == State::online;
  leave(why, true);
  if (was_online && is_v5()) {
    wire::mqtt::Disconnect packet;
    packet.reason = reason;
    if (!detail.empty()) packet.properties.reason_string = detail;
    send(packet);
  }
  state_ = State::ending;
  stream_.close();
  try_let_go();
}

void Session::take_over(const boost::asio::ip::address& from, std::function<void()> then) {
  if (!registered_) return then();  // it has let go
  if (state_ == State::online && from != arrival_.peer.address()) record_if_alive();
  waiter_ = std::move(then);
  end(ReasonCode::session_taken_over, "taken-over", "the client connected again");
}

void Session::expel(const std::string& why) {
  if (state_ == State::ending) return;
  const bool was_online = state_ == State::online;
  leave(why, false);  // its will was given under rights it no longer has
  if (was_online && is_v5()) {
    wire::mqtt::Disconnect packet;
    packet.reason = ReasonCode::administrative_action;
    packet.properties.reason_string = why;
    send(packet);
  }
  state_ = State::ending;
  stream_.close();
  try_let_go();
}

void Session::stop_reading() {
  reading_stopped_ = true;
  update_reading();
}

void Session::abort() {
  leave("server-stopped", true);
  state_ = State::ending;
  stream_.abort();
  try_let_go();
}

StateStore::Then Session::mine(Then then) {
  return [hub = hub_.shared_from_this(), id = id_, then = std::move(then)](Result<void> outcome) mutable {
    if (Session* const session = hub->find(id)) then(*session, std::move(outcome));
  };
}

void Session::submit(StateStore::Do work, Then then) {
  hub_.store().submit(hub_.loop().index(), std::move(work), then ? mine(std::move(then)) : StateStore::Then{});
}

void Session::request(StateStore::Do work, Then then) {
  hub_.store().request(hub_.loop().index(), std::move(work), mine(std::move(then)));
}

void Session::write(ByteView bytes) {
  if (broken_) return;
  const auto more = stream_.write(bytes);
  if (more && *more) return;
  if (more) {
    if (slow_since_ != Time{}) return;
    slow_since_ = std::chrono::steady_clock::now();
    return wake_at(slow_since_ + hub_.limits().slow_reader_deadline);
  }
  if (more.error().code != Errc::overloaded) return;  // on_closed follows
  // Cut off by the wheel, not here: the caller is in the middle of something.
  broken_ = true;
  slow_since_ = std::chrono::steady_clock::now();
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
  refusal.detail = clip(detail);
  refusal.address = net::text_of(arrival_.peer);
  hub_.refusals().refuse(std::move(refusal), std::chrono::steady_clock::now());
}

}  // namespace outrider::gateway::mqtt
