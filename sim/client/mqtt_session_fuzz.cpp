// What a server sends to a simulated device: whatever it is, the device answers only with packets that are valid MQTT,
// never holds more than it sent, and once it has given up a connection says no more on it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "sim/client/mqtt_session.h"
#include "wire/mqtt/codec.h"

namespace {

using namespace outrider;
using namespace outrider::sim;

struct Deaf final : MqttEvents {
  void on_connected() override {}
  void on_acknowledged(const Held&) override { ++settled; }
  void on_report_refused(const Held&, wire::mqtt::ReasonCode, std::string_view) override { ++settled; }
  void on_message(std::string_view, ByteView) override {}
  std::size_t settled = 0;
};

void require(bool held) {
  if (!held) std::abort();
}

void check_output(ByteView out, wire::mqtt::Version version) {
  while (!out.empty()) {
    const auto frame = wire::mqtt::next_frame(out, wire::mqtt::packet_bytes_max);
    require(frame && *frame && wire::mqtt::decode(**frame, version).has_value());
    out = out.subspan((*frame)->size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  MqttSettings settings;
  settings.version = (data[0] & 1U) != 0 ? wire::mqtt::Version::v5 : wire::mqtt::Version::v3_1_1;
  settings.qos = (data[0] & 2U) != 0 ? wire::mqtt::QoS::exactly_once : wire::mqtt::QoS::at_least_once;
  settings.session_expiry_s = (data[0] & 4U) != 0 ? 60 : 0;
  settings.subscribe = (data[0] & 8U) != 0;
  MqttSession session(settings, "t-1");
  Deaf events;
  Bytes out;
  require(session.open(out).has_value());
  std::size_t published = 0;
  ByteView rest(data + 1, size - 1);
  while (!rest.empty()) {
    const ByteView chunk = rest.first(std::min<std::size_t>(rest.size(), 1 + (data[0] >> 1U)));
    rest = rest.subspan(chunk.size());
    if (!session.receive(chunk, events, out)) {
      require(!session.connected());
      break;
    }
    if (session.has_room() && session.publish({0x5B, 0x5D}, out)) ++published;
  }
  // At QoS 2 a report that the server has taken is still held until its identifier is free again.
  const auto released = std::ranges::count(session.held(), true, &Held::released);
  require(session.held().size() + events.settled == published + static_cast<std::size_t>(released));
  check_output(out, settings.version);
  return 0;
}
