#include "cli/quickstart/picture.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/remote/api.h"

namespace outrider::cli {
namespace {

constexpr std::size_t refusals_shown_max = 3;

winsize window() {
  winsize out{};
  ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &out);
  return out;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace

std::optional<TreeHead> tree_head(std::string_view checkpoint) {
  take_line(checkpoint);  // the origin
  const std::string_view digits = take_line(checkpoint);
  TreeHead out;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.size);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  out.root_hash = take_line(checkpoint);
  if (!from_base64(out.root_hash)) return std::nullopt;
  return out;
}

Snapshot snapshot_of(const json::Object& status, std::string_view fleet, std::chrono::steady_clock::time_point now,
                     const std::optional<Snapshot>& before) {
  Snapshot out{.taken = now,
               .devices_online = number_at(status, "devices_online"),
               .devices_total = number_at(status, "devices_total"),
               .reports_acknowledged = number_at(status, "reports_acknowledged"),
               .entries_durable = number_at(status, "entries_durable"),
               .healthy = flag_at(status, "healthy"),
               .problem = text_at(status, "problem")};
  if (before && now > before->taken && out.reports_acknowledged >= before->reports_acknowledged) {
    const std::chrono::duration<double> apart = now - before->taken;
    out.reports_per_second =
        static_cast<double>(out.reports_acknowledged - before->reports_acknowledged) / apart.count();
  }
  for (const auto& item : list_at(status, "fleets")) {
    if (!item.is_object() || text_at(item.get_object(), "fleet") != fleet) continue;
    if (const auto head = tree_head(text_at(item.get_object(), "checkpoint"))) {
      out.tree_size = head->size;
      out.root_hash = head->root_hash;
    }
  }
  for (const auto& item : list_at(status, "refusals")) {
    if (item.is_object()) out.refusals.push_back(item.get_object());
  }
  return out;
}

std::vector<std::string> picture(const Frame& frame, const Snapshot& now, Timestamp clock, const Output& output,
                                 std::size_t columns, std::size_t rows) {
  std::vector<std::string> out;
  // Cut before it is painted: colours take no columns.
  const auto add = [&](std::string_view text, Colour colour = Colour::none) {
    out.push_back(output.paint(colour, columns == 0 ? std::string(text) : shorten(text, columns)));
  };
  const auto fact = [&](std::string_view name, std::string_view value, Colour colour = Colour::none) {
    constexpr std::size_t name_columns = 26;
    const std::size_t room = columns == 0 ? value.size() : columns - std::min(columns, name_columns);
    out.push_back(output.paint(Colour::dim, fmt::format("  {:<24}", name)) +
                  output.paint(colour, shorten(value, room)));
  };
  add(frame.title, Colour::bold);
  add(frame.doing, Colour::cyan);
  add("");
  const bool all_online = now.devices_online == now.devices_total;
  fact("devices online", fmt::format("{} of {}", grouped(now.devices_online), grouped(now.devices_total)),
       all_online ? Colour::green : Colour::yellow);
  fact("reports acknowledged",
       fmt::format("{}  ({:.0f} per second)", grouped(now.reports_acknowledged), now.reports_per_second));
  fact("entries durable", grouped(now.entries_durable));
  fact("checkpoint",
       fmt::format("{} entries, root {}", grouped(now.tree_size), now.root_hash.empty() ? "-" : escape(now.root_hash)));
  if (!now.healthy) fact("health", escape(now.problem), Colour::red);
  add("");
  add(now.refusals.empty() ? "Refusals: none" : "Last refusals", now.refusals.empty() ? Colour::dim : Colour::yellow);
  for (std::size_t i = 0; i < std::min(now.refusals.size(), refusals_shown_max); ++i) {
    const auto& refusal = now.refusals[i];
    const auto time = time_at(refusal, "time");
    add(escape(fmt::format("  {:>8}  {}  {}  {}: {}", time ? relative(*time, clock) : "", text_at(refusal, "device"),
                           text_at(refusal, "action"), text_at(refusal, "rule"), text_at(refusal, "detail"))));
  }
  add("");
  add("Try next, in another terminal", Colour::bold);
  for (const std::string& hint : frame.hints) add("  " + hint);
  add("Ctrl-C ends it.", Colour::dim);
  if (rows != 0 && out.size() > rows) out.resize(rows);
  return out;
}

std::string one_line(const Snapshot& now) {
  return fmt::format("online {}/{}  acknowledged {} ({:.0f}/s)  durable {}  checkpoint {} {}{}", now.devices_online,
                     now.devices_total, now.reports_acknowledged, now.reports_per_second, now.entries_durable,
                     now.tree_size, escape(now.root_hash), now.healthy ? "" : "  PROBLEM: " + escape(now.problem));
}

Screen::Screen(std::ostream& out) : out_(out) {
  out_ << "\x1b[?25l" << std::flush;
}

Screen::~Screen() {
  out_ << "\x1b[?25h" << std::flush;
}

void Screen::draw(const std::vector<std::string>& lines) {
  if (drawn_ != 0) out_ << fmt::format("\x1b[{}A", drawn_);
  for (const std::string& line : lines) out_ << "\r\x1b[K" << line << '\n';
  // A picture that has become shorter leaves nothing behind.
  out_ << "\x1b[J" << std::flush;
  drawn_ = lines.size();
}

std::size_t Screen::columns() const {
  return window().ws_col;
}

// The last row stays free for the line the cursor stands on.
std::size_t Screen::rows() const {
  const std::size_t all = window().ws_row;
  return all > 1 ? all - 1 : 0;
}

}  // namespace outrider::cli
