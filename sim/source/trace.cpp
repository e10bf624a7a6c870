#include "sim/source/trace.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/suggest.h"
#include "base/time.h"
#include "sim/source/reading_names.h"
#include "wire/csv/reader.h"

namespace outrider::sim {
namespace {

constexpr wire::csv::Limits limits{.rows_max = trace_rows_max, .columns_max = 64, .cell_bytes_max = 256};
constexpr double t_s_max = 1e12;  // seconds; epoch times in milliseconds are a mistake worth an answer

bool absent(std::string_view cell) {
  return cell.empty() || cell == "-";
}

Result<double> number_of(std::string_view text) {
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || !std::isfinite(value)) {
    return fail(Errc::malformed, "bad-number", fmt::format("'{}' is not a number", text));
  }
  return value;
}

Result<double> epoch_seconds_of(std::string_view text) {
  TRY(const Timestamp at, from_rfc3339(text));
  return static_cast<double>(to_micros(at)) / 1e6;
}

Result<bool> truth_of(std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return fail(Errc::malformed, "bad-boolean", fmt::format("'{}' is neither true nor false", text));
}

}  // namespace

struct Trace::Columns {
  std::size_t time = 0;
  bool absolute = false;                     // column `time`
  std::vector<const ReadingName*> readings;  // per column; nullptr: not one
};

Result<Trace::Columns> Trace::read_header(const std::vector<std::string>& header, std::string_view file) {
  std::vector<std::string_view> names;
  for (const auto& known : reading_names()) names.push_back(known.name);
  Columns columns;
  std::size_t times = 0;
  std::size_t known = 0;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto& name = header[i];
    for (std::size_t before = 0; before < i; ++before) {
      if (header[before] == name)
        return fail(Errc::malformed, "column-twice", fmt::format("{}:1: column '{}' stands there twice", file, name));
    }
    columns.readings.push_back(find_reading(name));
    known += columns.readings.back() != nullptr ? 1U : 0U;
    if (name == "t_s" || name == "time") {
      columns.time = i;
      columns.absolute = name == "time";
      ++times;
    } else if (columns.readings.back() == nullptr) {
      ignored_.push_back(name + did_you_mean(name, names));
    }
  }
  if (times != 1)
    return fail(Errc::malformed, "no-time-column",
                fmt::format("{}:1: exactly one column must be 't_s' or 'time'", file));
  if (known == 0)
    return fail(Errc::malformed, "no-readings", fmt::format("{}:1: no column is named after a reading", file));
  return columns;
}

Result<void> Trace::read_rows(std::string_view csv, std::string_view file) {
  wire::csv::Reader reader(csv, limits);
  TRY(const auto header, reader.next());
  if (!header) return fail(Errc::malformed, "empty-file", fmt::format("{} is empty", file));
  TRY(const Columns columns, read_header(header->cells, file));
  double first = 0;
  for (;;) {
    TRY(const auto row, reader.next());
    if (!row) return {};
    const auto bad = [&](Error error, std::size_t column) {
      return std::unexpected(
          std::move(error).during(fmt::format("{}:{}, column '{}'", file, row->line, header->cells[column])));
    };
    if (row->cells.size() != header->cells.size()) {
      return fail(
          Errc::malformed, "bad-row",
          fmt::format("{}:{}: {} cells, the header has {}", file, row->line, row->cells.size(), header->cells.size()));
    }
    Row out;
    for (std::size_t i = 0; i < row->cells.size(); ++i) {
      const std::string& cell = row->cells[i];
      const ReadingName* name = columns.readings[i];
      if (i == columns.time) {
        auto t = columns.absolute ? epoch_seconds_of(cell) : number_of(cell);
        if (t && std::abs(*t) > t_s_max)
          t = fail(Errc::malformed, "bad-time", fmt::format("'{}' is no time in seconds", cell));
        if (!t) return bad(std::move(t).error(), i);
        if (rows_.empty()) first = *t;
        out.t_s = *t - first;
        if (!rows_.empty() && out.t_s < rows_.back().t_s)
          return bad(Error(Errc::malformed, "time-backwards", "time goes backwards"), i);
      } else if (name == nullptr || absent(cell)) {
        continue;
      } else if (name->type == ReadingType::number) {
        auto value = number_of(cell);
        if (!value) return bad(std::move(value).error(), i);
        out.readings.push_back({name->name, name->unit, *value});
      } else if (name->type == ReadingType::boolean) {
        auto value = truth_of(cell);
        if (!value) return bad(std::move(value).error(), i);
        out.readings.push_back({name->name, name->unit, *value});
      } else {
        texts_.push_back(std::make_unique<const std::string>(cell));
        out.readings.push_back({name->name, name->unit, std::string_view(*texts_.back())});
      }
    }
    // Rows without any reading (a receiver without a fix) are gaps, not reports.
    if (!out.readings.empty()) rows_.push_back(std::move(out));
  }
}

Result<std::shared_ptr<const Trace>> Trace::parse(std::string_view csv, std::string_view file) {
  auto trace = std::make_shared<Trace>();
  if (auto read = trace->read_rows(csv, file); !read)
    return std::unexpected(std::move(read).error().during(fmt::format("reading {}", file)));
  if (trace->rows_.empty()) return fail(Errc::malformed, "no-rows", fmt::format("{} has no row with a reading", file));
  return trace;
}

std::optional<double> TraceSource::due() const {
  if (next_ >= trace_->size()) return std::nullopt;
  return trace_->row(next_).t_s / speed_;
}

double TraceSource::age() const {
  const double left = trace_->seconds() - trace_->row(next_).t_s;
  return left * (1.0 - 1.0 / speed_);
}

void TraceSource::take(Report& out) {
  for (const Reading& reading : trace_->row(next_).readings) out.add(reading);
  ++next_;
}

}  // namespace outrider::sim
