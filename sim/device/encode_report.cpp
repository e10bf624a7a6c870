#include "sim/device/encode_report.h"

#include "wire/senml/senml.h"

namespace outrider::sim {

Result<Bytes> encode_report(const Report& report, Timestamp at, Encoding encoding) {
  wire::senml::Pack pack;
  pack.reserve(report.readings().size());
  for (const Reading& reading : report.readings()) {
    wire::senml::Record record{.name = std::string(reading.name), .unit = std::string(reading.unit), .time = at};
    std::visit(
        [&](auto value) {
          if constexpr (std::same_as<decltype(value), std::string_view>) {
            record.value = std::string(value);
          } else {
            record.value = value;
          }
        },
        reading.value);
    pack.push_back(std::move(record));
  }
  if (encoding == Encoding::cbor) return wire::senml::write_cbor(pack);
  TRY(const std::string text, wire::senml::write_json(pack));
  return to_bytes(as_bytes(text));
}

std::string_view content_type_of(Encoding encoding) {
  return encoding == Encoding::cbor ? "application/senml+cbor" : "application/senml+json";
}

}  // namespace outrider::sim
