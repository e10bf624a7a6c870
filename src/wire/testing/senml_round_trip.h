#pragma once
// Whatever parses and can be written again (times after 1978) gives, written and parsed, the same records: in JSON and
// in CBOR. Aborts when it does not.
#include <cstdlib>

#include "wire/senml/senml.h"

namespace outrider::wire::testing {

inline const Timestamp senml_received = from_micros(1'795'348'800'250'000);

inline void check_senml_round_trip(const Result<senml::Pack>& pack) {
  if (!pack) {
    if (pack.error().detail.empty() || pack.error().reason.empty()) std::abort();
    return;
  }
  for (const senml::Record& record : *pack) {
    if (!senml::valid_name(record.name)) std::abort();
    // Later, a double does not hold every microsecond.
    if (record.time > from_micros(4'294'967'296'000'000)) return;
  }
  const auto json = senml::write_json(*pack);
  const auto cbor = senml::write_cbor(*pack);
  if (json.has_value() != cbor.has_value()) std::abort();
  if (!json) return;
  const auto from_json = senml::parse_json(*json, senml_received);
  const auto from_cbor = senml::parse_cbor(*cbor, senml_received);
  if (!from_json || *from_json != *pack) std::abort();
  if (!from_cbor || *from_cbor != *pack) std::abort();
}

}  // namespace outrider::wire::testing
