#pragma once
// Which device identities end soon, and what has been said about it: a projection of `certificate.ending` entries, and
// questions to the inventory's tables.
//
// A device counts by the identity that lives longest and is not revoked: one that was renewed is not in danger. Devices
// that are retired, lost or stolen do not count. Threads: queries from any. `database` must outlive it.
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "fleet/projection/projection.h"
#include "store/database.h"

namespace outrider::fleet {

struct DeviceEnding {
  DeviceId device;
  std::string serial;
  Timestamp not_before;
  Timestamp not_after;
  std::optional<std::chrono::seconds> noticed;  // the last stage an entry was made for
};

struct EndingCounts {
  std::uint64_t ended = 0;
  std::uint64_t within_7_days = 0;   // and not ended
  std::uint64_t within_30_days = 0;  // those within 7 days too
  bool operator==(const EndingCounts&) const = default;
};

class Endings final : public Projection {
 public:
  explicit Endings(store::Database& database) : database_(database) {}

  // Every device whose identity ends before `until` and whose end itself has not been noticed yet, those that end first
  // first, until `each` returns false.
  Result<void> devices(const FleetId& fleet, Timestamp until, const std::function<bool(DeviceEnding)>& each) const;
  Result<EndingCounts> counts(const FleetId& fleet, Timestamp now) const;
  // The last stage an entry was made for about this certificate.
  Result<std::optional<std::chrono::seconds>> noticed(const FleetId& fleet, const std::string& serial) const;

  std::string_view name() const override { return "expiry-notices"; }
  Result<void> apply(store::Session& session, DecodedEntry& entry) override;
  Result<void> flush(store::Session&) override { return {}; }
  void rolled_back() override {}

 private:
  store::Database& database_;
};

}  // namespace outrider::fleet
