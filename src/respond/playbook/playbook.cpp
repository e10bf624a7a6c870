// Playbook::parse: TOML to Playbook, with the place of whatever is wrong.
#include "respond/playbook/playbook.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/time.h"
#include "respond/playbook/readers.h"

namespace outrider::respond {
namespace {

using wire::TomlReader;
using Presence = TomlReader::Presence;

constexpr std::int64_t format_version = 1;
constexpr std::size_t title_bytes_max = 128;
constexpr std::size_t description_bytes_max = 1024;
constexpr std::size_t threats_max = 32;
constexpr double risk_max = 1000;  // nats; e^-1000 is beyond any double
constexpr std::array<std::string_view, 3> mode_words{"observe", "propose", "act"};
constexpr std::array<std::string_view, 2> level_words{"ticket", "page"};
constexpr std::array<std::string_view, 2> resolution_words{"false", "expected"};
// In the order of facts::ResponseAction.
constexpr std::array<std::string_view, 10> action_words{"quarantine", "lost", "stolen", "revoke",         "retire",
                                                        "disconnect", "lock", "attest", "hold-actuation", "notify"};
// Shorter and it is released while its alert is being read; longer and it is a decision for a person.
constexpr std::chrono::seconds quiet_min{60};
constexpr std::chrono::seconds quiet_max = std::chrono::hours{24 * 30};

void read_head(TomlReader& reader, Playbook& out) {
  std::int64_t version = 0;
  reader.whole("format", version, format_version, format_version);
  reader.text("id", out.id, id_bytes_max);
  reader.text("title", out.title, title_bytes_max);
  reader.text("description", out.description, description_bytes_max, Presence::optional);
  if (reader.ok())
    if (const auto good = check_id("playbook", out.id); !good) reader.refuse("id", "bad-value", good.error().detail);
  check_plain(reader, "title", out.title);
  check_plain(reader, "description", out.description);
}

Result<Trigger> read_trigger(std::string_view file, const toml::table& table) {
  TomlReader reader(file, table, "trigger");
  Trigger out;
  reader.words("threats", out.threats, threats_max, Presence::optional);
  for (const auto& threat : out.threats)
    if (const auto good = check_id("threat", threat); !good) reader.refuse("threats", "bad-value", good.error().detail);
  if (const auto level = reader.choice("level", level_words, Presence::optional))
    out.level = static_cast<facts::AlertLevel>(*level);
  std::optional<double> risk;
  reader.number("risk", risk);
  out.risk = risk.value_or(0);
  if (out.risk < 0 || out.risk > risk_max)
    reader.refuse("risk", "bad-value", fmt::format("{} is not between 0 and {} nats", out.risk, risk_max));
  reader.truth("proof", out.proof);
  read_profiles(reader, out.profiles);
  CHECK(reader.finish());
  return out;
}

void check_mode(TomlReader& reader, const Step& step) {
  if (irreversible(step.action) && step.mode == Mode::act)
    reader.refuse(
        "mode", "two-people",
        fmt::format("'{}' cannot be taken back: it is proposed, and two people approve it", word_of(step.action)));
}

Result<Step> read_step(std::string_view file, const toml::table& table, Mode fallback) {
  TomlReader reader(file, table, "step");
  Step out;
  if (const auto action = reader.choice("action", action_words)) out.action = static_cast<ResponseAction>(*action);
  out.mode = irreversible(out.action) ? std::min(fallback, Mode::propose) : fallback;
  if (const auto mode = reader.choice("mode", mode_words, Presence::optional)) out.mode = static_cast<Mode>(*mode);
  check_mode(reader, out);
  if (out.action == ResponseAction::notify) read_receivers(reader, out);
  CHECK(reader.finish());
  return out;
}

Result<Release> read_release(std::string_view file, const toml::table& table) {
  TomlReader reader(file, table, "release");
  Release out;
  std::vector<std::string> resolved;
  reader.words("resolved", resolved, resolution_words.size(), Presence::optional);
  for (const auto& word : resolved) {
    if (word != "false" && word != "expected")
      reader.refuse("resolved", "bad-value", "expected false or expected: what was true is released by a person");
    out.when_false = out.when_false || word == "false";
    out.when_expected = out.when_expected || word == "expected";
  }
  std::string quiet;
  reader.text("quiet", quiet, 32, Presence::optional);
  if (reader.ok() && !quiet.empty()) {
    const auto parsed = parse_duration(quiet);
    if (!parsed || *parsed < quiet_min || *parsed > quiet_max) {
      reader.refuse(
          "quiet", "bad-value",
          fmt::format("expected a duration from {} to {}", format_duration(quiet_min), format_duration(quiet_max)));
    } else {
      out.quiet = std::chrono::duration_cast<std::chrono::seconds>(*parsed);
    }
  }
  CHECK(reader.finish());
  return out;
}

Result<Playbook> read_playbook(const toml::table& document, std::string_view file) {
  Playbook out;
  TomlReader reader(file, document);
  read_head(reader, out);
  Mode mode = Mode::propose;
  if (const auto word = reader.choice("mode", mode_words, Presence::optional)) mode = static_cast<Mode>(*word);
  const auto* const trigger = reader.table("trigger", Presence::optional);
  const auto* const steps = reader.tables("step");
  const auto* const release = reader.table("release", Presence::optional);
  const auto* const rules = reader.tables("actuate");
  const std::size_t step_count = steps == nullptr ? 0 : steps->size();
  const std::size_t rule_count = rules == nullptr ? 0 : rules->size();
  if (step_count > steps_max) reader.refuse("step", "too-many", fmt::format("more than {} steps", steps_max));
  if (rule_count > rules_max) reader.refuse("actuate", "too-many", fmt::format("more than {} rules", rules_max));
  if (step_count + rule_count == 0)
    reader.refuse("step", "missing-key", "it does nothing: no [[step]], no [[actuate]]");
  if (step_count != 0 && trigger == nullptr)
    reader.refuse("trigger", "missing-key", "missing: when are its steps due?");
  CHECK(reader.finish());
  if (trigger != nullptr) {
    TRY(out.trigger, read_trigger(file, *trigger));
  }
  for (std::size_t i = 0; i < step_count; ++i) {
    TRY(auto step, read_step(file, *steps->get(i)->as_table(), mode));
    out.steps.push_back(std::move(step));
  }
  if (release != nullptr) {
    TRY(out.release, read_release(file, *release));
  }
  for (std::size_t i = 0; i < rule_count; ++i) {
    TRY(auto rule, read_rule(file, *rules->get(i)->as_table()));
    if (std::ranges::find(out.rules, rule.name, &ActuatingRule::name) != out.rules.end())
      return std::unexpected(wire::toml_error(file, rules->get(i)->source(), "actuate.name", "duplicate-name",
                                              fmt::format("'{}' twice", rule.name)));
    out.rules.push_back(std::move(rule));
  }
  return out;
}

}  // namespace

std::string_view word_of(ResponseAction action) {
  return action_words.at(static_cast<std::size_t>(action));
}

std::optional<ResponseAction> action_from(std::string_view word) {
  const auto found = std::ranges::find(action_words, word);
  if (found == action_words.end()) return std::nullopt;
  return static_cast<ResponseAction>(found - action_words.begin());
}

Result<Playbook> Playbook::parse(std::string_view toml, std::string_view file) {
  if (toml.size() > playbook_bytes_max)
    return fail(Errc::too_large, "playbook-too-large",
                fmt::format("{}: larger than {} bytes", file, playbook_bytes_max));
  try {
    const toml::table document = toml::parse(toml, file);
    TRY(auto playbook, read_playbook(document, file));
    playbook.toml = toml;
    return playbook;
  } catch (const toml::parse_error& e) {
    return std::unexpected(wire::toml_error(file, e.source(), "", "bad-toml", e.description()));
  }
}

}  // namespace outrider::respond
