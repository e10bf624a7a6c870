// SenML in JSON: RFC 8428, section 5. Read by events (no document tree), so that keys given twice are seen and memory
// is that of the records.
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "wire/senml/fields.h"
#include "wire/senml/units.h"

namespace outrider::wire::senml {
namespace {

namespace bj = boost::json;
using ErrorCode = boost::system::error_code;

// Receives the events of one document. The members that Boost.JSON calls must have its names and signatures; each
// returns false (with `code` set) to stop the parser, the reason being in `error_`.
class Handler {
 public:
  static constexpr std::size_t max_object_size = 64;              // fields in a record, the unknown ones included
  static constexpr std::size_t max_array_size = std::size_t(-1);  // the resolver counts records
  static constexpr std::size_t max_key_size = 256;
  static constexpr std::size_t max_string_size = 64UL * 1024;  // the resolver refuses sooner

  Handler(Timestamp received, const Limits& limits) : resolver_(received, limits) {}

  Result<Pack> finish() && { return std::move(resolver_).finish(); }
  std::optional<Error>& error() { return error_; }

  bool on_document_begin(ErrorCode&) { return true; }
  bool on_document_end(ErrorCode&) { return true; }

  bool on_array_begin(ErrorCode& code) {
    if (depth_ > 0 && !inside_unknown()) return on_value(wrong_type(), code);
    ++depth_;
    return true;
  }
  bool on_array_end(std::size_t, ErrorCode& code) { return leave(code); }

  bool on_object_begin(ErrorCode& code) {
    if (depth_ == 0) return on_value(not_a_pack(), code);
    if (depth_ == 1 && !on_value(resolver_.begin_record(), code)) return false;
    if (depth_ >= 2 && !inside_unknown()) return on_value(wrong_type(), code);
    ++depth_;
    return true;
  }
  bool on_object_end(std::size_t, ErrorCode& code) {
    if (depth_ == 2 && !on_value(resolver_.end_record(), code)) return false;
    return leave(code);
  }

  bool on_key_part(bj::string_view part, std::size_t, ErrorCode&) {
    key_.append(part.data(), part.size());
    return true;
  }
  bool on_key(bj::string_view part, std::size_t, ErrorCode& code) {
    const std::string_view label = whole(key_, part);
    if (depth_ == 2) field_ = field_from_label(label);  // else inside an unknown field
    const bool goes_on = depth_ != 2 || field_ || on_value(resolver_.unknown(label), code);
    key_.clear();
    return goes_on;
  }

  bool on_string_part(bj::string_view part, std::size_t, ErrorCode&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_string(bj::string_view part, std::size_t, ErrorCode& code) {
    const std::string_view text = whole(text_, part);
    const bool goes_on = on_value(scalar([&](Field field) { return set_text(field, text); }), code);
    text_.clear();
    return goes_on;
  }

  bool on_number_part(bj::string_view part, ErrorCode&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t number, bj::string_view, ErrorCode& code) {
    return on_number(static_cast<double>(number), code);
  }
  bool on_uint64(std::uint64_t number, bj::string_view, ErrorCode& code) {
    return on_number(static_cast<double>(number), code);
  }
  bool on_double(double number, bj::string_view part, ErrorCode& code) {
    // Boost 1.81 converts fast and up to one bit wrong; a time in microseconds needs all of them.
    const std::string_view text = whole(text_, part);
    double exact = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exact);
    return on_number(error == std::errc{} ? exact : number, code);
  }

  bool on_bool(bool truth, ErrorCode& code) {
    return on_value(scalar([&](Field field) { return resolver_.set(field, truth); }), code);
  }
  bool on_null(ErrorCode& code) {
    return on_value(scalar([&](Field field) { return wrong_type_of(field); }), code);
  }

  bool on_comment_part(bj::string_view, ErrorCode&) { return true; }
  bool on_comment(bj::string_view, ErrorCode&) { return true; }

 private:
  // Most texts come in one part and are not copied.
  static std::string_view whole(std::string& before, bj::string_view last) {
    if (before.empty()) return {last.data(), last.size()};
    before.append(last.data(), last.size());
    return before;
  }

  bool inside_unknown() const { return depth_ >= 2 && !field_; }

  bool leave(ErrorCode&) {
    --depth_;
    return true;
  }

  bool on_value(Result<void> outcome, ErrorCode& code) {
    if (outcome) return true;
    error_ = std::move(outcome).error();
    code = make_error_code(boost::system::errc::invalid_argument);
    return false;
  }

  bool on_number(double number, ErrorCode& code) {
    text_.clear();
    return on_value(scalar([&](Field field) { return resolver_.set(field, number); }), code);
  }

  // A value that is no array or object, where it stands.
  template <class Set>
  Result<void> scalar(Set&& set) {
    if (depth_ == 0) return not_a_pack();
    if (depth_ == 1) return not_a_record();
    if (depth_ > 2 || !field_) return {};
    return set(*field_);
  }

  Result<void> set_text(Field field, std::string_view text) {
    if (field != Field::data_value) return resolver_.set(field, std::string(text));
    auto data = from_base64url(text);  // RFC 8428, 5
    if (!data) return resolver_.bad(field, data.error().detail);
    return resolver_.set(field, *std::move(data));
  }

  Result<void> not_a_pack() const { return fail(Errc::malformed, "bad-senml", "a pack is an array of records"); }
  Result<void> not_a_record() {
    CHECK(resolver_.begin_record());
    return resolver_.bad_record("not an object");
  }
  Result<void> wrong_type_of(Field field) const { return resolver_.wrong_type(field); }
  Result<void> wrong_type() { return depth_ == 1 ? not_a_record() : wrong_type_of(*field_); }

  Resolver resolver_;
  std::optional<Error> error_;
  int depth_ = 0;  // 1: in the pack, 2: in a record, more: in the value of an unknown field
  std::string key_;
  std::string text_;  // of the string or number being read
  std::optional<Field> field_;
};

// Shortest text that reads back as the same number.
std::string number_text(double number) {
  return fmt::format("{}", number);
}

std::string quoted(std::string_view text) {
  return bj::serialize(bj::string(text));
}

void append_field(std::string& out, Field field, std::string_view value) {
  if (out.back() != '{') out += ',';
  out += fmt::format("\"{}\":", label_of(field));
  out += value;
}

void append_value(std::string& out, const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) append_field(out, Field::value, number_text(*number));
  if (const auto* text = std::get_if<std::string>(&value)) append_field(out, Field::string_value, quoted(*text));
  if (const auto* truth = std::get_if<bool>(&value)) append_field(out, Field::boolean_value, *truth ? "true" : "false");
  if (const auto* data = std::get_if<Bytes>(&value)) append_field(out, Field::data_value, quoted(base64url(*data)));
}

}  // namespace

Result<Pack> parse_json(std::string_view text, Timestamp received, const Limits& limits) {
  constexpr std::size_t depth_max = 8;  // two for the pack and its records, the rest for unknown fields
  bj::parse_options options;
  options.max_depth = depth_max;
  bj::basic_parser<Handler> parser(options, received, limits);
  ErrorCode code;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), code);
  if (parser.handler().error()) return std::unexpected(*std::move(parser.handler().error()));
  if (!code && used != text.size()) code = bj::error::extra_data;
  if (code) return fail(Errc::malformed, "bad-json", fmt::format("not JSON at offset {}: {}", used, code.message()));
  return std::move(parser.handler()).finish();
}

Result<std::string> write_json(const Pack& pack) {
  CHECK(check_writable(pack));
  const auto head = head_of(pack);
  std::string out = "[";
  for (std::size_t i = 0; i < pack.size(); ++i) {
    const Record& record = pack[i];
    if (i != 0) out += ',';
    out += '{';
    if (i == 0 && head.version != version_base) append_field(out, Field::base_version, number_text(head.version));
    if (i == 0) append_field(out, Field::base_time, number_text(head.time));
    append_field(out, Field::name, quoted(record.name));
    if (!record.unit.empty()) append_field(out, Field::unit, quoted(record.unit));
    append_value(out, record.value);
    if (record.sum) append_field(out, Field::sum, number_text(*record.sum));
    if (record.time != pack.front().time) append_field(out, Field::time, number_text(offset_of(record, pack)));
    if (record.update_time) append_field(out, Field::update_time, number_text(*record.update_time));
    out += '}';
  }
  return out + "]";
}

}  // namespace outrider::wire::senml
