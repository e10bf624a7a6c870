#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

namespace outrider::json {
namespace {

using ErrorCode = boost::system::error_code;

// Builds the document from the parser's events. Boost's own parser would take the last of two equal keys (two readers
// that differ in that see two documents) and converts numbers fast and up to one bit wrong. The members that Boost.JSON
// calls have its names and signatures.
class Builder {
 public:
  static constexpr std::size_t max_object_size = bj::object::max_size();
  static constexpr std::size_t max_array_size = bj::array::max_size();
  static constexpr std::size_t max_key_size = bj::string::max_size();
  static constexpr std::size_t max_string_size = bj::string::max_size();

  Value release() { return stack_.release(); }
  const std::string& refusal() const { return refusal_; }

  bool on_document_begin(ErrorCode&) { return true; }
  bool on_document_end(ErrorCode&) { return true; }
  bool on_array_begin(ErrorCode&) { return true; }
  bool on_array_end(std::size_t size, ErrorCode&) {
    stack_.push_array(size);
    return true;
  }
  bool on_object_begin(ErrorCode&) {
    keys_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t size, ErrorCode&) {
    keys_.pop_back();
    stack_.push_object(size);
    return true;
  }
  bool on_key_part(bj::string_view part, std::size_t, ErrorCode&) {
    text_.append(part.data(), part.size());
    stack_.push_chars(part);
    return true;
  }
  bool on_key(bj::string_view part, std::size_t, ErrorCode& code) {
    text_.append(part.data(), part.size());
    stack_.push_key(part);
    const auto [key, fresh] = keys_.back().insert(std::exchange(text_, {}));
    return fresh || refuse(fmt::format("the key '{}' stands twice in one object", key->substr(0, 64)), code);
  }
  bool on_string_part(bj::string_view part, std::size_t, ErrorCode&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(bj::string_view part, std::size_t, ErrorCode&) {
    stack_.push_string(part);
    return true;
  }
  bool on_number_part(bj::string_view part, ErrorCode&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t number, bj::string_view, ErrorCode&) {
    text_.clear();
    stack_.push_int64(number);
    return true;
  }
  bool on_uint64(std::uint64_t number, bj::string_view, ErrorCode&) {
    text_.clear();
    stack_.push_uint64(number);
    return true;
  }
  bool on_double(double number, bj::string_view part, ErrorCode& code) {
    text_.append(part.data(), part.size());
    double exact = number;  // stays when the number is too small or too large for from_chars
    std::from_chars(text_.data(), text_.data() + text_.size(), exact);
    text_.clear();
    if (!std::isfinite(exact)) return refuse("a number too large for a double", code);
    stack_.push_double(exact);
    return true;
  }
  bool on_bool(bool truth, ErrorCode&) {
    stack_.push_bool(truth);
    return true;
  }
  bool on_null(ErrorCode&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(bj::string_view, ErrorCode&) { return true; }
  bool on_comment(bj::string_view, ErrorCode&) { return true; }

 private:
  bool refuse(std::string why, ErrorCode& code) {
    refusal_ = std::move(why);
    code = make_error_code(boost::system::errc::invalid_argument);
    return false;
  }

  bj::value_stack stack_;
  std::vector<std::set<std::string>> keys_;  // of the objects that are open
  std::string text_;                         // of the key or number being read
  std::string refusal_;
};

void write_text(std::string& out, std::string_view text) {
  const auto plain = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; };
  if (!std::ranges::all_of(text, plain)) {
    out += bj::serialize(bj::string(text));
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

// The library writes 13.4 as 1.34E1. The shortest text that reads back as the number, and as one with a fraction.
void write_number(std::string& out, double number) {
  if (!std::isfinite(number)) {  // JSON has no word for them
    out += bj::serialize(Value(number));
    return;
  }
  const auto text = fmt::format("{}", number);
  out += text;
  if (text.find_first_not_of("-0123456789") == std::string::npos) out += ".0";
}

constexpr int on_one_line = -1;

void begin_line(std::string& out, int depth) {
  if (depth == on_one_line) return;
  out += '\n';
  out.append(static_cast<std::size_t>(depth) * 2, ' ');
}

void write(std::string& out, const Value& value, int depth);

// Objects and arrays; `each` writes one of them.
template <class Items>
void write_items(std::string& out, const Items& items, char open, char close, int depth, auto each) {
  const int inner = depth == on_one_line ? on_one_line : depth + 1;
  out += open;
  bool first = true;
  for (const auto& item : items) {
    if (!std::exchange(first, false)) out += ',';
    begin_line(out, inner);
    each(item, inner);
  }
  if (!first) begin_line(out, depth);
  out += close;
}

void write(std::string& out, const Value& value, int depth) {
  if (value.is_object())
    return write_items(out, value.get_object(), '{', '}', depth, [&](const auto& item, int inner) {
      write_text(out, item.key());
      out += depth == on_one_line ? ":" : ": ";
      write(out, item.value(), inner);
    });
  if (value.is_array())
    return write_items(out, value.get_array(), '[', ']', depth,
                       [&](const Value& item, int inner) { write(out, item, inner); });
  if (value.is_string()) return write_text(out, value.get_string());
  if (value.is_double()) return write_number(out, value.get_double());
  out += bj::serialize(value);
}

}  // namespace

Result<Value> parse(std::string_view text) {
  bj::parse_options options;
  options.max_depth = depth_max;
  bj::basic_parser<Builder> parser(options);
  ErrorCode error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (const auto& refusal = parser.handler().refusal(); !refusal.empty()) {
    return fail(Errc::malformed, "bad-json", fmt::format("{} (at offset {})", refusal, used));
  }
  if (!error && used != text.size()) error = bj::error::extra_data;
  if (error) return fail(Errc::malformed, "bad-json", fmt::format("not JSON at offset {}: {}", used, error.message()));
  return parser.handler().release();
}

std::string compact(const Value& value) {
  std::string out;
  write(out, value, on_one_line);
  return out;
}

std::string pretty(const Value& value) {
  std::string out;
  write(out, value, 0);
  return out + "\n";
}

}  // namespace outrider::json
