#pragma once
// The contract of a device type, read from one TOML file (docs/format/profile.md): what such a device is, may say, how
// it must prove itself, and what its data are. Topic permissions, report checks, key policy and retention derive from
// it.
//
// A Profile is a plain value, constant after parsing; share it between threads as shared_ptr<const Profile>.
#include <boost/describe.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "facts/facts.h"
#include "facts/network.h"
#include "fleet/profile/detection_rule.h"
#include "ledger/entry.h"
#include "wire/senml/senml.h"

namespace outrider::fleet {

inline constexpr std::size_t profile_bytes_max = 32 * 1024;  // fits an entry (63 KiB) with its JSON escapes
inline constexpr std::size_t profile_readings_max = 128;     // more names than any device here has sensors
inline constexpr std::size_t profile_topics_max = 16;

// The classes a device may be of.
enum class DeviceClass : std::uint8_t { vehicle, container, wearable, terminal, drone, sensor, handheld };
BOOST_DESCRIBE_ENUM(DeviceClass, vehicle, container, wearable, terminal, drone, sensor, handheld)

// What a reading's value is (SenML v, vs, vb).
enum class ValueType : std::uint8_t { number, text, boolean };
BOOST_DESCRIBE_ENUM(ValueType, number, text, boolean)

// A name a device may use in telemetry or in an event.
struct ReadingRule {
  std::string name;  // SenML name
  std::string unit;  // SenML unit; empty: a record must carry none
  ValueType type = ValueType::number;
  std::optional<double> min;  // physical range, both ends included; numbers only
  std::optional<double> max;
  bool personal = false;  // says something about a person: place, health, use of a personal device
  std::string description;
};
BOOST_DESCRIBE_STRUCT(ReadingRule, (), (name, unit, type, min, max, personal, description))

// A topic below `d/<device>/` that the device may publish to, and its limits. The gateway enforces all of them.
struct TopicRule {
  std::string name;             // "telemetry", "command/ack" …: design of the MQTT surface, docs/format/profile.md
  std::size_t bytes_max = 0;    // of one payload
  unsigned per_minute_max = 0;  // messages, as a bucket of that size refilled evenly
  bool personal = false;        // payload is personal whatever it holds; telemetry and events are judged by their names
};
BOOST_DESCRIBE_STRUCT(TopicRule, (), (name, bytes_max, per_minute_max, personal))

// Same members as identity::KeyPolicy; the server copies it there.
struct KeyPolicy {
  bool p256 = false;
  bool p384 = false;
  bool ed25519 = false;
  unsigned rsa_bits_min = 0;  // 0: RSA is refused
  std::chrono::seconds certificate_life = std::chrono::hours{24 * 90};
  facts::KeyHome home_min = facts::KeyHome::software;
  bool home_attested = false;
};

class Profile {
 public:
  // `file` names the source in errors: "profiles/x.toml:12:9: reading.unit: …". Refused with a reason and the place:
  // bad-toml, unknown-key, missing-key, wrong-type, bad-value (out of range, unknown word), unknown-unit, bad-range
  // (min above max), duplicate-name, too-many. The first thing wrong is reported.
  static Result<Profile> parse(std::string_view toml, std::string_view file);

  ProfileId id;
  std::string title;
  std::string description;
  DeviceClass device_class = DeviceClass::sensor;
  std::chrono::seconds interval{60};  // between two reports, when nothing happens
  KeyPolicy keys;
  bool signed_readings_required = false;       // telemetry and events without a signature are refused
  std::chrono::seconds renew_after_expiry{0};  // how long after its end a certificate still renews itself; 0: never
  bool by_approval = false;                    // may ask an operator instead of bringing an enrolment code
  std::vector<std::string> data_categories;    // for the record of processing; e.g. "location"
  std::chrono::hours retention{24 * 365};      // readings older than this leave the history
  std::vector<ReadingRule> readings;           // sorted by name
  std::vector<ReadingRule> events;             // sorted by name
  std::vector<TopicRule> publish;              // what the device may publish
  std::vector<std::string> subscribe;          // what it may subscribe to
  std::vector<facts::NetworkKind> networks;    // where its sessions may come from; empty: from anywhere
  DetectionRule detection;                     // what detection may hold it to
  std::string toml;                            // the source, whole

  // `leaf` is the topic below `d/<device>/`; nullptr when it is not granted.
  const TopicRule* may_publish(std::string_view leaf) const;
  bool may_subscribe(std::string_view leaf) const;

  // May a session come from a network of that kind? `name` is for the sentence. Reason: network-not-allowed.
  Result<void> check_network(facts::NetworkKind kind, std::string_view name) const;

  // The rule of a name; nullptr when the profile does not know it.
  const ReadingRule* reading(std::string_view name) const;
  const ReadingRule* event(std::string_view name) const;

  // Checks every record of a resolved pack (RFC 8428 section 4.6) against the names, units, types and ranges of
  // `telemetry` or `event`. Reasons: unknown-name, wrong-unit, wrong-type, out-of-range; the sentence names the
  // record's index and name.
  Result<void> check_telemetry(const wire::senml::Pack& pack) const;
  Result<void> check_event(const wire::senml::Pack& pack) const;
  // Personal when any record's name is marked personal.
  ledger::Privacy privacy_of(const wire::senml::Pack& pack) const;
};

// A profile compiled into the program (profiles/*.toml).
struct BuiltinProfile {
  std::string_view file;
  std::string_view toml;
};
const std::vector<BuiltinProfile>& builtin_profiles();

}  // namespace outrider::fleet
