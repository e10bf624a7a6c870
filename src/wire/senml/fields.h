#pragma once
// What the two representations of SenML share: the table of fields and the resolving of a record.
#include <optional>
#include <string>
#include <string_view>

#include "wire/senml/senml.h"

namespace outrider::wire::senml {

// RFC 8428, 4.1 to 4.2; the CBOR labels of section 6 are in the table.
enum class Field : std::uint8_t {
  base_version,
  base_name,
  base_time,
  base_unit,
  base_value,
  base_sum,
  name,
  unit,
  value,
  string_value,
  boolean_value,
  sum,
  time,
  update_time,
  data_value,
};
inline constexpr std::size_t field_count = 15;

// The JSON label ("bn", "v") and the CBOR label (-2, 2).
std::string_view label_of(Field field);
int number_of(Field field);
std::optional<Field> field_from_label(std::string_view label);
std::optional<Field> field_from_number(std::int64_t number);

// RFC 8428's version 10; RFC 9100 reads it as feature bits and adds 16 for secondary units.
inline constexpr unsigned version_base = 10;
inline constexpr unsigned version_secondary_units = 26;

// Times below this are relative to now (RFC 8428, 4.5.3).
inline constexpr double absolute_seconds_min = 268'435'456;  // 2^28

// Takes the fields of one record after the other, in any order, and makes resolved records of them. Both parsers feed
// it; every rule of RFC 8428 that is not syntax is here.
class Resolver {
 public:
  Resolver(Timestamp received, const Limits& limits) : received_(received), limits_(limits) {}

  Result<void> begin_record();
  Result<void> set(Field field, double number);
  Result<void> set(Field field, std::string text);
  Result<void> set(Field field, bool truth);
  Result<void> set(Field field, Bytes data);
  // A field RFC 8428 does not know. Refused when it must be understood.
  Result<void> unknown(std::string_view label) const;
  // A value of a type no rule allows for the field.
  std::unexpected<Error> wrong_type(Field field) const;
  Result<void> end_record();
  Result<Pack> finish() &&;

  // "record 3, field 'v': <what>"
  std::unexpected<Error> bad(Field field, std::string_view what) const;
  std::unexpected<Error> bad_record(std::string_view what) const;

 private:
  struct Bases {
    std::string name;
    std::string unit;
    double time = 0;
    std::optional<double> value;
    std::optional<double> sum;
    std::optional<double> version;
  };

  Result<void> take(Field field);  // refuses a second one
  bool has(Field field) const { return (seen_ & 1U << static_cast<unsigned>(field)) != 0; }
  Result<void> check_length(Field field, std::size_t size, std::size_t size_max) const;
  Result<void> take_version(double version);
  Result<void> resolve_value();
  Result<Timestamp> resolve_time() const;

  Timestamp received_;
  Limits limits_;
  Bases bases_;
  Pack pack_;              // its last record is being read
  std::size_t index_ = 0;  // of the record being read, from 1
  unsigned seen_ = 0;      // one bit a field
  double relative_ = 0;    // its "t"
};

// What must hold of a pack to be written: all that the resolver would refuse.
Result<void> check_writable(const Pack& pack);

// What the first record of a written pack says for all: the version and the base time, in seconds.
struct Head {
  unsigned version = version_base;
  double time = 0;
};
Head head_of(const Pack& pack);  // not empty
// A record's time relative to the base time, in seconds.
double offset_of(const Record& record, const Pack& pack);

}  // namespace outrider::wire::senml
