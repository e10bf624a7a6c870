#pragma once
// For the tests of this room: a ledger in a directory of its own that goes with the test.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/testing/temporary_directory.h"
#include "ledger/ledger.h"

namespace outrider::ledger {

class TestDirectory {
 public:
  const std::filesystem::path& path() const { return directory_.path(); }

  // Checkpoints only when a test asks: no test depends on a timer.
  Options options() const {
    Options options;
    options.directory = directory_ / "ledger";
    options.server_name = "test.example";
    options.checkpoint_interval = std::chrono::hours{1};
    options.segment_bytes = 256U << 10U;
    return options;
  }
  std::unique_ptr<Ledger> open() const { return open(options()); }
  static std::unique_ptr<Ledger> open(Options options) {
    auto ledger = Ledger::open(std::move(options));
    if (!ledger) {
      ADD_FAILURE() << ledger.error().text();
      std::abort();
    }
    return *std::move(ledger);
  }

 private:
  testing_support::TemporaryDirectory directory_;
};

inline Draft draft(const std::string& fleet, const std::string& device, std::string_view payload,
                   Privacy privacy = Privacy::open) {
  return {7, FleetId(fleet), {SubjectKind::device, device}, "text/plain", to_bytes(as_bytes(payload)), privacy};
}

}  // namespace outrider::ledger
