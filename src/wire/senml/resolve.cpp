#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "wire/senml/fields.h"
#include "wire/senml/units.h"
#include "wire/utf8.h"

namespace outrider::wire::senml {
namespace {

// At most four bytes as a number: comparing those needs no call. A label with zero bytes may look like another one.
constexpr std::uint32_t packed(std::string_view label) {
  std::uint32_t out = 0;
  for (const char c : label) out = out << 8U | static_cast<std::uint8_t>(c);
  return out;
}

struct Row {
  Field field;
  std::string_view label;  // RFC 8428, 5: table 2
  int number;              // RFC 8428, 6: table 4
  std::uint32_t packed_label = packed(label);
};

constexpr std::array rows{
    Row{Field::base_version, "bver", -1},
    Row{Field::base_name, "bn", -2},
    Row{Field::base_time, "bt", -3},
    Row{Field::base_unit, "bu", -4},
    Row{Field::base_value, "bv", -5},
    Row{Field::base_sum, "bs", -6},
    Row{Field::name, "n", 0},
    Row{Field::unit, "u", 1},
    Row{Field::value, "v", 2},
    Row{Field::string_value, "vs", 3},
    Row{Field::boolean_value, "vb", 4},
    Row{Field::sum, "s", 5},
    Row{Field::time, "t", 6},
    Row{Field::update_time, "ut", 7},
    Row{Field::data_value, "vd", 8},
};
static_assert(rows.size() == field_count);

const Row& row_of(Field field) {
  return rows[static_cast<std::size_t>(field)];
}

constexpr double absolute_seconds_max = 253'402'300'799;  // 9999-12-31T23:59:59Z, the last RFC 3339 can say

bool alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

double seconds_of(Timestamp time) {
  return static_cast<double>(to_micros(time)) / 1e6;
}

std::string_view wanted(Field field) {
  switch (field) {
    case Field::base_name:
    case Field::base_unit:
    case Field::name:
    case Field::unit:
    case Field::string_value:
      return "a string";
    case Field::boolean_value:
      return "true or false";
    case Field::data_value:
      return "data";
    default:
      return "a number";
  }
}

}  // namespace

std::string_view label_of(Field field) {
  return row_of(field).label;
}
int number_of(Field field) {
  return row_of(field).number;
}

std::optional<Field> field_from_label(std::string_view label) {
  if (label.empty() || label.size() > sizeof(std::uint32_t)) return std::nullopt;
  const auto* row = std::ranges::find(rows, packed(label), &Row::packed_label);
  if (row == rows.end() || row->label != label) return std::nullopt;
  return row->field;
}

std::optional<Field> field_from_number(std::int64_t number) {
  const auto* row = std::ranges::find(rows, number, &Row::number);
  if (row == rows.end()) return std::nullopt;
  return row->field;
}

std::string_view kind_of(const Value& value) {
  static constexpr std::array<std::string_view, 5> names{"none", "number", "text", "boolean", "data"};
  return names[value.index()];
}

bool valid_name(std::string_view name) {
  return !name.empty() && alphanumeric(name.front()) && std::ranges::all_of(name, [](char c) {
    return alphanumeric(c) || c == '-' || c == ':' || c == '.' || c == '/' || c == '_';
  });
}

std::unexpected<Error> Resolver::bad(Field field, std::string_view what) const {
  return fail(Errc::malformed, "bad-senml", fmt::format("record {}, field '{}': {}", index_, label_of(field), what));
}

std::unexpected<Error> Resolver::bad_record(std::string_view what) const {
  return fail(Errc::malformed, "bad-senml", fmt::format("record {}: {}", index_, what));
}

std::unexpected<Error> Resolver::wrong_type(Field field) const {
  return bad(field, fmt::format("not {}", wanted(field)));
}

Result<void> Resolver::begin_record() {
  if (index_ >= limits_.records_max) {
    return fail(Errc::too_large, "too-many-records",
                fmt::format("more than {} records in a pack", limits_.records_max));
  }
  ++index_;
  seen_ = 0;
  pack_.emplace_back();
  relative_ = 0;
  return {};
}

Result<void> Resolver::take(Field field) {
  // Two readers that keep different ones of two equal keys would see two different readings.
  if (has(field)) return bad(field, "given twice");
  seen_ |= 1U << static_cast<unsigned>(field);
  return {};
}

Result<void> Resolver::check_length(Field field, std::size_t size, std::size_t size_max) const {
  if (size <= size_max) return {};
  return fail(Errc::too_large, "bad-senml",
              fmt::format("record {}, field '{}': {} bytes; at most {}", index_, label_of(field), size, size_max));
}

Result<void> Resolver::take_version(double version) {
  if (version != version_base && version != version_secondary_units) {  // RFC 8428, 4.4; RFC 9100, 3
    return bad(Field::base_version, fmt::format("version {} is not understood; 10 and 26 are", version));
  }
  if (bases_.version && *bases_.version != version) {
    return bad(Field::base_version, "changes inside the pack");  // RFC 8428, 4.4
  }
  if (!bases_.version && index_ != 1 && version != version_base) {
    return bad(Field::base_version, "must stand in the first record");  // the records before were version 10
  }
  bases_.version = version;
  return {};
}

Result<void> Resolver::set(Field field, double number) {
  CHECK(take(field));
  if (!std::isfinite(number)) return bad(field, "not a finite number");  // RFC 8428, 4.3
  switch (field) {
    case Field::base_version:
      return take_version(number);
    case Field::base_time:
      bases_.time = number;
      return {};
    case Field::base_value:
      bases_.value = number;
      return {};
    case Field::base_sum:
      bases_.sum = number;
      return {};
    case Field::value:
      pack_.back().value = number;
      return {};
    case Field::sum:
      pack_.back().sum = number;
      return {};
    case Field::time:
      relative_ = number;
      return {};
    case Field::update_time:
      if (number < 0) return bad(field, "negative");
      pack_.back().update_time = number;
      return {};
    default:
      return wrong_type(field);
  }
}

Result<void> Resolver::set(Field field, std::string text) {
  CHECK(take(field));
  switch (field) {
    case Field::base_name:
      CHECK(check_length(field, text.size(), limits_.name_bytes_max));
      bases_.name = std::move(text);
      return {};
    case Field::name:
      CHECK(check_length(field, text.size(), limits_.name_bytes_max));
      pack_.back().name = std::move(text);
      return {};
    case Field::base_unit:
      CHECK(check_length(field, text.size(), limits_.unit_bytes_max));
      bases_.unit = std::move(text);
      return {};
    case Field::unit:
      CHECK(check_length(field, text.size(), limits_.unit_bytes_max));
      pack_.back().unit = std::move(text);
      return {};
    case Field::string_value:
      CHECK(check_length(field, text.size(), limits_.value_bytes_max));
      pack_.back().value = std::move(text);
      return {};
    default:
      return wrong_type(field);
  }
}

Result<void> Resolver::set(Field field, bool truth) {
  CHECK(take(field));
  if (field != Field::boolean_value) return wrong_type(field);
  pack_.back().value = truth;
  return {};
}

Result<void> Resolver::set(Field field, Bytes data) {
  CHECK(take(field));
  if (field != Field::data_value) return wrong_type(field);
  CHECK(check_length(field, data.size(), limits_.value_bytes_max));
  pack_.back().value = std::move(data);
  return {};
}

Result<void> Resolver::unknown(std::string_view label) const {
  if (!label.ends_with('_')) return {};
  return fail(Errc::malformed, "must-understand",  // RFC 8428, 4.4
              fmt::format("record {}, field '{}': must be understood and is not known", index_, label.substr(0, 64)));
}

// Works the base value and base sum in (RFC 8428, 4.5.4).
Result<void> Resolver::resolve_value() {
  Record& record = pack_.back();
  const int values = static_cast<int>(has(Field::value)) + static_cast<int>(has(Field::string_value)) +
                     static_cast<int>(has(Field::boolean_value)) + static_cast<int>(has(Field::data_value));
  if (values > 1) return bad_record("more than one value");  // RFC 8428, 4.2
  if (bases_.sum) record.sum = *bases_.sum + record.sum.value_or(0);
  if (bases_.value && values == 0 && !has(Field::sum)) {
    record.value = *bases_.value;  // a missing value counts as zero beside a base value
  } else if (has(Field::value) && bases_.value) {
    record.value = std::get<double>(record.value) + *bases_.value;
  }
  const auto* number = std::get_if<double>(&record.value);
  if (number != nullptr && !std::isfinite(*number)) return bad(Field::value, "too large with the base value");
  if (record.sum && !std::isfinite(*record.sum)) return bad(Field::sum, "too large with the base sum");
  if (std::holds_alternative<std::monostate>(record.value) && !record.sum) {
    return bad_record("neither a value nor a sum");  // RFC 8428, 4.2
  }
  return {};
}

// RFC 8428, 4.5.3
Result<Timestamp> Resolver::resolve_time() const {
  const double total = bases_.time + relative_;
  const double seconds = total < absolute_seconds_min ? seconds_of(received_) + total : total;
  if (!(seconds >= 0 && seconds <= absolute_seconds_max)) {
    return bad(has(Field::time) ? Field::time : Field::base_time, "outside the years 1970 to 9999");
  }
  if (total == 0) return received_;  // exactly now, whatever a double makes of it
  return from_micros(std::llround(seconds * 1e6));
}

Result<void> Resolver::end_record() {
  Record& record = pack_.back();
  if (!bases_.name.empty()) record.name.insert(0, bases_.name);
  if (!valid_name(record.name)) {  // RFC 8428, 4.5.1
    return bad(has(Field::name) || !has(Field::base_name) ? Field::name : Field::base_name,
               record.name.empty()
                   ? "the name is empty"
                   : "a name is letters, digits, '-', ':', '.', '/', '_' and begins with one of the first two");
  }
  CHECK(check_length(Field::name, record.name.size(), limits_.name_bytes_max));
  if (record.unit.empty()) record.unit = bases_.unit;
  CHECK(resolve_value());
  TRY(record.time, resolve_time());
  return {};
}

Result<Pack> Resolver::finish() && {
  if (pack_.empty()) return fail(Errc::malformed, "bad-senml", "a pack without records");
  return std::move(pack_);
}

Head head_of(const Pack& pack) {
  Head head;
  head.time = seconds_of(pack.front().time);
  const auto secondary = [](const Record& record) {
    const Unit* unit = find_unit(record.unit);
    return unit != nullptr && unit->secondary();
  };
  if (std::ranges::any_of(pack, secondary)) head.version = version_secondary_units;  // RFC 9100, 4
  return head;
}

double offset_of(const Record& record, const Pack& pack) {
  return static_cast<double>((record.time - pack.front().time).count()) / 1e6;
}

namespace {

// `index` counts from 1.
Result<void> check_writable(const Record& record, std::size_t index) {
  const auto bad = [&](Field field, std::string_view what) {
    return fail(Errc::malformed, "bad-senml", fmt::format("record {}, field '{}': {}", index, label_of(field), what));
  };
  const auto finite = [](const std::optional<double>& number) { return !number || std::isfinite(*number); };
  constexpr Limits limits;
  if (!valid_name(record.name) || record.name.size() > limits.name_bytes_max) {
    return bad(Field::name, "not a SenML name, or too long");
  }
  if (!valid_utf8(record.unit) || record.unit.size() > limits.unit_bytes_max) {
    return bad(Field::unit, "not UTF-8, or too long");
  }
  const double seconds = seconds_of(record.time);
  if (seconds < absolute_seconds_min || seconds > absolute_seconds_max) {
    return bad(Field::time, "outside the years 1978 to 9999");
  }
  if (const auto* number = std::get_if<double>(&record.value); number != nullptr && !std::isfinite(*number)) {
    return bad(Field::value, "not a finite number");
  }
  if (const auto* text = std::get_if<std::string>(&record.value);
      text != nullptr && (!valid_utf8(*text) || text->size() > limits.value_bytes_max)) {
    return bad(Field::string_value, "not UTF-8, or too long");
  }
  if (const auto* data = std::get_if<Bytes>(&record.value); data != nullptr && data->size() > limits.value_bytes_max) {
    return bad(Field::data_value, "too long");
  }
  if (!finite(record.sum)) return bad(Field::sum, "not a finite number");
  if (!finite(record.update_time) || record.update_time.value_or(0) < 0)
    return bad(Field::update_time, "not a duration");
  if (std::holds_alternative<std::monostate>(record.value) && !record.sum) {
    return bad(Field::value, "neither a value nor a sum");
  }
  return {};
}

}  // namespace

Result<void> check_writable(const Pack& pack) {
  if (pack.empty()) return fail(Errc::malformed, "bad-senml", "a pack without records");
  if (pack.size() > Limits{}.records_max)
    return fail(Errc::too_large, "too-many-records", "too many records in a pack");
  for (std::size_t i = 0; i < pack.size(); ++i) CHECK(check_writable(pack[i], i + 1));
  return {};
}

}  // namespace outrider::wire::senml
