#include "gateway/pki/http_date.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>

namespace outrider::gateway::pki {
namespace {

constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::size_t date_bytes = 29;

}  // namespace

std::string to_http_date(Timestamp at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(seconds - day);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

std::optional<Timestamp> from_http_date(std::string_view text) {
  if (text.size() != date_bytes) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t count) {
    int out = -1;
    const char* const end = text.data() + at + count;
    const auto [stopped, error] = std::from_chars(text.data() + at, end, out);
    return error == std::errc{} && stopped == end ? out : -1;
  };
  unsigned month = 1;
  while (month <= months.size() && months[month - 1] != text.substr(8, 3)) ++month;
  const std::chrono::year_month_day date{std::chrono::year(number(12, 4)), std::chrono::month(month),
                                         std::chrono::day(static_cast<unsigned>(number(5, 2)))};
  const int hour = number(17, 2);
  const int minute = number(20, 2);
  const int second = number(23, 2);
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return std::nullopt;
  const Timestamp out = std::chrono::sys_days(date) + std::chrono::hours{hour} + std::chrono::minutes{minute} +
                        std::chrono::seconds{second};
  // Whatever else is in the text must be what we would have written.
  if (second != 60 && to_http_date(out) != text) return std::nullopt;
  return out;
}

}  // namespace outrider::gateway::pki
