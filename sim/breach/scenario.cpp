#include "sim/breach/scenario.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>
#include <algorithm>

#include <boost/describe/enum_from_string.hpp>
#include <set>

#include "base/time.h"

namespace outrider::embedded {
extern const std::vector<std::pair<std::string_view, std::string_view>> scenario_files;
}

namespace outrider::sim {
namespace {

// Reads the members of one table, remembering which there were: what is left over was mistyped.
class Reader {
 public:
  Reader(const toml::table& table, std::string where) : table_(table), where_(std::move(where)) {}

  Result<std::string> text(std::string_view key) {
    const auto value = take(key);
    if (value == nullptr) return missing(key);
    if (const auto* found = value->as_string()) return found->get();
    return wrong(key, "a text");
  }
  Result<std::string> text(std::string_view key, std::string other) {
    return has(key) ? text(key) : Result<std::string>(std::move(other));
  }
  Result<double> number(std::string_view key, double other) {
    const auto value = take(key);
    if (value == nullptr) return other;
    if (const auto found = value->value<double>()) return *found;
    return wrong(key, "a number");
  }
  Result<std::size_t> count(std::string_view key, std::size_t other, std::size_t most) {
    TRY(const double value, number(key, static_cast<double>(other)));
    if (!(value >= 0) || value > static_cast<double>(most) ||
        value != static_cast<double>(static_cast<std::size_t>(value)))
      return refuse("bad-value", fmt::format("'{}' must be a whole number of at most {}", key, most));
    return static_cast<std::size_t>(value);
  }
  Result<std::chrono::milliseconds> time(std::string_view key, std::chrono::milliseconds other) {
    if (!has(key)) return other;
    TRY(const std::string typed, text(key));
    auto out = parse_duration(typed);
    if (!out) return refuse("bad-value", fmt::format("'{}': {}", key, out.error().detail));
    return out;
  }
  Result<std::vector<std::string>> texts(std::string_view key) {
    std::vector<std::string> out;
    const auto value = take(key);
    if (value == nullptr) return out;
    const auto* list = value->as_array();
    if (list == nullptr) return wrong(key, "a list of texts");
    for (const auto& one : *list) {
      const auto* found = one.as_string();
      if (found == nullptr) return wrong(key, "a list of texts");
      out.push_back(found->get());
    }
    return out;
  }
  // One of an enum's names, with dashes.
  template <class Enum>
  Result<Enum> one_of(std::string_view key, Enum other) {
    if (!has(key)) return other;
    TRY(const std::string typed, text(key));
    std::string name = typed;
    std::ranges::replace(name, '-', '_');
    Enum out{};
    if (!boost::describe::enum_from_string(name.c_str(), out))
      return refuse("bad-value", fmt::format("'{}': there is no '{}'", key, typed));
    return out;
  }
  bool has(std::string_view key) const { return table_.contains(key); }
  const toml::node* take(std::string_view key) {
    known_.insert(std::string(key));
    return table_.get(key);
  }
  Result<void> finish() const {
    for (const auto& [key, value] : table_)
      if (!known_.contains(std::string(key.str())))
        return refuse("unknown-key", fmt::format("there is no key '{}'", key.str()));
    return {};
  }
  std::unexpected<Error> refuse(std::string reason, const std::string& detail) const {
    return fail(Errc::malformed, std::move(reason), where_ + ": " + detail);
  }

 private:
  std::unexpected<Error> missing(std::string_view key) const {
    return refuse("missing-key", fmt::format("'{}' is missing", key));
  }
  std::unexpected<Error> wrong(std::string_view key, std::string_view what) const {
    return refuse("wrong-type", fmt::format("'{}' must be {}", key, what));
  }

  const toml::table& table_;
  std::string where_;
  std::set<std::string> known_;
};

Result<Step> read_step(const toml::table& table, const std::string& where, std::size_t stolen) {
  Reader in(table, where);
  Step out;
  TRY(out.name, in.text("name"));
  TRY(out.title, in.text("title"));
  TRY(std::string attack, in.text("attack"));
  std::ranges::replace(attack, '-', '_');
  if (!boost::describe::enum_from_string(attack.c_str(), out.attack))
    return in.refuse("bad-value", fmt::format("there is no attack '{}'", attack));
  TRY(out.victim, in.count("victim", 0, std::max<std::size_t>(stolen, 1) - 1));
  if (stolen == 0 && !befalls(out.attack)) return in.refuse("bad-value", "nobody is stolen whose keys could be used");
  TRY(out.devices, in.count("devices", 0, attempts_max));
  TRY(out.expect, in.one_of("expect", Expect::contained));
  TRY(out.lasts, in.time("lasts", out.lasts));
  TRY(out.attempts, in.count("attempts", out.attempts, attempts_max));
  TRY(out.amount, in.number("amount", 0));
  TRY(out.every, in.time("every", out.every));
  TRY(out.detect, in.texts("detect"));
  CHECK(in.finish());
  return out;
}

}  // namespace

Result<Scenario> parse_scenario(std::string_view text, std::string_view file) {
  if (text.size() > scenario_bytes_max)
    return fail(Errc::too_large, "too-large", fmt::format("{}: more than {} bytes", file, scenario_bytes_max));
  toml::table table;
  try {
    table = toml::parse(text, std::string(file));
  } catch (const toml::parse_error& error) {
    return fail(Errc::malformed, "bad-toml",
                fmt::format("{}:{}: {}", file, error.source().begin.line, error.description()));
  }
  Reader in(table, std::string(file));
  Scenario out;
  TRY(const double format, in.number("format", 0));
  if (format != 1) return in.refuse("bad-value", "'format' must be 1");
  TRY(out.id, in.text("id"));
  TRY(out.title, in.text("title"));
  TRY(out.profile, in.text("profile", ""));
  TRY(out.stolen, in.count("stolen", 1, 100));
  TRY(out.gathering, in.one_of("gathering", Gathering::scattered));
  if (in.has("interval")) {
    TRY(out.interval, in.time("interval", {}));
  }
  TRY(out.settle, in.time("settle", out.settle));
  TRY(out.detect_within, in.time("detect_within", out.detect_within));
  TRY(out.contain_within, in.time("contain_within", out.contain_within));
  const toml::node* const steps = in.take("step");
  const toml::array* const list = steps == nullptr ? nullptr : steps->as_array();
  if (list == nullptr || list->empty()) return in.refuse("missing-key", "there is no [[step]]");
  if (list->size() > scenario_steps_max)
    return in.refuse("too-many", fmt::format("more than {} steps", scenario_steps_max));
  for (std::size_t i = 0; i < list->size(); ++i) {
    const toml::table* const step = list->get(i)->as_table();
    if (step == nullptr) return in.refuse("wrong-type", "'step' must be tables");
    TRY(auto read, read_step(*step, fmt::format("{}: step {}", file, i + 1), out.stolen));
    out.steps.push_back(std::move(read));
  }
  CHECK(in.finish());
  return out;
}

std::vector<std::string> builtin_scenarios() {
  std::vector<std::string> out;
  for (const auto& [name, text] : embedded::scenario_files) out.emplace_back(name.substr(0, name.rfind('.')));
  return out;
}

Result<Scenario> builtin_scenario(std::string_view id) {
  for (const auto& [name, text] : embedded::scenario_files)
    if (name == std::string(id) + ".toml") return parse_scenario(text, name);
  return fail(Errc::not_found, "unknown-scenario",
              fmt::format("there is no scenario '{}'; there are: {}", id, fmt::join(builtin_scenarios(), ", ")));
}

}  // namespace outrider::sim
