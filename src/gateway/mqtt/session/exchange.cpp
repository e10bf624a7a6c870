// QoS 2 from the client: exactly once, also over a crash (decision 0035).
//
// Of a session that ends with its connection the identifiers are in memory. Of a kept session the store learns of the
// message first; then the ledger gets it with the exchange's name in its content type; then the store, in one
// transaction, that it is settled and who has it in a queue. After a crash what was not settled is looked for in the
// ledger: it is there, and is settled now, or it is not, and the client, which has no PUBREC, sends it again.
#include <fmt/format.h>

#include "gateway/mqtt/session/send.h"
#include "gateway/mqtt/state/reconcile.h"

namespace outrider::gateway::mqtt {

using wire::mqtt::Publish;
using wire::mqtt::QoS;
using wire::mqtt::ReasonCode;

// True: it is here already and nothing more is to be done.
Result<bool> Session::is_repeated(const Publish& publish) {
  if (publish.qos != QoS::exactly_once) return false;
  if (!exchanges_) exchanges_ = std::make_unique<Exchanges>();
  const auto* const known = exchanges_->find(publish.packet_identifier);
  if (known == nullptr) {
    if (exchanges_->all.size() >= std::size_t{2} * hub_.limits().receive_maximum)
      return wire::mqtt::refuse(ReasonCode::quota_exceeded, "too many QoS 2 messages without PUBREL");
    return false;
  }
  if (known->state == Exchanges::State::received) {  // MQTT 5, 4.3.3-10: answered again, not taken again
    acks_.finish(acks_.begin(publish.packet_identifier, QoS::exactly_once, ReasonCode::success, {}));
    ++unanswered_;
    flush();
  }
  return true;
}

void Session::begin_exchange(std::shared_ptr<const Message> message, std::uint16_t packet_identifier,
                             std::uint64_t sequence, const ledger::DraftView& report) {
  const Inbound inbound{packet_identifier, ++lasting_->exchanges};
  exchanges_->find(packet_identifier)->stored = true;
  const std::uint64_t since = hub_.shared().rooms.ledger.durable(fleet_).value_or(0);
  ledger::Draft draft = ledger::draft_of(report);
  draft.content_type += exchange_parameter(lasting_->id, inbound.exchange);
  Completion completion;
  completion.session = id_;
  completion.report = true;
  completion.sequence = sequence;
  completion.kept = lasting_->id;
  completion.exchange = inbound.exchange;
  completion.message = message;
  ++working_;
  ++appends_pending_;
  update_reading();
  hub_.store().request(
      hub_.loop().index(),
      [id = lasting_->id, inbound, since, message](StateWork& work) {
        return work.tables.receive(id, inbound, since, *message);
      },
      [hub = hub_.shared_from_this(), draft = std::move(draft),
       completion = std::move(completion)](Result<void> stored) mutable {
        if (stored) return hub->append(ledger::view_of(draft), std::move(completion));
        completion.error = std::move(stored).error();
        hub->settle(std::move(completion));
      });
}

// PUBREC is about to go.
void Session::finish_exchange(std::uint16_t packet_identifier, ReasonCode reason) {
  if (wire::mqtt::is_error(reason)) {  // MQTT 5, 4.3.3: the identifier is free again
    exchanges_->erase(packet_identifier);
    if (unanswered_ != 0) --unanswered_;
  } else if (auto* const one = exchanges_->find(packet_identifier)) {
    one->state = Exchanges::State::received;
  }
}

void Session::on_pubrel(const wire::mqtt::Pubrel& pubrel) {
  const std::uint16_t identifier = pubrel.packet_identifier;
  wire::mqtt::Pubcomp pubcomp;
  pubcomp.packet_identifier = identifier;
  auto* const one = exchanges_ ? exchanges_->find(identifier) : nullptr;
  if (one == nullptr) {  // MQTT 5, 3.7.2.1
    spend(0);
    pubcomp.reason = ReasonCode::packet_identifier_not_found;
    send(pubcomp);
    return;
  }
  if (one->state != Exchanges::State::received) return;  // its PUBREC or PUBCOMP is on its way
  if (!one->stored) {
    exchanges_->erase(identifier);
    if (unanswered_ != 0) --unanswered_;
    send(pubcomp);
    return;
  }
  // The client may use the identifier for another message once it has PUBCOMP: that we forgot must be durable.
  one->state = Exchanges::State::ending;
  submit([id = lasting_->id, identifier](StateWork& work) { return work.tables.forget_inbound(id, identifier); },
         [identifier](Session& session, Result<void> done) {
           if (session.state_ != State::online) return;
           if (!done)
             return session.end(ReasonCode::implementation_specific_error, "state-failed", done.error().detail);
           session.exchanges_->erase(identifier);
           if (session.unanswered_ != 0) --session.unanswered_;
           wire::mqtt::Pubcomp answer;
           answer.packet_identifier = identifier;
           session.send(answer);
         });
}

}  // namespace outrider::gateway::mqtt
