#pragma once
// JSON from descriptions. A model struct is described once (BOOST_DESCRIBE_STRUCT) and converted both ways here:
//   std::string text = json::write(fact);
//   Result<Fact> fact = json::read<Fact>(text);
// Reading is strict: an unknown key, a missing key (unless its member is std::optional or a container) and a wrong type
// are errors that name the path. Member names are the keys. Timestamps are RFC 3339, Bytes are base64, Ids are strings,
// described enums are their names.
#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>
#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/suggest.h"
#include "base/time.h"

namespace outrider::json {

namespace bj = boost::json;
using Value = bj::value;
using Object = bj::object;
using Array = bj::array;

inline constexpr std::size_t depth_max = 32;

// Parses one JSON document (RFC 8259); nothing may follow it. A key that stands twice in an object is refused.
Result<Value> parse(std::string_view text);
// On one line, for machines.
std::string compact(const Value& value);
// Indented by two spaces, for people.
std::string pretty(const Value& value);

namespace detail {

template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};
template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_string_map : std::false_type {};
template <class T>
struct is_string_map<std::map<std::string, T>> : std::true_type {};
template <class T>
struct is_id : std::false_type {};
template <class Tag>
struct is_id<Id<Tag>> : std::true_type {};

template <class T>
concept Described = boost::describe::has_describe_members<T>::value && std::is_class_v<T>;
template <class T>
concept DescribedEnum = boost::describe::has_describe_enumerators<T>::value;

template <class T>
using Members = boost::describe::describe_members<T, boost::describe::mod_any_access | boost::describe::mod_inherited>;

inline std::unexpected<Error> wrong(std::string_view path, std::string_view wanted) {
  return fail(Errc::malformed, "bad-json",
              std::string(path.empty() ? "document" : path) + ": expected " + std::string(wanted));
}

}  // namespace detail

template <class T>
Value from(const T& v) {
  using namespace detail;
  if constexpr (std::same_as<T, Value> || std::same_as<T, Object> || std::same_as<T, Array>) {
    return v;
  } else if constexpr (std::same_as<T, Timestamp>) {
    return Value(to_rfc3339(v));
  } else if constexpr (std::same_as<T, Bytes>) {
    return Value(base64(v));
  } else if constexpr (is_id<T>::value) {
    return Value(v.value);
  } else if constexpr (DescribedEnum<T>) {
    return Value(boost::describe::enum_to_string(v, "?"));
  } else if constexpr (is_optional<T>::value) {
    return v ? from(*v) : Value(nullptr);
  } else if constexpr (is_vector<T>::value) {
    Array out;
    out.reserve(v.size());
    for (const auto& item : v) out.push_back(from(item));
    return out;
  } else if constexpr (is_string_map<T>::value) {
    Object out;
    for (const auto& [key, item] : v) out[key] = from(item);
    return out;
  } else if constexpr (Described<T>) {
    Object out;
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
      const auto& field = v.*member.pointer;
      if constexpr (is_optional<std::remove_cvref_t<decltype(field)>>::value) {
        if (!field) return;
      }
      out[member.name] = from(field);
    });
    return out;
  } else if constexpr (std::convertible_to<T, std::string_view>) {
    return Value(std::string_view(v));
  } else {
    static_assert(std::is_arithmetic_v<T>, "describe the type with BOOST_DESCRIBE_STRUCT or BOOST_DESCRIBE_ENUM");
    return Value(v);
  }
}

template <class T>
std::string write(const T& v) {
  return compact(from(v));
}

template <class T>
Result<T> to(const Value& value, const std::string& path = {}) {
  using namespace detail;
  if constexpr (std::same_as<T, Value>) {
    return value;
  } else if constexpr (std::same_as<T, std::string>) {
    if (!value.is_string()) return wrong(path, "a string");
    return std::string(value.get_string());
  } else if constexpr (std::same_as<T, bool>) {
    if (!value.is_bool()) return wrong(path, "true or false");
    return value.get_bool();
  } else if constexpr (std::integral<T>) {
    boost::system::error_code error;
    const T number = value.to_number<T>(error);
    if (error) return wrong(path, std::is_unsigned_v<T> ? "a whole number, not negative" : "a whole number");
    return number;
  } else if constexpr (std::floating_point<T>) {
    boost::system::error_code error;
    const auto number = value.to_number<double>(error);
    if (error) return wrong(path, "a number");
    return static_cast<T>(number);
  } else if constexpr (std::same_as<T, Timestamp>) {
    if (!value.is_string()) return wrong(path, "a time (RFC 3339)");
    auto parsed = from_rfc3339(std::string_view(value.get_string()));
    if (!parsed) return wrong(path, "a time (RFC 3339): " + parsed.error().detail);
    return *parsed;
  } else if constexpr (std::same_as<T, Bytes>) {
    if (!value.is_string()) return wrong(path, "base64 text");
    auto parsed = from_base64(std::string_view(value.get_string()));
    if (!parsed) return wrong(path, "base64 text");
    return *std::move(parsed);
  } else if constexpr (is_id<T>::value) {
    if (!value.is_string()) return wrong(path, "a string");
    auto parsed = T::parse(std::string_view(value.get_string()));
    if (!parsed) return wrong(path, parsed.error().detail);
    return *std::move(parsed);
  } else if constexpr (DescribedEnum<T>) {
    T out{};
    if (!value.is_string() || !boost::describe::enum_from_string(std::string(value.get_string()).c_str(), out)) {
      std::string names;
      boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
          [&](auto e) { names += (names.empty() ? "" : ", ") + std::string(e.name); });
      return wrong(path, "one of " + names);
    }
    return out;
  } else if constexpr (is_optional<T>::value) {
    if (value.is_null()) return T{};
    TRY(auto inner, to<typename T::value_type>(value, path));
    return T(std::move(inner));
  } else if constexpr (is_vector<T>::value) {
    if (!value.is_array()) return wrong(path, "a list");
    T out;
    out.reserve(value.get_array().size());
    for (const auto& item : value.get_array()) {
      TRY(auto element, to<typename T::value_type>(item, path + "[" + std::to_string(out.size()) + "]"));
      out.push_back(std::move(element));
    }
    return out;
  } else if constexpr (is_string_map<T>::value) {
    if (!value.is_object()) return wrong(path, "an object");
    T out;
    for (const auto& item : value.get_object()) {
      TRY(auto element, to<typename T::mapped_type>(item.value(), path + "." + std::string(item.key())));
      out.emplace(std::string(item.key()), std::move(element));
    }
    return out;
  } else {
    static_assert(Described<T>, "describe the type with BOOST_DESCRIBE_STRUCT");
    if (!value.is_object()) return wrong(path, "an object");
    const auto& object = value.get_object();
    const std::string prefix = path.empty() ? "" : path + ".";
    T out{};
    std::optional<Error> error;
    std::vector<std::string_view> known;
    std::size_t found = 0;
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
      known.emplace_back(member.name);
      if (error) return;
      using Field = std::remove_cvref_t<decltype(out.*member.pointer)>;
      const auto* item = object.if_contains(member.name);
      if (item == nullptr) {
        if constexpr (!is_optional<Field>::value && (std::same_as<Field, Bytes> || !is_vector<Field>::value) &&
                      !is_string_map<Field>::value) {
          error = Error(Errc::malformed, "missing-key", prefix + member.name + ": missing");
        }
        return;
      }
      ++found;
      auto field = to<Field>(*item, prefix + member.name);
      if (field) {
        out.*member.pointer = *std::move(field);
      } else {
        error = std::move(field).error();
      }
    });
    if (error) return std::unexpected(std::move(*error));
    if (found != object.size()) {
      for (const auto& item : object) {
        const std::string_view key = item.key();
        if (std::find(known.begin(), known.end(), key) == known.end()) {
          return fail(Errc::malformed, "unknown-key",
                      prefix + std::string(key.substr(0, 64)) + ": unknown key" + did_you_mean(key, known));
        }
      }
    }
    return out;
  }
}

template <class T>
Result<T> read(std::string_view text) {
  TRY(auto value, parse(text));
  return to<T>(value);
}

}  // namespace outrider::json
