#include "wire/toml/toml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/suggest.h"

namespace outrider::wire {
namespace {

constexpr std::size_t shown_key_bytes_max = 64;  // of an unknown key, in a message

std::string joined(std::span<const std::string_view> words) {
  std::string out;
  for (const auto word : words) out += fmt::format("{}{}", out.empty() ? "" : ", ", word);
  return out;
}

}  // namespace

Error toml_error(std::string_view file, const toml::source_region& where, std::string_view key, std::string reason,
                 std::string_view sentence) {
  return {Errc::malformed, std::move(reason),
          fmt::format("{}:{}:{}: {}{}{}", file, where.begin.line, where.begin.column, key, key.empty() ? "" : ": ",
                      sentence)};
}

TomlReader::TomlReader(std::string_view file, const toml::table& table, std::string path)
    : file_(file), table_(table), path_(std::move(path)) {}

void TomlReader::refuse(std::string_view key, std::string reason, std::string_view sentence) {
  if (error_) return;
  const toml::node* const node = table_.get(key);
  error_ = toml_error(file_, node != nullptr ? node->source() : table_.source(),
                      path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key), std::move(reason), sentence);
}

const toml::node* TomlReader::find(std::string_view key, Presence presence) {
  asked_.push_back(key);
  const toml::node* const node = table_.get(key);
  if (node == nullptr && presence == Presence::required) refuse(key, "missing-key", "missing");
  return error_ ? nullptr : node;
}

void TomlReader::wrong_type(std::string_view key, std::string_view wanted) {
  refuse(key, "wrong-type", fmt::format("expected {}", wanted));
}

void TomlReader::text(std::string_view key, std::string& out, std::size_t bytes_max, Presence presence) {
  const auto* const node = find(key, presence);
  if (node == nullptr) return;
  const auto* const value = node->as_string();
  if (value == nullptr) return wrong_type(key, "text in quotes");
  if (value->get().size() > bytes_max) return refuse(key, "bad-value", fmt::format("longer than {} bytes", bytes_max));
  out = value->get();
}

void TomlReader::whole(std::string_view key, std::int64_t& out, std::int64_t min, std::int64_t max, Presence presence) {
  const auto* const node = find(key, presence);
  if (node == nullptr) return;
  const auto* const value = node->as_integer();
  if (value == nullptr) return wrong_type(key, "a whole number");
  if (value->get() < min || value->get() > max) {
    return refuse(key, "bad-value", fmt::format("{} is not between {} and {}", value->get(), min, max));
  }
  out = value->get();
}

void TomlReader::number(std::string_view key, std::optional<double>& out) {
  const auto* const node = find(key, Presence::optional);
  if (node == nullptr) return;
  if (const auto* const whole = node->as_integer()) {
    out = static_cast<double>(whole->get());
  } else if (const auto* const value = node->as_floating_point(); value != nullptr && std::isfinite(value->get())) {
    out = value->get();
  } else {
    wrong_type(key, "a finite number");
  }
}

void TomlReader::truth(std::string_view key, bool& out) {
  const auto* const node = find(key, Presence::optional);
  if (node == nullptr) return;
  const auto* const value = node->as_boolean();
  if (value == nullptr) return wrong_type(key, "true or false");
  out = value->get();
}

void TomlReader::moment(std::string_view key, std::optional<Timestamp>& out) {
  const auto* const node = find(key, Presence::optional);
  if (node == nullptr) return;
  const auto* const value = node->as_date_time();
  // A local time means another moment wherever the file is read.
  if (value == nullptr || !value->get().offset)
    return wrong_type(key, "a time with its offset, without quotes, such as 2026-11-22T06:00:00Z");
  const toml::date_time& at = value->get();
  using namespace std::chrono;
  const sys_days day = year_month_day{year{at.date.year}, month{at.date.month}, std::chrono::day{at.date.day}};
  out = Timestamp{day} + hours{at.time.hour} + minutes{at.time.minute} + seconds{at.time.second} -
        minutes{at.offset->minutes};
}

bool TomlReader::words(std::string_view key, std::vector<std::string>& out, std::size_t count_max, Presence presence) {
  const auto* const node = find(key, presence);
  if (node == nullptr) return false;
  const auto* const list = node->as_array();
  if (list == nullptr) {
    wrong_type(key, "a list of texts");
    return false;
  }
  if (list->size() > count_max) refuse(key, "too-many", fmt::format("more than {} words", count_max));
  for (const auto& item : *list) {
    if (!ok()) return false;
    const auto* const word = item.as_string();
    if (word == nullptr) {
      wrong_type(key, "a list of texts");
      continue;
    }
    if (std::ranges::find(out, word->get()) != out.end()) {
      refuse(key, "duplicate-name", fmt::format("'{}' twice", word->get()));
    }
    out.push_back(word->get());
  }
  return ok();
}

std::optional<std::size_t> TomlReader::choice(std::string_view key, std::span<const std::string_view> words,
                                              Presence presence) {
  const auto* const node = find(key, presence);
  if (node == nullptr) return std::nullopt;
  const auto* const value = node->as_string();
  if (value == nullptr) {
    wrong_type(key, "text in quotes");
    return std::nullopt;
  }
  const auto found = std::ranges::find(words, value->get());
  if (found == words.end()) {
    refuse(key, "bad-value", fmt::format("expected one of {}{}", joined(words), did_you_mean(value->get(), words)));
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - words.begin());
}

const toml::table* TomlReader::table(std::string_view key, Presence presence) {
  const auto* const node = find(key, presence);
  if (node == nullptr) return nullptr;
  const auto* const table = node->as_table();
  if (table == nullptr) wrong_type(key, fmt::format("a table: [{}]", key));
  return table;
}

const toml::array* TomlReader::tables(std::string_view key) {
  const auto* const node = find(key, Presence::optional);
  if (node == nullptr) return nullptr;
  const auto* const list = node->as_array();
  if (list == nullptr || !std::ranges::all_of(*list, [](const toml::node& item) { return item.is_table(); })) {
    wrong_type(key, fmt::format("tables: [[{}]]", key));
    return nullptr;
  }
  return list;
}

Result<void> TomlReader::finish() {
  for (const auto& [key, value] : table_) {
    if (error_) break;
    const std::string_view name = key.str();
    if (std::ranges::find(asked_, name) != asked_.end()) continue;
    const std::string shown = path_.empty() ? std::string(name.substr(0, shown_key_bytes_max))
                                            : fmt::format("{}.{}", path_, name.substr(0, shown_key_bytes_max));
    error_ =
        toml_error(file_, key.source(), shown, "unknown-key", fmt::format("unknown key{}", did_you_mean(name, asked_)));
  }
  if (error_) return std::unexpected(*error_);
  return {};
}

}  // namespace outrider::wire
