// Messages to the client: as fast as it reads and acknowledges them, and no faster.
#include "gateway/mqtt/session/send.h"

namespace outrider::gateway::mqtt {

using wire::mqtt::QoS;

void Session::deliver(const std::shared_ptr<const Message>& message, QoS qos, bool by_alias) {
  if (state_ != State::online) return;
  // A wildcard takes in more than the profile grants.
  if (!rights_->may_receive(message->topic)) return;
  if (!outbox_) outbox_ = std::make_unique<Outbox>();
  if (!outbox_->push({message, std::min(qos, message->qos), by_alias, 0}, hub_.limits().queued_messages_max))
    return refuse("deliver", message->topic, "queue-full", "the client is too slow; a message to it was dropped");
  pump_outbox();
}

void Session::pump_outbox() {
  if (!outbox_) return;
  const std::size_t inflight_max = std::min(peer_receive_maximum_, hub_.limits().inflight_max);
  while (state_ == State::online && slow_since_ == Time{}) {
    const auto item = outbox_->next(inflight_max);
    if (!item) break;
    send_message(*item);
  }
  if (outbox_->empty()) outbox_.reset();
}

void Session::send_message(const Outbox::Item& item) {
  std::string scratch;
  wire::mqtt::Publish publish;
  publish.topic = as_heard(rights_->root(), item.message->topic, item.by_alias, scratch);
  publish.qos = item.qos;
  publish.packet_identifier = item.packet_identifier;
  publish.payload = item.message->payload;
  if (!item.message->content_type.empty()) publish.properties.content_type = item.message->content_type;
  send(publish);
}

}  // namespace outrider::gateway::mqtt
