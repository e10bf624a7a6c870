#include "base/json.h"

#include <fmt/format.h>

namespace outrider::json {
namespace {

void indent(std::string& out, int depth) { out.append(static_cast<std::size_t>(depth) * 2, ' '); }

void write_pretty(std::string& out, const Value& value, int depth) {
  if (value.is_object() && !value.get_object().empty()) {
    out += "{\n";
    bool first = true;
    for (const auto& item : value.get_object()) {
      if (!first) out += ",\n";
      first = false;
      indent(out, depth + 1);
      out += bj::serialize(bj::string(item.key())) + ": ";
      write_pretty(out, item.value(), depth + 1);
    }
    out += '\n';
    indent(out, depth);
    out += '}';
  } else if (value.is_array() && !value.get_array().empty()) {
    out += "[\n";
    bool first = true;
    for (const auto& item : value.get_array()) {
      if (!first) out += ",\n";
      first = false;
      indent(out, depth + 1);
      write_pretty(out, item, depth + 1);
    }
    out += '\n';
    indent(out, depth);
    out += ']';
  } else {
    out += bj::serialize(value);
  }
}

}  // namespace

Result<Value> parse(std::string_view text) {
  bj::parse_options options;
  options.max_depth = depth_max;
  boost::system::error_code error;
  bj::stream_parser parser({}, options);
  const std::size_t used = parser.write_some(text.data(), text.size(), error);
  if (!error && used == text.size()) parser.finish(error);
  if (!error && used != text.size()) error = bj::error::extra_data;
  if (error) return fail(Errc::malformed, "bad-json", fmt::format("not JSON at offset {}: {}", used, error.message()));
  return parser.release();
}

std::string compact(const Value& value) { return bj::serialize(value); }

std::string pretty(const Value& value) {
  std::string out;
  write_pretty(out, value, 0);
  return out + "\n";
}

}  // namespace outrider::json
