// SenML in CBOR: RFC 8428, section 6.
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "wire/cbor/reader.h"
#include "wire/cbor/writer.h"
#include "wire/senml/fields.h"

namespace outrider::wire::senml {
namespace {

using cbor::Reader;
using cbor::Type;
using cbor::Writer;

constexpr std::uint64_t tag_decimal_fraction = 4;  // RFC 8949, 3.4.4

// [exponent, mantissa] after tag 4: mantissa * 10^exponent, rounded as the same number in JSON would be.
Result<double> read_decimal_fraction(Reader& in) {
  CHECK(in.enter_array());
  if (in.tags().size() != 1 || in.tags()[0] != tag_decimal_fraction) {
    return fail(Errc::malformed, "bad-senml", "not a number");
  }
  std::array<std::int64_t, 2> parts{};
  for (std::int64_t& part : parts) {
    TRY(const bool more, in.more());
    if (!more) return fail(Errc::malformed, "bad-senml", "a decimal fraction has two parts");
    TRY(part, in.read_integer());
  }
  TRY(const bool more, in.more());
  if (more) return fail(Errc::malformed, "bad-senml", "a decimal fraction has two parts");
  const std::string text = fmt::format("{}e{}", parts[1], parts[0]);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return fail(Errc::malformed, "bad-senml", "not a number that a double can hold");
  return value;
}

Result<void> read_field(Reader& in, Field field, Resolver& out) {
  TRY(const Type type, in.peek());
  switch (type) {
    case Type::unsigned_integer:
    case Type::negative_integer:
    case Type::floating: {
      TRY(const double number, in.read_number());
      return out.set(field, number);
    }
    case Type::array: {
      auto number = read_decimal_fraction(in);
      if (!number && number.error().reason == "bad-senml") return out.bad(field, number.error().detail);
      if (!number) return std::unexpected(std::move(number).error());
      return out.set(field, *number);
    }
    case Type::text: {
      TRY(auto text, in.read_text());
      return out.set(field, std::move(text));
    }
    case Type::bytes: {
      TRY(auto data, in.read_bytes());
      return out.set(field, std::move(data));
    }
    case Type::boolean: {
      TRY(const bool truth, in.read_boolean());
      return out.set(field, truth);
    }
    default:
      return out.wrong_type(field);
  }
}

// One label and its value.
Result<void> read_pair(Reader& in, Resolver& out) {
  TRY(const Type type, in.peek());
  if (type == Type::text) {
    TRY(const auto label, in.read_text());
    // RFC 8428, 6: the known fields have numbers. Passing "v" over as unknown would lose a reading silently.
    if (field_from_label(label)) {
      return out.bad_record(fmt::format("field '{}' must be given by its number", label));
    }
    CHECK(out.unknown(label));
    return in.skip();
  }
  if (type != Type::unsigned_integer && type != Type::negative_integer) {
    return out.bad_record("a label that is neither a number nor a text");
  }
  TRY(const std::int64_t number, in.read_integer());
  const auto field = field_from_number(number);
  return field ? read_field(in, *field, out) : in.skip();
}

Result<Pack> read_pack(Reader& in, Resolver& out) {
  TRY(const Type type, in.peek());
  if (type != Type::array) return fail(Errc::malformed, "bad-senml", "a pack is an array of records");
  CHECK(in.enter_array());
  for (;;) {
    TRY(const bool another, in.more());
    if (!another) break;
    CHECK(out.begin_record());
    TRY(const Type record, in.peek());
    if (record != Type::map) return out.bad_record("not a map");
    CHECK(in.enter_map());
    for (;;) {
      TRY(const bool pair, in.more());
      if (!pair) break;
      CHECK(read_pair(in, out));
    }
    CHECK(out.end_record());
  }
  CHECK(in.finish());
  return std::move(out).finish();
}

Writer& label(Writer& out, Field field) {
  return out.integer(number_of(field));
}

void write_value(Writer& out, const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) label(out, Field::value).number(*number);
  if (const auto* text = std::get_if<std::string>(&value)) label(out, Field::string_value).text(*text);
  if (const auto* truth = std::get_if<bool>(&value)) label(out, Field::boolean_value).boolean(*truth);
}

// Keys in the order of the deterministic encoding: 0, 1, … 8, then -1, -2, -3.
void write_record(Writer& out, const Record& record, const Pack& pack) {
  const bool first = &record == pack.data();
  const Head head = first ? head_of(pack) : Head{};
  const bool version = head.version != version_base;
  const bool time = record.time != pack.front().time;
  const bool has_value = !std::holds_alternative<std::monostate>(record.value);
  const auto* data = std::get_if<Bytes>(&record.value);
  out.map(1U + !record.unit.empty() + has_value + record.sum.has_value() + time + record.update_time.has_value() +
          version + first);
  label(out, Field::name).text(record.name);
  if (!record.unit.empty()) label(out, Field::unit).text(record.unit);
  write_value(out, record.value);
  if (record.sum) label(out, Field::sum).number(*record.sum);
  if (time) label(out, Field::time).number(offset_of(record, pack));
  if (record.update_time) label(out, Field::update_time).number(*record.update_time);
  if (data != nullptr) label(out, Field::data_value).bytes(*data);
  if (version) label(out, Field::base_version).unsigned_integer(head.version);
  if (first) label(out, Field::base_time).number(head.time);
}

}  // namespace

Result<Pack> parse_cbor(ByteView bytes, Timestamp received, const Limits& limits) {
  Reader in(bytes);
  Resolver out(received, limits);
  return read_pack(in, out);
}

Result<Bytes> write_cbor(const Pack& pack) {
  CHECK(check_writable(pack));
  Bytes bytes;
  Writer out(bytes);
  out.array(pack.size());
  for (const Record& record : pack) write_record(out, record, pack);
  return bytes;
}

}  // namespace outrider::wire::senml
