#pragma once
// SenML (RFC 8428): packs of sensor readings, in JSON (application/senml+json) and CBOR (application/senml+cbor).
//
// Parsing gives *resolved* records (RFC 8428, 4.6): base fields are worked in, every record has its whole name and an
// absolute time. A record is judged alone afterwards; nothing of the form it travelled in is left.
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace outrider::wire::senml {

// none (a record with only a sum), number, text, truth, data.
using Value = std::variant<std::monostate, double, std::string, bool, Bytes>;
// "none", "number", "text", "boolean", "data".
std::string_view kind_of(const Value& value);

struct Record {
  std::string name;
  std::string unit;  // empty: not said
  Value value;
  std::optional<double> sum;          // integral over time, in unit * s
  Timestamp time;                     // of the measurement
  std::optional<double> update_time;  // seconds until the next reading of this name at the latest

  bool operator==(const Record&) const = default;
};

using Pack = std::vector<Record>;

struct Limits {
  std::size_t records_max = 1000;    // an hour of one-second positions of a sleeping tracker comes in several packs
  std::size_t name_bytes_max = 128;  // also bounds what a long base name can blow a pack up to
  std::size_t unit_bytes_max = 32;
  std::size_t value_bytes_max = 16UL * 1024;  // of a text or data value
};

// Reads a pack. `received` is "now" for relative times (RFC 8428, 4.5.3). An Error (malformed or too_large) names the
// record (counted from 1, as people do) and the field: "record 3, field 'v': not a number". Its reason is one of the
// slugs "bad-senml", "bad-json", "bad-cbor", "must-understand", "too-many-records".
//
// Refused: an empty pack, fields twice in a record, known fields of the wrong type, unknown fields that end in '_'
// (must be understood; RFC 8428, 4.4), a record without value and sum or with two values, names outside the character
// set of 4.5.1, numbers that are not finite, a version newer than RFC 8428 with RFC 9100's secondary units, times
// before 1970 or after 9999. Other unknown fields are passed over.
Result<Pack> parse_json(std::string_view text, Timestamp received, const Limits& limits = {});
Result<Pack> parse_cbor(ByteView bytes, Timestamp received, const Limits& limits = {});

// Writes records as a pack that parses back to the same records (times to the microsecond until the year 2106, when a
// double runs out of bits). Times must lie in 1978-07-04 or later: an earlier one
// would be read as relative (RFC 8428, 4.5.3). Refused too: what `parse` would refuse. The time of the first record
// becomes the base time; names, units and values stay in their records, which every receiver understands.
Result<std::string> write_json(const Pack& pack);
Result<Bytes> write_cbor(const Pack& pack);

// RFC 8428, 4.5.1: letters, digits, '-' ':' '.' '/' '_'; begins with a letter or digit.
bool valid_name(std::string_view name);

}  // namespace outrider::wire::senml
