// What a device may put into a PUBLISH: the topic it names and the report it sends. A report that is accepted must be
// one that a reader of the ledger can read again.
#include <cstdlib>

#include "gateway/mqtt/rights/device_rights.h"
#include "gateway/mqtt/rights/topics.h"
#include "wire/senml/senml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  using namespace outrider::gateway::mqtt;
  static const auto profile = [] {
    for (const auto& builtin : fleet::builtin_profiles())
      if (builtin.file.find("fleet-tracker") != std::string_view::npos)
        return std::make_shared<const fleet::Profile>(fleet::Profile::parse(builtin.toml, builtin.file).value());
    std::abort();
  }();
  static const DeviceId device("t-1");

  // First line: the topic; the rest: the payload.
  const std::string_view text = as_text({data, size});
  const std::size_t line = text.find('\n');
  if (line == std::string_view::npos) return 0;
  const auto written = text.substr(0, line);
  const DeviceRights rights(device, profile);
  std::string scratch;
  std::string back;
  const auto own = canonical(rights.root(), written, scratch);
  if (as_heard(rights.root(), own.topic, own.by_alias, back) != written) std::abort();
  const auto rule = rights.may_publish(own.topic);
  if (!rule) return 0;
  const ByteView payload = as_bytes(text.substr(line + 1));
  const Timestamp received = from_micros(1'760'000'000'000'000);
  const auto report = rights.judge(*rule, own.topic, payload, std::nullopt, received);
  if (!report || (report->kind != Kind::telemetry && report->kind != Kind::event)) return 0;
  const bool json = report->content_type == "application/senml+json";
  const auto again =
      json ? wire::senml::parse_json(as_text(payload), received) : wire::senml::parse_cbor(payload, received);
  if (!again || again->empty()) std::abort();
  if (rights.judge(*rule, own.topic, payload, report->content_type, received)->content_type != report->content_type)
    std::abort();
  return 0;
}
