#include "fleet/state/decoded.h"

namespace outrider::fleet {
namespace {

// The parsers of what a device's report may be; anything else is not SenML.
wire::senml::Pack decode(const ledger::Entry& entry) {
  const auto media_type = std::string_view(entry.content_type).substr(0, entry.content_type.find(';'));
  auto pack = [&]() -> Result<wire::senml::Pack> {
    if (media_type == "application/senml+json") {
      return wire::senml::parse_json(as_text(entry.payload), entry.received);
    }
    if (media_type == "application/senml+cbor") return wire::senml::parse_cbor(entry.payload, entry.received);
    return wire::senml::Pack{};
  }();
  return pack ? *std::move(pack) : wire::senml::Pack{};
}

}  // namespace

const wire::senml::Pack& DecodedEntry::pack() {
  if (!pack_) {
    const bool report = kind() == Kind::telemetry || kind() == Kind::event;
    pack_ = report && !entry_.shredded ? decode(entry_) : wire::senml::Pack{};
  }
  return *pack_;
}

}  // namespace outrider::fleet
