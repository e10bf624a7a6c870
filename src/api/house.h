#pragma once
// What the routes reach: the rooms below, and what only the server can do, handed in as functions.
// Everything referred to outlives the Api. All of it may be called from any thread and may block; the Api calls it on
// its own workers, never on an event loop.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/expiry.h"
#include "api/routing/refusals.h"
#include "api/why.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "detect/alerts/alert_desk.h"
#include "detect/live/live.h"
#include "fleet/history/history.h"
#include "fleet/registry/registry.h"
#include "identity/authority.h"
#include "ledger/ledger.h"
#include "respond/responder.h"

namespace outrider::api {

// The server's own log: tokens and what concerns no fleet. It is a tree like any other, but no fleet for people.
inline const FleetId& server_log() {
  static const FleetId id("server");
  return id;
}

// What the device edge says of itself.
struct EdgeCounts {
  std::uint64_t sessions = 0;
  std::uint64_t reports_acknowledged = 0;  // since the start
  std::vector<Refusal> refusals;           // of callers that are of no fleet, and so in no ledger; newest first
};

// One setting in force.
struct SettingView {
  std::string key;
  std::string type;
  std::string value;
  std::string origin;
};
BOOST_DESCRIBE_STRUCT(SettingView, (), (key, type, value, origin))

// A body that is made piece by piece: nullopt is the end. Called on a worker, one call at a time.
using Pieces = std::function<Result<std::optional<std::string>>()>;

// A certificate just issued, with those above it; PEM.
struct IssuedPem {
  std::string serial;
  Timestamp not_after;
  std::string certificate_pem;
  std::string issuer_pem;
  std::string root_pem;
};

struct House {
  ledger::Ledger& ledger;
  fleet::Registry& registry;
  identity::Authority& authority;
  const fleet::History& history;
  const Refusals& refusals;
  detect::Live& detection;
  detect::AlertDesk& alerts;
  respond::Responder& responder;
  const Clock& clock;
  std::string version;
  Timestamp started;
  std::filesystem::path ledger_directory;
  std::chrono::milliseconds code_life_default{};

  std::function<EdgeCounts()> edge;
  std::function<std::vector<SettingView>()> settings;
  // Why the server is not ready, a sentence each; empty when it is.
  std::function<std::vector<std::string>()> problems;
  std::function<Expiry()> expiry;
  // The server is going down: what follows the tail ends.
  std::function<bool()> stopping;
  // Waits, a moment at most, until what is durable now can be read back.
  std::function<void()> catch_up;
  // Makes the fleet, its tree, its issuing authority, and waits until all of it is durable.
  std::function<Result<void>(const FleetId& fleet, const std::string& title)> create_fleet;
  std::function<Result<Pieces>()> backup;
  // Deletes what waits for a subject or was published by it outside the ledger; waits until that is durable.
  std::function<Result<void>(const FleetId& fleet, const ledger::Subject& subject)> forget;
  // The anchors of a fleet have changed: listeners look again whom they let in.
  std::function<void()> anchors_changed;
  // Held while authorities are changed, because a backup taken meanwhile would hold half of the change. Empty while a
  // backup is being taken.
  std::function<std::shared_ptr<void>()> exclude_backup;
  // Authorities have changed: records the new ones, and listeners and revocation lists follow. Waits until it is done.
  std::function<Result<void>()> authorities_changed;
  // Number of the newest revocation list of the fleet; 0: none.
  std::function<std::uint64_t(const FleetId& fleet)> list_number;
  // Enrols a holder (facts/holder.h) with its code; waits until the certificate is recorded.
  std::function<Result<IssuedPem>(const FleetId& fleet, const DeviceId& holder, const std::string& code, ByteView csr,
                                  const std::string& from)>
      enrol;
  std::function<Result<WhyAnswer>(const WhyQuestion& question)> why;
};

}  // namespace outrider::api
