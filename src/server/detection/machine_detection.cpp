// The machine's part in detection: what it is given, and when it begins.
#include "server/detection/contract.h"
#include "server/machine.h"

namespace outrider::server {
namespace {
constexpr std::chrono::seconds catch_up_patience{10};
}  // namespace

Result<void> Machine::open_detection() {
  alert_desk_ = std::make_unique<detect::AlertDesk>(alert_book_, *ledger_, system_clock());
  detection_ = std::make_unique<detect::Live>(
      *ledger_, read_contract, [this] { return fleet_ids(); },
      detect::LiveOptions{.directory = data_.paths().detection(),
                          .enabled = config_.detection_enabled,
                          .snapshot_interval = config_.detection_snapshot_interval,
                          .tick_interval = config_.detection_tick_interval},
      metrics_, system_clock(), &alert_book_);
  CHECK(detection_->start());
  // Whoever asks after a restart should find the alerts that stood before it. A long ledger without a snapshot is read
  // while the server works; the state of detection says how far it is.
  (void)detection_->wait_until_current(catch_up_patience);
  return {};
}

}  // namespace outrider::server
