// A PUBLISH as it comes from a client, made into a message and read again from what the store keeps: nothing of it may
// change on the way, whatever it holds.
#include <cstdlib>

#include "gateway/mqtt/topics/message.h"
#include "wire/mqtt/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  using namespace outrider::gateway::mqtt;
  const auto packet = wire::mqtt::decode({data, size}, wire::mqtt::Version::v5);
  if (!packet || !std::holds_alternative<wire::mqtt::Publish>(*packet)) return 0;
  const auto& publish = std::get<wire::mqtt::Publish>(*packet);
  const std::string_view topic = publish.topic.empty() ? std::string_view("of/an/alias") : publish.topic;
  const auto made = make_message(FleetId("acme"), DeviceId("t-1"), from_micros(1), topic, publish);
  if (!made) std::abort();
  const auto read = read_message((*made)->fleet, (*made)->publisher, (*made)->received, (*made)->frame);
  if (!read || !((*read)->content == (*made)->content)) std::abort();
  wire::mqtt::Publish expected = publish;
  expected.dup = false;
  expected.topic = topic;
  expected.packet_identifier = publish.qos == wire::mqtt::QoS::at_most_once ? 0 : 1;
  expected.properties.topic_alias.reset();
  expected.properties.subscription_identifiers.clear();
  if (!((*made)->content == expected)) std::abort();
  return 0;
}
