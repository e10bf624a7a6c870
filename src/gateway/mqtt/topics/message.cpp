#include "gateway/mqtt/topics/message.h"

#include "wire/mqtt/codec.h"

namespace outrider::gateway::mqtt {

Result<std::shared_ptr<Message>> make_message(const FleetId& fleet, const DeviceId& publisher, Timestamp received,
                                              std::string_view topic, const wire::mqtt::Publish& publish) {
  wire::mqtt::Publish plain = publish;
  plain.dup = false;
  plain.topic = topic;
  plain.packet_identifier = plain.qos == wire::mqtt::QoS::at_most_once ? 0 : 1;
  plain.properties.topic_alias.reset();
  plain.properties.subscription_identifiers.clear();
  Bytes frame;
  CHECK(wire::mqtt::encode(plain, wire::mqtt::Version::v5, frame));
  return read_message(fleet, publisher, received, std::move(frame));
}

Result<std::shared_ptr<Message>> read_message(FleetId fleet, DeviceId publisher, Timestamp received, Bytes frame) {
  auto out = std::make_shared<Message>();
  out->fleet = std::move(fleet);
  out->publisher = std::move(publisher);
  out->received = received;
  out->frame = std::move(frame);
  TRY(auto packet, wire::mqtt::decode(out->frame, wire::mqtt::Version::v5));
  auto* const publish = std::get_if<wire::mqtt::Publish>(&packet);
  if (publish == nullptr) return fail(Errc::corrupt, "bad-message", "what was kept is not a PUBLISH");
  out->content = std::move(*publish);
  return out;
}

}  // namespace outrider::gateway::mqtt
