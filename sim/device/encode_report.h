#pragma once
#include "base/bytes.h"
#include "base/time.h"
#include "sim/model/device_model.h"
#include "sim/run/settings.h"

namespace outrider::sim {

// A report as a SenML pack (RFC 8428), every reading at the same time.
Result<Bytes> encode_report(const Report& report, Timestamp at, Encoding encoding);
// "application/senml+json" or "application/senml+cbor".
std::string_view content_type_of(Encoding encoding);

}  // namespace outrider::sim
