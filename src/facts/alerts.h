#pragma once
// The facts of detection and response: alerts and their life, suppressions, maintenance, routes, playbooks at work.
#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "facts/kind.h"

namespace outrider::facts {

// What one check found, with the sentence that was made of it.
struct AlertEvidence {
  std::string check;   // slug
  std::string family;  // slug
  double nats = 0;     // surprise: −ln p, or a log-likelihood ratio
  double observed = 0, expected = 0, limit = 0;
  std::string text;                    // generated from the figures
  std::vector<std::uint64_t> entries;  // of this fleet's ledger
  Timestamp at;
};
BOOST_DESCRIBE_STRUCT(AlertEvidence, (), (check, family, nats, observed, expected, limit, text, entries, at))

enum class AlertLevel : std::uint8_t { ticket, page };
BOOST_DESCRIBE_ENUM(AlertLevel, ticket, page)

struct AlertRaised {
  static constexpr Kind kind = Kind::alert_raised;
  std::string alert;  // id: 16 hex digits, made of fleet, device, threat and the entry that caused it
  AlertLevel level = AlertLevel::ticket;
  std::string threat;                // slug
  std::string device;                // empty: an incident of many
  std::vector<std::string> devices;  // of an incident: at most 100 of them
  std::uint64_t device_count = 1;
  double risk = 0;  // nats
  bool proof = false;
  std::string title;
  std::string explanation;
  std::vector<AlertEvidence> evidence;
  std::vector<std::string> techniques;  // MITRE ATT&CK ids
  std::uint64_t cause = 0;              // the entry that completed it
  std::optional<std::string> incident;  // the incident it belongs to
};
BOOST_DESCRIBE_STRUCT(AlertRaised, (),
                      (alert, level, threat, device, devices, device_count, risk, proof, title, explanation, evidence,
                       techniques, cause, incident))

struct AlertGrown {  // its risk has grown, or it has become a page
  static constexpr Kind kind = Kind::alert_grown;
  std::string alert;
  std::string device;  // as when it was raised
  AlertLevel level = AlertLevel::ticket;
  double risk = 0;
  bool proof = false;
  std::string explanation;
  std::vector<AlertEvidence> evidence;
  std::uint64_t device_count = 1;
  std::vector<std::string> devices;  // of an incident: at most 100 of those that it has gained
  std::uint64_t cause = 0;
};
BOOST_DESCRIBE_STRUCT(AlertGrown, (),
                      (alert, device, level, risk, proof, explanation, evidence, device_count, devices, cause))

struct AlertAcknowledged {
  static constexpr Kind kind = Kind::alert_acknowledged;
  std::string alert;
  std::string comment;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(AlertAcknowledged, (), (alert, comment, by))

enum class AlertOutcome : std::uint8_t { true_alarm, false_alarm, expected };
BOOST_DESCRIBE_ENUM(AlertOutcome, true_alarm, false_alarm, expected)

struct AlertResolved {
  static constexpr Kind kind = Kind::alert_resolved;
  std::string alert;
  AlertOutcome outcome = AlertOutcome::true_alarm;
  std::string comment;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(AlertResolved, (), (alert, outcome, comment, by))

struct AlertNoted {  // a comment, another assignee, or both
  static constexpr Kind kind = Kind::alert_noted;
  std::string alert;
  std::string comment;
  std::optional<std::string> assignee;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(AlertNoted, (), (alert, comment, assignee, by))

// What the members that are set name is not alerted: all of them must match.
struct SuppressionAdded {
  static constexpr Kind kind = Kind::suppression_added;
  std::string suppression;  // id
  std::optional<std::string> threat, check, device, profile;
  std::string reason;
  Timestamp expires;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(SuppressionAdded, (), (suppression, threat, check, device, profile, reason, expires, by))

struct SuppressionLifted {
  static constexpr Kind kind = Kind::suppression_lifted;
  std::string suppression;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(SuppressionLifted, (), (suppression, by))

// Work that explains what would otherwise be an alert: a maintenance window, a work order, a mass update.
struct MaintenancePlanned {
  static constexpr Kind kind = Kind::maintenance_planned;
  std::string maintenance;                     // id
  std::optional<std::string> device, profile;  // none: the whole fleet
  std::vector<std::string> threats;            // slugs it excuses; empty: tampering, silence and firmware
  Timestamp from, until;
  std::string reason;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(MaintenancePlanned, (), (maintenance, device, profile, threats, from, until, reason, by))

struct MaintenanceEnded {
  static constexpr Kind kind = Kind::maintenance_ended;
  std::string maintenance;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(MaintenanceEnded, (), (maintenance, by))

// A check or a threat listens more or less closely from here on.
struct DetectionTuned {
  static constexpr Kind kind = Kind::detection_tuned;
  std::string what;     // slug of a check, or "page-budget", "page-risk", "ticket-risk"
  std::string profile;  // empty: all
  bool enabled = true;
  double factor = 1;  // surprise is multiplied by it; for the three others, their value
  std::string reason;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(DetectionTuned, (), (what, profile, enabled, factor, reason, by))

// Time has passed and nobody said anything: silence is noticed by it, live and in replay alike.
struct ClockTicked {
  static constexpr Kind kind = Kind::clock_ticked;
};
BOOST_DESCRIBE_STRUCT(ClockTicked, (), ())

struct RoutePoint {
  double lat = 0, lon = 0;
};
BOOST_DESCRIBE_STRUCT(RoutePoint, (), (lat, lon))

// Where a device is going; replaces its earlier route. No points: it has none any more.
struct RouteAssigned {
  static constexpr Kind kind = Kind::route_assigned;
  DeviceId device;
  std::vector<RoutePoint> points;
  double corridor_m = 2000;  // to either side
  std::optional<Timestamp> until;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(RouteAssigned, (), (device, points, corridor_m, until, by))

// An area a device must stay in, or stay out of.
struct FenceSet {
  static constexpr Kind kind = Kind::fence_set;
  std::string fence;                 // its name; the same name replaces it
  std::optional<DeviceId> device;    // none: of the profile
  std::optional<ProfileId> profile;  // none: of the device, or of all
  RoutePoint centre;
  double radius_m = 0;  // 0: the fence is removed
  bool inside = true;   // true: must stay in; false: must stay out
  double dwell_s = 0;   // tolerated on the wrong side
  std::string by;
};
BOOST_DESCRIBE_STRUCT(FenceSet, (), (fence, device, profile, centre, radius_m, inside, dwell_s, by))

// Cells that others have heard, a piece of a public list: what the fleet's map of cells begins with.
struct CellsImported {
  static constexpr Kind kind = Kind::cells_imported;
  std::string list;  // CSV with a head line, as detect/checks/cells/list/cell_list.h writes it; at most 48 KiB
  std::string by;
};
BOOST_DESCRIBE_STRUCT(CellsImported, (), (list, by))

}  // namespace outrider::facts
