// Entries hold what devices and strangers sent. Whatever it is, the detector takes it, and its state is saved and read
// back to the same bytes.
//
// The first byte of each entry is its kind's place in the list, the second says how much later it came, two more how
// long its payload is.
#include <array>
#include <cstdlib>

#include "detect/engine/detector.h"
#include "detect/testing/entries.h"

namespace {

using namespace outrider;

constexpr std::array kinds{Kind::telemetry,
                           Kind::event,
                           Kind::telemetry,
                           Kind::message,
                           Kind::session_opened,
                           Kind::session_closed,
                           Kind::access_refused,
                           Kind::report_refused,
                           Kind::enrolment_refused,
                           Kind::identity_issued,
                           Kind::identity_revoked,
                           Kind::identity_suspected,
                           Kind::device_state_changed,
                           Kind::device_retired,
                           Kind::device_added,
                           Kind::profile_added,
                           Kind::application_message,
                           Kind::clock_ticked,
                           Kind::detection_tuned,
                           Kind::route_assigned,
                           Kind::fence_set,
                           Kind::maintenance_planned,
                           Kind::suppression_added,
                           Kind::alert_resolved};

std::optional<detect::Contract> read_contract(std::string_view) {
  detect::Contract contract;
  contract.channels = {"temperature", "humidity", ""};
  return contract;
}

std::string_view content_type(Kind kind, std::uint8_t variant) {
  if (kind == Kind::application_message) return R"(application/octet-stream; topic="d/t-1/command")";
  if (kind == Kind::message) return R"(application/octet-stream; topic="command/ack")";
  if (kind != Kind::telemetry && kind != Kind::event) return "application/json";
  if (variant % 4 == 3) return "application/cose; cose-type=\"cose-sign1\"; trust=device-signed";
  return variant % 2 == 0 ? "application/senml+json" : "application/senml+cbor";
}

void require(bool good) {
  if (!good) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider::detect;
  Detector detector(detect::testing::fleet, read_contract);
  detect::testing::Log log;
  log.add(detect::testing::fact("", 0, facts::ProfileAdded{ProfileId("p"), ""}));
  log.add(detect::testing::fact("t-1", 0, facts::DeviceAdded{DeviceId("t-1"), ProfileId("p"), {}, {}}));
  ByteReader in(ByteView(data, size));
  for (double now = 0; in.left() >= 4;) {
    const std::uint8_t which = *in.u8();
    now += *in.u8() * 10.0;
    const std::size_t length = std::min<std::size_t>(*in.u16(), in.left());
    const Kind kind = kinds[which % kinds.size()];
    log.add(detect::testing::entry(kind, "t-1", now, as_text(*in.take(length)),
                                   content_type(kind, static_cast<std::uint8_t>(which / kinds.size()))));
  }
  for (const auto& entry : log.entries()) detector.follow(entry);
  const Bytes saved = detector.save();
  Detector other(detect::testing::fleet, read_contract);
  require(other.load(saved).has_value());
  require(other.save() == saved);
  require(other.next() == detector.next());
  return 0;
}
