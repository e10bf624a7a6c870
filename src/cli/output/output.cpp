#include "cli/output/output.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "cli/output/age.h"
#include "cli/output/escape.h"

namespace outrider::cli {

Terminal Terminal::of_process() {
  Terminal out;
  out.out_tty = ::isatty(STDOUT_FILENO) == 1;
  out.err_tty = ::isatty(STDERR_FILENO) == 1;
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  out.colour = (no_color == nullptr || *no_color == '\0') && term != nullptr && std::string_view(term) != "dumb";
  winsize size{};
  if (out.out_tty && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) out.columns = size.ws_col;
  return out;
}

void Output::line(std::string_view text) {
  out_ << text << '\n';
}
void Output::text(std::string_view text) {
  out_ << text;
}
void Output::value(const json::Value& value) {
  out_ << escape_json(json::compact(value)) << '\n';
}
void Output::flush() {
  out_.flush();
}

void Output::note(std::string_view text) {
  if (!json_) err_ << text << '\n';
}

void Output::error(const Error& error) {
  if (json_) {
    json::Object inner;
    inner["code"] = name_of(error.code);
    inner["reason"] = error.reason;
    inner["detail"] = error.text();
    json::Object document;
    document["error"] = std::move(inner);
    err_ << escape_json(json::compact(document)) << '\n';
    return;
  }
  // The end of a log comes in lines; indented, none of them can pass for another error.
  const std::string text = error.text();
  std::string_view rest = text;
  err_ << "outrider: ";
  while (true) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    err_ << escape(rest.substr(0, end));
    if (end == rest.size()) break;
    err_ << "\n  ";
    rest.remove_prefix(end + 1);
  }
  if (!error.reason.empty() && error.reason != "usage") err_ << " [" << escape(error.reason) << ']';
  err_ << '\n';
}

std::string Output::paint(Colour colour, std::string_view text) const {
  if (!terminal_.out_tty || !terminal_.colour || colour == Colour::none) return std::string(text);
  const auto code = [&]() -> std::string_view {
    switch (colour) {
      case Colour::red:
        return "31";
      case Colour::green:
        return "32";
      case Colour::yellow:
        return "33";
      case Colour::cyan:
        return "36";
      case Colour::bold:
        return "1";
      case Colour::dim:
        return "2";
      case Colour::none:
        break;
    }
    return "0";
  }();
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

Progress::Progress(Output& output, std::string label)
    : output_(output), label_(std::move(label)), silent_(output.json() && !output.terminal().err_tty) {}

Progress::~Progress() {
  finish();
}

void Progress::update(std::uint64_t done, std::uint64_t total) {
  if (silent_ || total == 0) return;
  const std::uint64_t percent =
      done >= total ? 100 : static_cast<std::uint64_t>(100.0 * static_cast<double>(done) / static_cast<double>(total));
  if (output_.terminal().err_tty) {
    if (percent == last_percent_) return;
    last_percent_ = percent;
    constexpr std::uint64_t cells = 30;
    std::string bar;
    for (std::uint64_t i = 0; i < cells; ++i) bar += i < percent * cells / 100 ? "█" : "░";
    output_.err() << fmt::format("\r\x1b[K{} {} {:3}% {} of {}", label_, bar, percent, grouped(done), grouped(total))
                  << std::flush;
    drawn_ = true;
  } else if (percent / 10 > last_tenth_) {
    last_tenth_ = percent / 10;
    output_.err() << fmt::format("{}: {}% ({} of {})\n", label_, percent, done, total) << std::flush;
  }
}

void Progress::finish() {
  if (drawn_) output_.err() << '\n' << std::flush;
  drawn_ = false;
  silent_ = true;
}

}  // namespace outrider::cli
