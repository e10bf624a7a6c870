// Between CONNECT and CONNACK, and at the end: who holds the client identifier, and what the store must know.
//
// An identifier has one holder among all loops (directory.h). Whoever takes it waits until the holder before has given
// everything to the store; then the store says what session there is. A session that is new and ends with its
// connection needs neither, and is answered at once.
#include "base/log.h"
#include "facts/facts.h"
#include "gateway/mqtt/session/send.h"
#include "ledger/subject.h"

namespace outrider::gateway::mqtt {

using wire::mqtt::Connack;
using wire::mqtt::ReasonCode;

void Session::join() {
  state_ = State::joining;
  last_heard_ = std::chrono::steady_clock::now();
  registered_ = true;
  splitter_.set_limit(hub_.limits().packet_bytes_max);
  // Admission before and registration here are one step of this loop: see Broker::expel.
  const auto earlier = hub_.shared().directory.claim(key(), {hub_.loop().index(), id_});
  hub_.came_online(*this);
  if (!earlier) return joined();
  ++working_;
  update_reading();
  const auto holder = hub_.shared().hubs.at(earlier->loop);
  holder->loop().post(
      [holder, session = earlier->session, from = arrival_.peer.address(), hub = hub_.shared_from_this(), id = id_] {
        holder->take_over(session, from, [hub, id] {
          hub->loop().post([hub, id] {
            Session* const waiting = hub->find(id);
            if (waiting == nullptr) return;
            --waiting->working_;
            waiting->joined();
          });
        });
      });
}

void Session::joined() {
  if (state_ == State::ending) return try_let_go();
  // A will must survive the server, so the store has it before CONNACK.
  if (joining_->expiry == 0 && !joining_->will && !hub_.store().may_know(key())) return welcome(false);
  ++working_;
  update_reading();
  auto found = std::make_shared<Opened>();
  request(
      [found, key = key(), clean = joining_->clean_start, expiry = joining_->expiry, will = joining_->will,
       id = id_](StateWork& work) -> Result<void> {
        TRY(*found, work.open(key, clean, expiry, will.get(), id));
        return {};
      },
      [found](Session& session, Result<void> outcome) {
        --session.working_;
        session.opened(std::move(outcome), std::move(*found));
      });
}

void Session::opened(Result<void> outcome, Opened found) {
  if (outcome && found.orphan) hub_.publish_will(*std::move(found.orphan));
  if (outcome && found.hearer) {
    hearer_ = found.hearer;
    lasting_ = std::make_unique<Lasting>();
    lasting_->id = found.session.id;
    lasting_->expiry = lasting_->expiry_at_connect = joining_->expiry;
    lasting_->exchanges = found.session.exchanges;
    lasting_->sent = found.session.sent;
    if (joining_->will) lasting_->will_topic = joining_->will->message->topic();
    lasting_->loaded = found.rows.empty() ? found.last : found.rows.back().sequence;
    lasting_->newest = std::max(found.last, joining_->heard);
    lasting_->behind = found.more || joining_->heard > lasting_->loaded;
    for (auto& each : found.filters) filters_.push_back(std::move(each.filter));
  }
  if (state_ == State::ending) {
    hub_.end_will(found.will, false);  // nobody was told that it is taken
    return try_let_go();
  }
  if (!outcome) {
    leave("state-failed", false);
    refuse_connect(ReasonCode::server_unavailable, outcome.error().reason, "the session could not be kept");
    return try_let_go();
  }
  if (!lasting_) will_ = std::move(joining_->will);
  if (will_) will_->id = found.will;
  for (const Inbound& each : found.inbound) {
    if (!exchanges_) exchanges_ = std::make_unique<Exchanges>();
    exchanges_->all.push_back({each.packet_identifier, Exchanges::State::received, true});
  }
  welcome(found.present);
  for (auto& row : found.rows) {
    Outbox::Item item;
    item.dup = row.sequence <= lasting_->sent;
    item.row = std::move(row);
    push(std::move(item));
  }
  pump_outbox();
  load_more();
  flush_done();
}

void Session::welcome(bool present) {
  state_ = State::online;
  record_opened();
  keep_alive_ = joining_->keep_alive;
  const Connack packet = connack(present);
  if (packet.properties.server_keep_alive) keep_alive_ = *packet.properties.server_keep_alive;
  send(packet);
  last_heard_ = std::chrono::steady_clock::now();
  if (keep_alive_ != 0) wake_at(last_heard_ + keep_alive_ * hub_.limits().second * 3 / 2);
  wake_at(renewal_due_);
  const Bytes early = std::move(joining_->early);
  joining_.reset();
  update_reading();
  take_early(early);
}

Connack Session::connack(bool present) {
  const Limits& limits = hub_.limits();
  Connack packet;
  packet.session_present = present;
  if (!is_v5()) return packet;
  auto& properties = packet.properties;
  if (keep_alive_ == 0 || keep_alive_ > limits.keep_alive_max) properties.server_keep_alive = limits.keep_alive_max;
  if (joining_->assigned) properties.assigned_client_identifier = client_id_;
  // MQTT 5, 3.2.2.3.2: only when it is not what the client asked for.
  if (joining_->requested_expiry != joining_->expiry) properties.session_expiry_interval = joining_->expiry;
  properties.receive_maximum = limits.receive_maximum;
  properties.maximum_packet_size = static_cast<std::uint32_t>(limits.packet_bytes_max);
  if (limits.topic_alias_maximum != 0) properties.topic_alias_maximum = limits.topic_alias_maximum;
  // Below its root a client may have its answers sent, as far as its rights go.
  if (joining_->wants_response_information && !rights_->root().empty())
    properties.response_information = rights_->root();
  return packet;
}

void Session::record_opened() {
  facts::SessionOpened fact;
  fact.device = device_;
  fact.session = hub_.shared().instance + "-" + std::to_string(id_);
  fact.protocol = "mqtt/" + std::string(wire::mqtt::name_of(version_)) + std::string(stream_.suffix());
  fact.client_id = client_id_;
  fact.address = net::text_of(arrival_.peer);
  const admission::Origin& origin = arrival_.origin;
  if (origin.network != nullptr) fact.network = origin.network->name;
  fact.network_kind = word_of(origin.kind());
  fact.country = origin.country();
  fact.asn = origin.asn();
  fact.certificate_serial = serial_;
  fact.tls = stream_.version() + " " + stream_.cipher();
  if (const auto traits = std::exchange(arrival_.tls_client, nullptr)) fact.tls_client = *traits;
  Completion completion;
  completion.session = id_;
  const auto draft = ledger::draft_of(fleet_, ledger::subject_of(device_), fact);
  hub_.append(ledger::view_of(draft), std::move(completion));
}

void Session::record_if_alive() {
  facts::IdentitySuspected fact{device_.value, serial_, "alive-twice",
                                "a connection answered after the same client had connected from another address: two "
                                "devices use one identity, or one changes its network before it leaves the old one",
                                net::text_of(arrival_.peer)};
  auto draft = ledger::draft_of(fleet_, ledger::subject_of(device_), fact);
  stream_.when_answered([hub = hub_.weak_from_this(), draft = std::move(draft)] {
    if (const auto living = hub.lock(); living && !living->stopping()) living->record(draft);
  });
}

void Session::leave(const std::string& why, bool will) {
  if (state_ != State::online && state_ != State::joining) return;
  const bool was_online = state_ == State::online;
  state_ = State::ending;
  hub_.went_offline(*this);
  if (hearer_) {
    SessionId own = id_;  // unless another connection has it
    hearer_->session.compare_exchange_strong(own, 0);
  }
  if (!was_online) return;
  will = will && may_say_will();
  if (!lasting_ || lasting_->expiry == 0) give_back();
  if (!lasting_) {
    drop_subscriptions();
    if (will_) hub_.end_will(will_->id, will);
    will_.reset();
  }
  will_due_ = will && lasting_ && !lasting_->will_topic.empty();
  flush_done();
  facts::SessionClosed fact;
  fact.device = device_;
  fact.session = hub_.shared().instance + "-" + std::to_string(id_);
  fact.reason = why;
  fact.bytes_in = stream_.bytes_in();
  fact.bytes_out = stream_.bytes_out();
  hub_.record(ledger::draft_of(fleet_, ledger::subject_of(device_), fact));
}

// It was judged when it was left (take_will); meanwhile the client's rights may be others.
bool Session::may_say_will() {
  const std::string topic(lasting_ ? lasting_->will_topic : will_ ? will_->message->topic() : std::string_view());
  if (topic.empty()) return false;
  const auto rule = rights_->may_publish(topic);
  if (!rule) refuse("publish", topic, rule.error().reason, "will: " + rule.error().detail);
  return rule.has_value();
}

void Session::try_let_go() {
  if (state_ != State::ending || working_ != 0) return;
  if (registered_) let_go();
  if (gone_) hub_.bury(id_);
}

// The store learns how it ended; whoever waits for the identifier may have it.
void Session::let_go() {
  registered_ = false;
  if (lasting_) {
    SessionId own = id_;  // it may have been opened for us when we had left
    hearer_->session.compare_exchange_strong(own, 0);
    const Timestamp now = system_clock().now();
    const Timestamp expires = now + std::chrono::seconds{lasting_->expiry};
    auto due = std::make_shared<std::optional<DueWill>>();
    auto work = [due, now, expires, key = key(), id = lasting_->id, expiry = lasting_->expiry,
                 publish = will_due_](StateWork& store) -> Result<void> {
      TRY(const auto will, store.tables.will_of(id));
      // MQTT 5, 3.1.3.2.2: the end of the session makes it due.
      const Timestamp at = will ? std::min(now + std::chrono::seconds{will->delay}, expires) : now;
      if (!publish) CHECK(store.tables.drop_will(id));
      const bool now_due = publish && will && at <= now;
      if (now_due) {
        TRY(*due, store.make_due_of(id));
        if (*due) store.claim((*due)->id);
      }
      const bool later = publish && will && !now_due;
      if (expiry == 0 && !later) {
        CHECK(store.end(id, key));
        return {};
      }
      return store.tables.disconnect(id, expiry, expires, later ? std::optional(at) : std::nullopt);
    };
    hub_.store().submit(hub_.loop().index(), std::move(work), [hub = hub_.shared_from_this(), due](Result<void> done) {
      if (!done) return log::error("the end of an MQTT session could not be stored", {{"why", done.error().text()}});
      if (*due) hub->publish_will(**std::move(due));
    });
  }
  hub_.shared().directory.release(key(), {hub_.loop().index(), id_});
  if (waiter_) std::exchange(waiter_, nullptr)();
}

}  // namespace outrider::gateway::mqtt
