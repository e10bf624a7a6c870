#pragma once
// The readings devices sent: last values and ranges of time, each with the entry that proves it.
//
// A projection of telemetry and event entries. Readings of personal reports leave it when their subject's key is
// shredded. Queries run on the database's reading connection and answer in milliseconds: a report's readings lie
// together (table reading, clustered by device and time), last values have a table of their own.
// Threads: queries from any thread. `database` must outlive it.
#include <boost/describe.hpp>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "fleet/projection/projection.h"
#include "store/database.h"

namespace outrider::fleet {

inline constexpr std::size_t history_limit_max = 10'000;  // readings in one answer: about 1 MB of JSON
inline constexpr std::size_t history_limit_default = 100;

using ReadingValue = std::variant<double, std::string, bool>;

struct Reading {
  std::string name;
  std::string unit;  // may be empty
  Timestamp time;    // the device's own
  ReadingValue value;
  std::uint64_t entry = 0;  // the ledger entry that holds it

  // {"name","unit","time","value","entry"}
  json::Value to_json() const;
};

enum class Order : std::uint8_t { newest_first, oldest_first };

struct ReadingQuery {
  FleetId fleet;
  DeviceId device;
  std::optional<std::string> name;
  std::optional<Timestamp> since;             // included
  std::optional<Timestamp> until;             // not included
  std::size_t limit = history_limit_default;  // 1 to history_limit_max; more is cut to it
  Order order = Order::newest_first;
};

class History {
 public:
  static Result<std::unique_ptr<History>> open(store::Database& database);
  virtual ~History() = default;

  // To be given to the Projector, which drives it.
  virtual Projection& projection() = 0;

  // A device without readings, known or not, has an empty history.
  virtual Result<std::vector<Reading>> readings(const ReadingQuery& query) const = 0;
  // The newest of each name, by name.
  virtual Result<std::vector<Reading>> latest(const FleetId& fleet, const DeviceId& device) const = 0;
  // All readings held, of all fleets. Counts them: seconds when there are hundreds of millions.
  virtual Result<std::uint64_t> count() const = 0;
  // Removes the readings of these devices that are older than `horizon`; how many. See fleet/history/retention.h.
  virtual Result<std::uint64_t> remove_before(const FleetId& fleet, const std::vector<DeviceId>& devices,
                                              Timestamp horizon) = 0;
};

}  // namespace outrider::fleet
