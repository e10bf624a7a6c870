#include "fleet/profile/profile.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.h"

namespace outrider::embedded {
extern const std::vector<std::pair<std::string_view, std::string_view>> builtin_profile_files;
}

namespace outrider::fleet {
namespace {

const ReadingRule* find_rule(const std::vector<ReadingRule>& rules, std::string_view name) {
  const auto found = std::ranges::lower_bound(rules, name, {}, &ReadingRule::name);
  return found != rules.end() && found->name == name ? &*found : nullptr;
}

std::string_view word(ValueType type) {
  return boost::describe::enum_to_string(type, "?");
}

bool has_type(const wire::senml::Value& value, ValueType type) {
  switch (type) {
    case ValueType::number:
      return std::holds_alternative<double>(value);
    case ValueType::text:
      return std::holds_alternative<std::string>(value);
    case ValueType::boolean:
      return std::holds_alternative<bool>(value);
  }
  return false;
}

// Names for "did you mean"; only made when something is wrong.
std::string suggest(std::string_view name, const std::vector<ReadingRule>& rules) {
  std::vector<std::string_view> names;
  for (const auto& rule : rules) names.push_back(rule.name);
  return did_you_mean(name, names);
}

Result<void> check_record(const wire::senml::Record& record, std::size_t number,
                          const std::vector<ReadingRule>& rules) {
  const auto refuse = [&](std::string reason, const std::string& sentence) {
    return fail(Errc::malformed, std::move(reason), fmt::format("record {}, '{}': {}", number, record.name, sentence));
  };
  const ReadingRule* const rule = find_rule(rules, record.name);
  if (rule == nullptr) return refuse("unknown-name", "the profile has no such name" + suggest(record.name, rules));
  if (record.unit != rule->unit) {
    return refuse("wrong-unit",
                  fmt::format("unit {}, expected {}", record.unit.empty() ? "missing" : "'" + record.unit + "'",
                              rule->unit.empty() ? "none" : "'" + rule->unit + "'"));
  }
  if (!has_type(record.value, rule->type)) {
    return refuse("wrong-type",
                  fmt::format("a value of type {}, expected {}", wire::senml::kind_of(record.value), word(rule->type)));
  }
  if (const auto* const value = std::get_if<double>(&record.value)) {
    if (rule->min && *value < *rule->min)
      return refuse("out-of-range", fmt::format("{} is below {}", *value, *rule->min));
    if (rule->max && *value > *rule->max)
      return refuse("out-of-range", fmt::format("{} is above {}", *value, *rule->max));
  }
  return {};
}

Result<void> check_pack(const wire::senml::Pack& pack, const std::vector<ReadingRule>& rules) {
  for (std::size_t i = 0; i < pack.size(); ++i) CHECK(check_record(pack[i], i + 1, rules));
  return {};
}

}  // namespace

const TopicRule* Profile::may_publish(std::string_view leaf) const {
  const auto found = std::ranges::find(publish, leaf, &TopicRule::name);
  return found != publish.end() ? &*found : nullptr;
}

bool Profile::may_subscribe(std::string_view leaf) const {
  return std::ranges::find(subscribe, leaf) != subscribe.end();
}

Result<void> Profile::check_network(facts::NetworkKind kind, std::string_view name) const {
  if (networks.empty() || std::ranges::find(networks, kind) != networks.end()) return {};
  std::string allowed;
  for (const auto one : networks) allowed += (allowed.empty() ? "" : ", ") + std::string(word_of(one));
  return fail(Errc::forbidden, "network-not-allowed",
              fmt::format("profile '{}' allows sessions from {}; this one comes from {} network{}", id.value, allowed,
                          word_of(kind), name.empty() ? "" : fmt::format(" '{}'", name)));
}

const ReadingRule* Profile::reading(std::string_view name) const {
  return find_rule(readings, name);
}

const ReadingRule* Profile::event(std::string_view name) const {
  return find_rule(events, name);
}

Result<void> Profile::check_telemetry(const wire::senml::Pack& pack) const {
  return check_pack(pack, readings);
}

Result<void> Profile::check_event(const wire::senml::Pack& pack) const {
  return check_pack(pack, events);
}

ledger::Privacy Profile::privacy_of(const wire::senml::Pack& pack) const {
  const auto personal = [this](const wire::senml::Record& record) {
    const ReadingRule* const as_reading = reading(record.name);
    const ReadingRule* const as_event = event(record.name);
    return (as_reading != nullptr && as_reading->personal) || (as_event != nullptr && as_event->personal);
  };
  return std::ranges::any_of(pack, personal) ? ledger::Privacy::personal : ledger::Privacy::open;
}

const std::vector<BuiltinProfile>& builtin_profiles() {
  static const std::vector<BuiltinProfile> profiles = [] {
    std::vector<BuiltinProfile> out;
    for (const auto& [file, toml] : embedded::builtin_profile_files) out.push_back({file, toml});
    std::ranges::sort(out, {}, &BuiltinProfile::file);
    return out;
  }();
  return profiles;
}

}  // namespace outrider::fleet
