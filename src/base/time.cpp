#include "base/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace outrider {
namespace {

using namespace std::chrono;

class SystemClock final : public Clock {
 public:
  Timestamp now() const override { return time_point_cast<microseconds>(std::chrono::system_clock::now()); }
};

// Takes exactly `width` digits from the front.
Result<int> digits(std::string_view& text, std::size_t width) {
  if (text.size() < width) return fail(Errc::malformed, "bad-time", "time ends too early");
  int value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (std::isdigit(static_cast<unsigned char>(text[i])) == 0)
      return fail(Errc::malformed, "bad-time", "time has a non-digit where a digit belongs");
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return value;
}

Result<void> literal(std::string_view& text, std::string_view allowed) {
  if (text.empty() || allowed.find(text.front()) == std::string_view::npos) {
    return fail(Errc::malformed, "bad-time", fmt::format("time needs one of '{}' here", allowed));
  }
  text.remove_prefix(1);
  return {};
}

struct Unit {
  std::string_view name;
  std::int64_t millis;
};
constexpr std::array units{
    Unit{"w", 604'800'000}, Unit{"d", 86'400'000}, Unit{"h", 3'600'000},
    Unit{"m", 60'000},      Unit{"s", 1'000},      Unit{"ms", 1},
};
constexpr std::int64_t millis_max = 100LL * 366 * 86'400'000;

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

std::string to_rfc3339(Timestamp t) {
  const auto day = floor<days>(t);
  const year_month_day date{day};
  const hh_mm_ss clock{t - day};
  auto out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                         static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                         clock.minutes().count(), clock.seconds().count());
  const auto micros = clock.subseconds().count();
  if (micros != 0 && micros % 1000 == 0) out += fmt::format(".{:03}", micros / 1000);
  if (micros % 1000 != 0) out += fmt::format(".{:06}", micros);
  return out + "Z";
}

Result<Timestamp> from_rfc3339(std::string_view text) {
  TRY(const int y, digits(text, 4));
  CHECK(literal(text, "-"));
  TRY(const int mo, digits(text, 2));
  CHECK(literal(text, "-"));
  TRY(const int d, digits(text, 2));
  CHECK(literal(text, "Tt "));
  TRY(const int h, digits(text, 2));
  CHECK(literal(text, ":"));
  TRY(const int mi, digits(text, 2));
  CHECK(literal(text, ":"));
  TRY(const int s, digits(text, 2));
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  if (!date.ok() || h > 23 || mi > 59 || s > 60)
    return fail(Errc::malformed, "bad-time", "no such date or time of day");
  microseconds fraction{0};
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    std::int64_t scale = 100'000;
    std::size_t count = 0;
    while (!text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0) {
      fraction += microseconds{(text.front() - '0') * scale};
      scale /= 10;
      ++count;
      text.remove_prefix(1);
    }
    if (count == 0 || count > 9) return fail(Errc::malformed, "bad-time", "a second has one to nine decimals");
  }
  minutes offset{0};
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    const int sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
    TRY(const int oh, digits(text, 2));
    CHECK(literal(text, ":"));
    TRY(const int om, digits(text, 2));
    if (oh > 23 || om > 59) return fail(Errc::malformed, "bad-time", "no such offset from UTC");
    offset = minutes{sign * (oh * 60 + om)};
  } else {
    CHECK(literal(text, "Zz"));
  }
  if (!text.empty()) return fail(Errc::malformed, "bad-time", "characters after the time");
  const Timestamp t = Timestamp{sys_days{date}} + hours{h} + minutes{mi} + seconds{s} + fraction - offset;
  // The offset can lead out of the years that four digits can say.
  constexpr Timestamp begin = sys_days{year{0} / 1 / 1};
  constexpr Timestamp end = sys_days{year{10'000} / 1 / 1};
  if (t < begin || t >= end) return fail(Errc::malformed, "bad-time", "a time outside the years 0000 to 9999");
  return t;
}

Result<milliseconds> parse_duration(std::string_view text) {
  const auto bad = [whole = std::string(text)] {
    return fail(Errc::malformed, "bad-duration",
                fmt::format("'{}' is not a duration; write 250ms, 30s, 15m, 2h, 7d or 1h30m", whole));
  };
  if (text.empty()) return bad();
  std::int64_t total = 0;
  while (!text.empty()) {
    std::int64_t number = 0;
    std::size_t length = 0;
    while (length < text.size() && std::isdigit(static_cast<unsigned char>(text[length])) != 0) {
      if (length >= 12) return bad();
      number = number * 10 + (text[length++] - '0');
    }
    if (length == 0) return bad();
    text.remove_prefix(length);
    std::size_t letters = 0;
    while (letters < text.size() && std::isalpha(static_cast<unsigned char>(text[letters])) != 0) ++letters;
    const auto* unit =
        std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == text.substr(0, letters); });
    if (unit == units.end() || number > millis_max / unit->millis) return bad();
    total += number * unit->millis;
    if (total > millis_max) return bad();
    text.remove_prefix(letters);
  }
  return milliseconds{total};
}

std::string format_duration(milliseconds d) {
  if (d.count() < 0) return "-" + format_duration(-d);
  if (d.count() == 0) return "0s";
  std::string out;
  std::int64_t rest = d.count();
  int parts = 0;
  for (const Unit& unit : units) {
    if (unit.name == "w" || rest < unit.millis) {
      if (parts != 0 && unit.name != "w") break;
      continue;
    }
    if (parts != 0) out += ' ';
    out += fmt::format("{}{}", rest / unit.millis, unit.name);
    rest %= unit.millis;
    if (++parts == 2) break;
  }
  return out;
}

Result<Timestamp> parse_moment(std::string_view text, Timestamp now) {
  if (auto duration = parse_duration(text)) return now - *duration;
  if (auto moment = from_rfc3339(text)) return *moment;
  return fail(Errc::malformed, "bad-moment",
              fmt::format("'{}' is neither a time (2026-01-31T08:00:00Z) nor a duration before now (2h, 7d)", text));
}

}  // namespace outrider
