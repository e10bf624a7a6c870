#pragma once
// A recording of a real device, played back as a simulated one. docs/simulator.md describes the columns.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/source/report_source.h"

namespace outrider::sim {

inline constexpr std::size_t trace_bytes_max = 256UL * 1024 * 1024;
inline constexpr std::size_t trace_rows_max = 2'000'000;  // three weeks at one row a second

// Immutable once read; several devices may play it.
class Trace {
 public:
  // CSV with a header. One column says when: `t_s` (seconds, from any beginning) or `time` (RFC 3339). Every other
  // column is named after a reading; columns of other names are left out and listed in `ignored()`. An empty cell or
  // "-" is a reading that row does not have. Times must not go backwards. Errors name `file`, line and column.
  static Result<std::shared_ptr<const Trace>> parse(std::string_view csv, std::string_view file);

  // "speed_kmh (did you mean 'speed'?)"
  const std::vector<std::string>& ignored() const { return ignored_; }
  std::size_t size() const { return rows_.size(); }
  double seconds() const { return rows_.back().t_s; }

  struct Row {
    double t_s = 0;  // since the first row
    std::vector<Reading> readings;
  };
  const Row& row(std::size_t index) const { return rows_[index]; }

 private:
  struct Columns;
  Result<Columns> read_header(const std::vector<std::string>& header, std::string_view file);
  Result<void> read_rows(std::string_view csv, std::string_view file);

  std::vector<Row> rows_;
  std::vector<std::string> ignored_;
  std::vector<std::unique_ptr<const std::string>> texts_;  // what text readings point at
};

// Plays a trace: row by row at its own pace, or `speed` times as fast. The last row is stamped with the moment it is
// sent, those before it with their recorded distance to it; so no time lies in the future however fast it plays, and
// a detector sees the speeds that were driven.
class TraceSource final : public ReportSource {
 public:
  TraceSource(std::shared_ptr<const Trace> trace, double speed) : trace_(std::move(trace)), speed_(speed) {}

  std::optional<double> due() const override;
  void take(Report& out) override;
  double age() const override;
  bool catch_up(double) override { return false; }  // a recording is sent whole

 private:
  std::shared_ptr<const Trace> trace_;
  double speed_;
  std::size_t next_ = 0;
};

}  // namespace outrider::sim
