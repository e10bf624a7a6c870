#pragma once
// Is what a device published what its profile lets it say on that topic?
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "facts/kind.h"
#include "fleet/profile/profile.h"
#include "gateway/mqtt/signed/signatures.h"
#include "ledger/entry.h"

namespace outrider::gateway::mqtt {

// How a published payload goes into the ledger.
struct Report {
  Kind kind = Kind::message;
  std::string content_type;
  ledger::Privacy privacy = ledger::Privacy::open;
};

// `rule` is the profile's rule of the topic. Telemetry and events must be SenML (RFC 8428): JSON, CBOR or either in a
// device's signature (wire/cose/signed_reading.h), as the content type says, or without one as the first byte does;
// their names and units are checked by the profile. `signatures`: of the session; nullptr: there is none, and signed
// readings are refused ("cannot-verify"). Other payloads
// are opaque; the kind `message` carries its topic as a parameter of the content type, because entries of that kind
// stand for several. An Error's reason is the slug for facts::ReportRefused.
Result<Report> judge_report(const fleet::Profile& profile, const fleet::TopicRule& rule, ByteView payload,
                            std::optional<std::string_view> content_type, Timestamp received, Signatures* signatures);

}  // namespace outrider::gateway::mqtt
