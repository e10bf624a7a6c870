#pragma once
// A playbook: what is to be done when an alert of a certain sort is raised, and what may act on the world by a device's
// word. One TOML file; docs/format/playbook.md describes every key.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "facts/alerts.h"
#include "facts/report_content.h"
#include "facts/response.h"

namespace outrider::respond {

using facts::ResponseAction;
using facts::Trust;

inline constexpr std::size_t playbook_bytes_max = 32UL * 1024;
inline constexpr std::size_t steps_max = 16;       // more than a person reads while an alert is new
inline constexpr std::size_t rules_max = 16;       // each is asked of every report
inline constexpr std::size_t playbooks_max = 128;  // of one fleet

// How far a step goes by itself: it says what it would do, asks a person, or does it.
enum class Mode : std::uint8_t { observe, propose, act };
BOOST_DESCRIBE_ENUM(Mode, observe, propose, act)

// What cannot be taken back needs two people.
constexpr bool irreversible(ResponseAction action) {
  return action == ResponseAction::revoke || action == ResponseAction::retire;
}
// What keeps a device from its work: a mistake must not do it to a whole fleet.
constexpr bool restricting(ResponseAction action) {
  using enum ResponseAction;
  return action == quarantine || action == lost || action == stolen || action == disconnect || action == lock;
}
// What changes the device's state in the registry: doing it twice is doing it once.
constexpr bool changes_state(ResponseAction action) {
  using enum ResponseAction;
  return action == quarantine || action == lost || action == stolen || action == revoke || action == retire;
}
// "hold-actuation": as files, the command and people say it.
std::string_view word_of(ResponseAction action);
std::optional<ResponseAction> action_from(std::string_view word);

struct Step {
  ResponseAction action = ResponseAction::notify;
  Mode mode = Mode::propose;
  std::string url;              // notify: https, to be posted to
  std::vector<std::string> to;  // notify: mail addresses
  bool operator==(const Step&) const = default;
};
BOOST_DESCRIBE_STRUCT(Step, (), (action, mode, url, to))

// Everything that is said must hold.
struct Trigger {
  std::vector<std::string> threats;  // slugs; empty: any
  facts::AlertLevel level = facts::AlertLevel::page;
  double risk = 0;                  // at least, in nats
  bool proof = false;               // only what cannot happen by chance
  std::vector<ProfileId> profiles;  // empty: any
};

// When what was done is undone without being asked: quarantines and held actuation.
struct Release {
  bool when_false = false;                    // the alert was resolved as a false alarm
  bool when_expected = false;                 // or as something expected
  std::optional<std::chrono::seconds> quiet;  // nothing new of it or of the device for so long
};

// What becomes true of a device's readings.
enum class Condition : std::uint8_t { leaves_route, leaves_area, above, below };

// An act on the world by a device's word: a message is published when the condition becomes true.
struct ActuatingRule {
  std::string name;
  Condition when = Condition::leaves_route;
  std::string reading;                    // above, below
  double limit = 0;                       // the same
  double lat = 0, lon = 0, radius_m = 0;  // leaves-area
  Trust trust = Trust::device_signed;     // at least
  std::vector<ProfileId> profiles;        // empty: any
  std::string topic;                      // "app/<name>/…", or "d/<device>/command" with the word <device> in it
  std::string message;                    // text of the member `text`
};

struct Playbook {
  std::string id;
  std::string title;
  std::string description;
  bool builtin = false;
  std::uint64_t since = 0;  // entry that put it in force; a built-in one was always there
  Trigger trigger;
  std::vector<Step> steps;
  Release release;
  std::vector<ActuatingRule> rules;
  std::string toml;

  // The error names file, line and key; its reasons are in docs/format/playbook.md.
  static Result<Playbook> parse(std::string_view toml, std::string_view file);
};

// Those that every fleet begins with.
const std::vector<Playbook>& builtin_playbooks();

}  // namespace outrider::respond
