#include "bench/detection/week/score.h"

#include <fmt/format.h>

#include <algorithm>

namespace outrider::bench {
namespace {

constexpr double asked_certain = 0.95, asked_other = 0.85, asked_precision = 0.9, asked_false_pages = 2;
constexpr int examples_max = 3;

bool names(const Attack& attack, std::string_view threat) {
  return std::ranges::find(attack.threats, threat) != attack.threats.end();
}

bool during(const Attack& attack, double at_s) {
  return at_s >= attack.from_s && at_s <= attack.until_s + Score::grace_s;
}

bool hit(const Attack& attack, const std::vector<std::string>& devices) {
  return std::ranges::any_of(
      attack.victims, [&](const std::string& victim) { return std::ranges::find(devices, victim) != devices.end(); });
}

std::string_view first_check(const std::vector<facts::AlertEvidence>& evidence) {
  return evidence.empty() ? std::string_view("?") : std::string_view(evidence.front().check);
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

std::size_t Score::add(Attack attack) {
  attacks_.push_back(std::move(attack));
  return attacks_.size() - 1;
}

void Score::judge(const Said& alert, bool page, double at_s, std::string_view explanation, std::string_view check) {
  bool right = false, attacked = false;
  for (Attack& attack : attacks_) {
    if (!during(attack, at_s) || !hit(attack, alert.devices)) continue;
    attacked = true;
    if (!names(attack, alert.threat)) continue;
    right = true;
    if (!attack.found_s) attack.found_s = at_s;
    if (page && !attack.paged_s) attack.paged_s = at_s;
  }
  (page ? pages_ : tickets_) += 1;
  (page ? pages_right_ : tickets_right_) += right ? 1 : 0;
  if (page) pages_attacked_ += attacked ? 1 : 0;
  if (attacked) return;
  const std::string what = fmt::format("{} ({})", alert.threat, check);
  ++(page ? false_pages_ : false_tickets_)[what];
  if ((page ? false_pages_ : false_tickets_)[what] <= examples_max)
    false_examples_.push_back(
        fmt::format("{} on day {:.2f}: {} {} ({} devices): {}", page ? "page" : "ticket", at_s / 86400, alert.threat,
                    alert.devices.empty() ? "?" : alert.devices.front(), alert.devices.size(), explanation));
}

void Score::hear(const detect::Conclusions& said, double at_s) {
  for (const auto& raised : said.raised) {
    Said alert{raised.threat, raised.devices, raised.level == facts::AlertLevel::page};
    if (!raised.device.empty()) alert.devices.push_back(raised.device);
    judge(alert, alert.paged, at_s, raised.explanation, first_check(raised.evidence));
    alerts_.emplace(raised.alert, std::move(alert));
  }
  for (const auto& grown : said.grown) {
    const auto found = alerts_.find(grown.alert);
    if (found == alerts_.end()) continue;
    Said& alert = found->second;
    alert.devices.insert(alert.devices.end(), grown.devices.begin(), grown.devices.end());
    const bool page = grown.level == facts::AlertLevel::page && !alert.paged;
    if (page) {
      alert.paged = true;
      judge(alert, true, at_s, grown.explanation, first_check(grown.evidence));
      continue;
    }
    // What has only grown is no new ticket, but it tells of an attack all the same.
    for (Attack& attack : attacks_) {
      if (during(attack, at_s) && hit(attack, alert.devices) && names(attack, alert.threat) && !attack.found_s)
        attack.found_s = at_s;
    }
  }
}

bool Score::print(std::size_t devices, double days) const {
  struct Row {
    int injected = 0, found = 0, paged = 0;
    bool certain = false;
    std::vector<double> delays;
  };
  std::map<std::string_view, Row> rows;
  for (const Attack& attack : attacks_) {
    Row& row = rows[attack.name];
    ++row.injected;
    row.certain = attack.certain;
    if (attack.paged_s) ++row.paged;
    if (!attack.found_s) continue;
    ++row.found;
    row.delays.push_back(*attack.found_s - attack.from_s);
  }
  bool all = true;
  fmt::print(
      "| threat | injected | found | recall | asked | paged | median time to find |\n|---|---|---|---|---|---|---|\n");
  for (const auto& [name, row] : rows) {
    const double recall = static_cast<double>(row.found) / row.injected,
                 asked = row.certain ? asked_certain : asked_other;
    all = all && recall >= asked;
    fmt::print("| {} | {} | {} | {:.2f} | {:.2f}{} | {} | {:.0f} min |\n", name, row.injected, row.found, recall, asked,
               recall >= asked ? "" : ": **not reached**", row.paged, median(row.delays) / 60);
  }
  int wrong = 0, wrong_tickets = 0;
  for (const auto& [threat, count] : false_pages_) wrong += count;
  for (const auto& [threat, count] : false_tickets_) wrong_tickets += count;
  const double device_days = static_cast<double>(devices) * days / 1000;
  const double precision = pages_ == 0 ? 0 : static_cast<double>(pages_attacked_) / pages_;
  all = all && precision >= asked_precision && wrong / device_days <= asked_false_pages;
  fmt::print(
      "\npages {}: {} about a device under attack (precision {:.3f}, asked {}), {} by the right name; false {} = "
      "{:.2f} "
      "per 1,000 devices and day (asked {})\n",
      pages_, pages_attacked_, precision, asked_precision, pages_right_, wrong, wrong / device_days, asked_false_pages);
  for (const auto& [threat, count] : false_pages_) fmt::print("  false pages of {}: {}\n", threat, count);
  fmt::print(
      "tickets {}: {} by the right name, {} about devices that nobody attacked = {:.2f} per 1,000 devices and day\n",
      tickets_, tickets_right_, wrong_tickets, wrong_tickets / device_days);
  for (const auto& [threat, count] : false_tickets_) fmt::print("  false tickets of {}: {}\n", threat, count);
  return all;
}

void Score::list_misses() const {
  for (const Attack& attack : attacks_) {
    if (!attack.found_s)
      fmt::print("missed: {} of {} on day {:.2f}\n", attack.name, attack.victims.empty() ? "nobody" : attack.victims[0],
                 attack.from_s / 86400);
  }
  for (const auto& example : false_examples_) fmt::print("false {}\n", example);
}

}  // namespace outrider::bench
