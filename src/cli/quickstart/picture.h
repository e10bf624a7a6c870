#pragma once
// The live picture: what is known at a moment, and how it is shown.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "cli/output/output.h"

namespace outrider::cli {

// What GET /status said, and what follows from the one before.
struct Snapshot {
  std::chrono::steady_clock::time_point taken;
  std::uint64_t devices_online = 0;
  std::uint64_t devices_total = 0;
  std::uint64_t reports_acknowledged = 0;
  double reports_per_second = 0;
  std::uint64_t entries_durable = 0;
  bool healthy = true;
  std::string problem;
  std::uint64_t tree_size = 0;         // of the fleet's newest checkpoint
  std::string root_hash;               // base64
  std::vector<json::Object> refusals;  // newest first
};
Snapshot snapshot_of(const json::Object& status, std::string_view fleet, std::chrono::steady_clock::time_point now,
                     const std::optional<Snapshot>& before);

// A C2SP checkpoint's tree size and root hash; nothing when it is none.
struct TreeHead {
  std::uint64_t size = 0;
  std::string root_hash;
};
std::optional<TreeHead> tree_head(std::string_view checkpoint);

// Texts of the picture that do not change.
struct Frame {
  std::string title;               // "Outrider quickstart  fleet demo  data ./data"
  std::string doing;               // "enrolling", "running", "running for another 12s"
  std::vector<std::string> hints;  // commands to try
};

// The picture's lines, each at most `columns` wide (0: as long as it likes) and at most `rows` of them (0: all).
std::vector<std::string> picture(const Frame& frame, const Snapshot& now, Timestamp clock, const Output& output,
                                 std::size_t columns, std::size_t rows);
// The same in one line, for logs.
std::string one_line(const Snapshot& now);

// Draws lines over those of the time before, on the terminal that is standard output; hides the cursor while it lives.
class Screen {
 public:
  explicit Screen(std::ostream& out);
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  void draw(const std::vector<std::string>& lines);
  std::size_t columns() const;
  std::size_t rows() const;

 private:
  std::ostream& out_;
  std::size_t drawn_ = 0;
};

}  // namespace outrider::cli
