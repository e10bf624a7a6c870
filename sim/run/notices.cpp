#include "sim/run/notices.h"

#include <fmt/format.h>

#include <cstdio>

namespace outrider::sim {

void Notices::say(std::string_view device, std::string_view what, std::string_view why) {
  std::uint64_t suppressed = 0;
  if (!throttle_.allow(suppressed)) return;
  std::string text;
  for (const char c : why)
    text += static_cast<unsigned char>(c) < ' ' || c == 0x7F ? ' ' : c;  // no terminal codes from afar
  const std::lock_guard lock(mutex_);
  const std::string wipe = progress_width_ == 0 ? "" : fmt::format("\r{:{}}\r", "", progress_width_);
  const std::string more = suppressed == 0 ? "" : fmt::format(" ({} more like this)", suppressed);
  fmt::print(stderr, "{}{}: {}: {}{}\n", wipe, device, what, text, more);
}

void Notices::set_progress_width(std::size_t columns) {
  const std::lock_guard lock(mutex_);
  progress_width_ = columns;
}

}  // namespace outrider::sim
