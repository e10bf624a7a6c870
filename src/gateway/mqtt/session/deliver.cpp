// Messages to the client: as fast as it reads and answers them, and no faster.
//
// A kept session's QoS 1 and 2 messages are rows in the store; here is a window on them. The store hears which rows are
// done, many at a time; that a QoS 2 row is released (PUBREC) is durable before PUBREL goes.
#include "gateway/mqtt/session/send.h"

namespace outrider::gateway::mqtt {

using wire::mqtt::QoS;
using wire::mqtt::ReasonCode;

void Session::deliver(const std::shared_ptr<const Message>& message, const Target& target) {
  if (state_ != State::online) return;
  Outbox::Item item;
  item.row.message = message;
  item.row.qos = std::min(target.qos, message->qos());
  item.row.retain = target.retained || (target.retain_as_published && message->retain());
  item.row.by_alias = target.by_alias;
  item.row.group = target.group;
  item.row.identifiers = target.identifiers;
  push(std::move(item));
  pump_outbox();
}

void Session::hear(QueueRow row) {
  // Committed together with our opening, behind it: the answer does not hold it.
  if (state_ == State::joining) joining_->heard = std::max(joining_->heard, row.sequence);
  if (state_ != State::online) return;
  if (row.sequence == 0) {  // a shared subscription's, from a session that ended
    Outbox::Item item;
    item.row = std::move(row);
    push(std::move(item));
    return pump_outbox();
  }
  if (!lasting_ || row.sequence <= lasting_->newest) return;  // loaded with the session
  lasting_->newest = row.sequence;
  const std::size_t waiting = outbox_ ? outbox_->waiting() : 0;
  if (lasting_->behind || waiting >= hub_.limits().state.page_rows) {
    lasting_->behind = true;
    return load_more();
  }
  lasting_->loaded = row.sequence;
  Outbox::Item item;
  item.row = std::move(row);
  push(std::move(item));
  pump_outbox();
}

void Session::push(Outbox::Item item) {
  if (!outbox_) outbox_ = std::make_unique<Outbox>();
  const std::string topic(item.row.message->topic());
  const auto& state = hub_.limits().state;
  // What is in the store already is bounded by its page.
  const bool stored = item.row.sequence != 0;
  if (!outbox_->push(std::move(item), stored ? SIZE_MAX : state.queued_messages_max,
                     stored ? SIZE_MAX : state.queued_bytes_max))
    refuse("deliver", topic, "queue-full", "the client is too slow; a message to it was dropped");
}

void Session::pump_outbox() {
  const std::uint64_t sent_before = lasting_ ? lasting_->sent : 0;
  do send_waiting();
  while (load_retained());
  if (lasting_ && lasting_->sent != sent_before)
    submit([id = lasting_->id, sent = lasting_->sent](StateWork& work) { return work.tables.set_sent(id, sent); });
  load_more();
  if (outbox_ && outbox_->empty()) outbox_.reset();
}

void Session::send_waiting() {
  const std::size_t inflight_max = std::min(peer_receive_maximum_, hub_.limits().inflight_max);
  while (state_ == State::online && slow_since_ == Time{} && outbox_) {
    const auto item = outbox_->next(inflight_max);
    if (!item) break;
    if (!send_message(*item) && item->packet_identifier != 0) {
      outbox_->land(outbox_->flight(item->packet_identifier));
      row_done(item->row.sequence);
    }
    if (lasting_) lasting_->sent = std::max(lasting_->sent, item->row.sequence);
  }
}

// The next page of the queue, when the window is half empty.
void Session::load_more() {
  const std::size_t rows = hub_.limits().state.page_rows;
  if (!lasting_ || !lasting_->behind || lasting_->loading) return;
  if (outbox_ && outbox_->waiting() > rows / 2) return;
  lasting_->loading = true;
  auto page = std::make_shared<std::vector<QueueRow>>();
  submit(
      [page, id = lasting_->id, after = lasting_->loaded, rows](StateWork& work) -> Result<void> {
        TRY(*page, work.tables.page(id, after, rows));
        return {};
      },
      [page, rows, asked = lasting_->newest](Session& session, Result<void> outcome) {
        if (session.state_ != State::online) return;
        Lasting& lasting = *session.lasting_;
        lasting.loading = false;
        if (!outcome)
          return session.end(ReasonCode::implementation_specific_error, "state-failed", outcome.error().detail);
        if (!page->empty()) lasting.loaded = page->back().sequence;
        // Of a row that came meanwhile we may have heard before this answer, which does not hold it. Those asked for
        // that are not here are gone.
        lasting.behind = page->size() == rows || lasting.newest > std::max(asked, lasting.loaded);
        lasting.newest = std::max(lasting.newest, lasting.loaded);
        for (auto& row : *page) {
          Outbox::Item item;
          item.dup = row.sequence <= lasting.sent;
          item.row = std::move(row);
          session.push(std::move(item));
        }
        session.pump_outbox();
        session.flush_done();
      });
}

// False when it is not to be sent, now or ever: the client may not hear it any more, it has expired, it is too large
// (MQTT 5, 3.1.2-25: as if it had been delivered).
bool Session::send_message(const Outbox::Item& item) {
  const QueueRow& row = item.row;
  if (row.released) {
    wire::mqtt::Pubrel pubrel;
    pubrel.packet_identifier = item.packet_identifier;
    return send(pubrel);
  }
  const Message& message = *row.message;
  const Timestamp now = system_clock().now();
  // MQTT 5, 4.3.3-7: what was sent once does not expire before it is acknowledged.
  if ((!item.dup && message.expired(now)) || !rights_->may_receive(message.topic())) return false;
  wire::mqtt::Publish publish = message.content;
  std::string scratch;
  publish.topic = as_heard(rights_->root(), message.topic(), row.by_alias, scratch);
  publish.qos = row.qos;
  publish.dup = item.dup && row.qos != QoS::at_most_once;
  publish.retain = row.retain;
  publish.packet_identifier = item.packet_identifier;
  publish.properties.subscription_identifiers = row.identifiers;
  if (const auto interval = message.content.properties.message_expiry_interval) {  // MQTT 5, 3.3.2-6
    const auto waited = std::chrono::duration_cast<std::chrono::seconds>(now - message.received).count();
    publish.properties.message_expiry_interval = static_cast<std::uint32_t>(
        std::max<std::int64_t>(std::int64_t{*interval} - std::max<std::int64_t>(waited, 0), 0));
  }
  if (peer_alias_maximum_ == 0) return send(publish);
  // MQTT 5, 3.3.2.3.4: the first topics get the numbers.
  if (!aliases_) aliases_ = std::make_unique<Aliases>();
  auto& known = aliases_->to_client;
  const std::string topic(publish.topic);
  const auto found = std::ranges::find(known, topic);
  const bool fresh = found == known.end();
  if (fresh && known.size() >= peer_alias_maximum_) return send(publish);
  publish.properties.topic_alias = static_cast<std::uint16_t>(found - known.begin() + 1);
  if (!fresh) publish.topic = {};
  if (!send(publish)) return false;
  if (fresh) known.push_back(topic);
  return true;
}

Result<void> Session::on_puback(const wire::mqtt::Puback& puback) {
  auto* const flight = outbox_ ? outbox_->flight(puback.packet_identifier) : nullptr;
  if (flight == nullptr) {
    spend(0);
    return {};
  }
  if (flight->awaits != Outbox::Awaits::puback)
    return wire::mqtt::refuse(ReasonCode::protocol_error, "PUBACK for a QoS 2 message");
  row_done(flight->sequence);
  outbox_->land(flight);
  pump_outbox();
  return {};
}

Result<void> Session::on_pubrec(const wire::mqtt::Pubrec& pubrec) {
  const std::uint16_t identifier = pubrec.packet_identifier;
  auto* const flight = outbox_ ? outbox_->flight(identifier) : nullptr;
  wire::mqtt::Pubrel pubrel;
  pubrel.packet_identifier = identifier;
  if (flight == nullptr) {
    spend(0);
    if (wire::mqtt::is_error(pubrec.reason)) return {};
    pubrel.reason = ReasonCode::packet_identifier_not_found;  // MQTT 5, 3.6.2.1
    send(pubrel);
    return {};
  }
  if (flight->awaits == Outbox::Awaits::puback)
    return wire::mqtt::refuse(ReasonCode::protocol_error, "PUBREC for a QoS 1 message");
  if (wire::mqtt::is_error(pubrec.reason)) {  // MQTT 5, 4.3.3: the client does not take it; that is its end
    row_done(flight->sequence);
    outbox_->land(flight);
    pump_outbox();
    return {};
  }
  const bool repeated = flight->awaits == Outbox::Awaits::pubcomp;
  flight->awaits = Outbox::Awaits::pubcomp;
  if (flight->sequence == 0 || repeated) {
    send(pubrel);
    return {};
  }
  submit(
      [id = lasting_->id, sequence = flight->sequence](StateWork& work) { return work.tables.release(id, sequence); },
      [pubrel](Session& session, Result<void> done) {
        if (session.state_ != State::online) return;
        if (!done) return session.end(ReasonCode::implementation_specific_error, "state-failed", done.error().detail);
        session.send(pubrel);
      });
  return {};
}

void Session::on_pubcomp(const wire::mqtt::Pubcomp& pubcomp) {
  auto* const flight = outbox_ ? outbox_->flight(pubcomp.packet_identifier) : nullptr;
  if (flight == nullptr || flight->awaits != Outbox::Awaits::pubcomp) return spend(0);
  row_done(flight->sequence);
  outbox_->land(flight);
  pump_outbox();
}

void Session::row_done(std::uint64_t sequence) {
  if (lasting_ && sequence != 0) lasting_->done.push_back(sequence);
}

void Session::flush_done() {
  if (!lasting_ || lasting_->done.empty()) return;
  submit([id = lasting_->id, done = std::exchange(lasting_->done, {})](StateWork& work) -> Result<void> {
    for (const std::uint64_t sequence : done) CHECK(work.dequeue(id, sequence));
    return {};
  });
}

// MQTT 5, 4.8.2: what shared subscriptions gave to a session that ends goes to other members.
void Session::give_back() {
  if (!outbox_) return;
  for (auto& row : outbox_->take_returns()) {
    auto target = topics().routes.another(row.group, hearer_.get());
    if (target) hub_.hand_on(row.message, *std::move(target));
  }
}

}  // namespace outrider::gateway::mqtt
