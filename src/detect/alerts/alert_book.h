#pragma once
// The alerts of all fleets and their life, as their entries say it; suppressions and maintenance too. In memory, made
// of entries alone: the reader of detection hands it every entry in order and keeps its state in the same snapshot.
//
// Bounded: an alert that was resolved leaves when there are more than resolved_max of them, an open one when there are
// more than open_max; both are in the ledger for ever. Any thread.
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/metrics.h"
#include "base/result.h"
#include "detect/alerts/alert.h"
#include "detect/live/book.h"

namespace outrider::detect {

// Which alerts; what is not set takes all.
struct AlertFilter {
  std::optional<facts::AlertLevel> level;
  std::optional<std::string> threat;
  std::optional<std::string> device;    // its own, and incidents that list it
  std::set<AlertState> states;          // empty: all
  std::optional<Timestamp> since;       // raised or changed then or later
  std::optional<std::uint64_t> before;  // raised by an entry before this one
  bool takes(const Alert& alert) const;
};

// How many alerts are in a state, by level.
struct AlertCounts {
  std::uint64_t open_pages = 0, open_tickets = 0, acknowledged = 0, resolved = 0;
};
BOOST_DESCRIBE_STRUCT(AlertCounts, (), (open_pages, open_tickets, acknowledged, resolved))

class AlertBook final : public Book {
 public:
  struct Limits {
    std::size_t resolved_max = 50'000;
    std::size_t open_max = 100'000;
  };
  static constexpr std::size_t events_max = 200;    // of an alert; the newest are kept
  static constexpr std::size_t devices_max = 1000;  // listed in an incident
  static constexpr std::size_t past_max = 1000;     // suppressions and maintenance that are over, each

  AlertBook() = default;
  explicit AlertBook(Limits limits) : limits_(limits) {}

  void apply(const ledger::Entry& entry) override;
  // A decision that is durable, before the reader comes to it.
  void settle(const ledger::Entry& entry);

  // By its id, or by a beginning of it that no other has. unknown-alert, ambiguous-alert.
  Result<Alert> find(const FleetId& fleet, std::string_view alert) const;
  // The newest first.
  std::vector<Alert> list(const FleetId& fleet, const AlertFilter& filter, std::size_t limit) const;
  AlertCounts counts(const FleetId& fleet) const;
  // Number of the fleet's next entry that its reader will bring.
  std::uint64_t next(const FleetId& fleet) const;
  // Sets the gauges: what stands, of all fleets.
  void measure(Metrics& metrics) const;
  std::vector<Suppression> suppressions(const FleetId& fleet) const;  // oldest first
  std::vector<Maintenance> maintenance(const FleetId& fleet) const;

  Bytes save(const FleetId& fleet) const override;
  Result<void> load(const FleetId& fleet, ByteView state) override;
  void begin(const FleetId& fleet) override;

 private:
  struct Shelf {  // of one fleet
    std::uint64_t next = 0;
    std::set<std::uint64_t> early;          // settled entries that the reader has not come to
    std::map<std::uint64_t, Alert> alerts;  // by the entry that raised them
    std::map<std::string, std::uint64_t, std::less<>> by_id;
    std::map<std::string, std::uint64_t, std::less<>> by_response;  // id of a response → its alert
    std::set<std::uint64_t> resolved;                               // alerts that are
    std::vector<Suppression> suppressions;
    std::vector<Maintenance> maintenance;

    Alert* find(std::string_view id);
    void fold(const ledger::Entry& entry, const Limits& limits);
    void take(const ledger::Entry& entry);
    void raise(const ledger::Entry& entry);
    void grow(const ledger::Entry& entry);
    void decide(const ledger::Entry& entry);
    void excuse(const ledger::Entry& entry);
    void respond(const ledger::Entry& entry);
    void forget(const ledger::Subject& subject);
    void bound(const Limits& limits);
    void drop(std::uint64_t number);
  };
  static Bytes written(const Shelf& shelf);
  static Result<Shelf> read(ByteView state);

  const Limits limits_;
  mutable std::mutex mutex_;
  std::map<FleetId, Shelf> shelves_;
};

}  // namespace outrider::detect
