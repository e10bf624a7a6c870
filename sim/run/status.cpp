#include "sim/run/status.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/file.h"
#include "base/json.h"

namespace outrider::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t bar_columns = 24;
constexpr auto rate_window = 1s;
constexpr auto plain_every = 5s;
constexpr auto file_every = 1s;

std::string bar(std::size_t done, std::size_t all) {
  const std::size_t full = all == 0 ? bar_columns : done * bar_columns / all;
  return "[" + std::string(full, '#') + std::string(bar_columns - full, '.') + "]";
}

}  // namespace

Status::Status(const RunSettings& settings, const Counters& counters, Notices& notices, std::size_t devices)
    : settings_(settings),
      counters_(counters),
      notices_(notices),
      devices_(devices),
      terminal_(::isatty(STDERR_FILENO) == 1),
      rate_at_(std::chrono::steady_clock::now()) {}

std::string Status::line(const Summary& now) const {
  const std::uint64_t left = counters_.enrol_left;
  if (left != 0) {
    const std::uint64_t done = devices_ - left;
    return fmt::format("enrolling {} {}/{}  {:.0f}/s  online {}  refused {}", bar(done, devices_), done, devices_,
                       enrolled_rate_, now.devices_online, now.refused);
  }
  return fmt::format("online {}/{}  sent {}  acknowledged {} ({:.0f}/s)  refused {}  reconnects {}", now.devices_online,
                     devices_, now.reports_sent, now.reports_acknowledged, acknowledged_rate_, now.refused,
                     now.reconnects);
}

void Status::show(const Summary& now) {
  const auto here = std::chrono::steady_clock::now();
  if (const double passed = std::chrono::duration<double>(here - rate_at_).count(); here - rate_at_ >= rate_window) {
    const std::uint64_t enrolled = counters_.enrolled_now;
    acknowledged_rate_ =
        static_cast<double>(now.reports_acknowledged - std::exchange(acknowledged_before_, now.reports_acknowledged)) /
        passed;
    enrolled_rate_ = static_cast<double>(enrolled - std::exchange(enrolled_before_, enrolled)) / passed;
    rate_at_ = here;
  }
  if (terminal_) {
    const std::string text = line(now);
    fmt::print(stderr, "\r{:{}}", text, width_);  // padded over what the line before left
    std::fflush(stderr);
    width_ = text.size();
    notices_.set_progress_width(width_);
  } else if (here - line_at_ >= plain_every) {
    fmt::print(stderr, "{}\n", line(now));
    line_at_ = here;
  }
  if (here - file_at_ >= file_every) {
    write_file(now);
    file_at_ = here;
  }
}

void Status::write_file(const Summary& now) {
  if (!settings_.status_file) return;
  // Renamed into place and not synced: a reader sees one whole object, and nobody needs it after a power cut.
  const auto temporary = settings_.status_file->string() + ".new";
  const std::string text = json::write(now) + "\n";
  std::FILE* file = std::fopen(temporary.c_str(), "we");
  const bool written = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const bool closed = file != nullptr && std::fclose(file) == 0;
  if (!written || !closed || std::rename(temporary.c_str(), settings_.status_file->c_str()) != 0) {
    notices_.say("status file", settings_.status_file->string(), "cannot be written");
  }
}

void Status::finish(const Summary& last) {
  if (terminal_ && width_ != 0) fmt::print(stderr, "\r{:{}}\r", "", width_);
  notices_.set_progress_width(0);
  write_file(last);
}

}  // namespace outrider::sim
