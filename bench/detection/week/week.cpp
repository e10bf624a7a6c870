#include "bench/detection/week/week.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <numeric>

#include "facts/alerts.h"
#include "facts/facts.h"
#include "server/detection/contract.h"

namespace outrider::bench {
namespace {

constexpr std::int64_t start_us = 1'790'000'000'000'000;  // 2026
const FleetId fleet{"week"};
constexpr double hole_chance = 0.004, tunnel_chance = 0.01;  // of a report: no coverage for a while, no sky
constexpr double session_mean_s = 12 * 3600;                 // carriers drop what was open for long

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

struct Home {
  int mcc;
  std::string_view country;
};
constexpr std::array homes{Home{202, "GR"}, Home{204, "NL"}, Home{206, "BE"}, Home{208, "FR"}, Home{214, "ES"},
                           Home{222, "IT"}, Home{228, "CH"}, Home{232, "AT"}, Home{234, "GB"}, Home{238, "DK"},
                           Home{240, "SE"}, Home{260, "PL"}, Home{262, "DE"}, Home{268, "PT"}, Home{310, "US"},
                           Home{413, "LK"}, Home{454, "HK"}, Home{460, "CN"}, Home{502, "MY"}, Home{525, "SG"},
                           Home{602, "EG"}, Home{724, "BR"}};

std::string_view country_of(int mcc) {
  const auto* found = std::ranges::find(homes, mcc, &Home::mcc);
  return found == homes.end() ? "DE" : found->country;
}

// The built-in profile, with the week's interval instead of its own.
std::string profile_text(const Question& question, std::string_view profile) {
  std::ifstream file(fmt::format("{}/{}.toml", question.profiles, profile));
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto from = text.find("interval = \"");
  const auto until = text.find('\n', from);
  if (from != std::string::npos)
    text.replace(from, until - from, fmt::format("interval = \"{:.0f}s\"", question.interval_s));
  if (!server::read_contract(text)) {
    fmt::print(stderr, "{}/{}.toml is no profile with this interval\n", question.profiles, profile);
    std::exit(2);
  }
  return text;
}

}  // namespace

Week::Week(const Question& question)
    : question_(question),
      dice_(question.seed),
      detector_(fleet, [](std::string_view toml) { return server::read_contract(toml); }) {}

void Week::append(Kind kind, const std::string& device, std::string_view payload, std::string_view content_type) {
  ledger::Entry entry;
  entry.number = next_++;
  entry.kind = static_cast<std::uint16_t>(kind);
  entry.fleet = fleet;
  entry.subject = device.empty() ? ledger::Subject{ledger::SubjectKind::fleet, fleet.value}
                                 : ledger::Subject{ledger::SubjectKind::device, device};
  entry.received = from_micros(start_us + static_cast<std::int64_t>(now_ * 1e6));
  entry.content_type = content_type;
  entry.payload = to_bytes(as_bytes(payload));
  const double before = cpu_seconds();
  const detect::Conclusions said = detector_.follow(entry);
  detecting_s_ += cpu_seconds() - before;
  if (said.raised.empty() && said.grown.empty()) return;
  score_.hear(said, now_);
  for (const auto& alert : said.raised) say(alert.device, alert);
  for (const auto& alert : said.grown) say(alert.device, alert);
}

void Week::open(Thing& thing, const std::string& address, std::string_view country, std::uint32_t asn,
                const std::string& tls) {
  facts::SessionOpened opened;
  opened.device = DeviceId(thing.id);
  opened.session = fmt::format("{}/{}", thing.id, ++thing.sessions);
  opened.protocol = "mqtt/5.0";
  opened.client_id = thing.id;
  opened.address = fmt::format("{}:{}", address, 20'000 + dice_.below(40'000));
  opened.certificate_serial = thing.serial;
  opened.tls = "TLSv1.3 TLS_AES_128_GCM_SHA256";
  opened.network_kind = "carrier";
  opened.country = std::string(country);
  opened.asn = asn;
  opened.tls_client = tls;
  links_[thing.number].session = opened.session;
  say(thing.id, opened);
}

void Week::close(Thing& thing, std::string_view reason) {
  say(thing.id,
      facts::SessionClosed{DeviceId(thing.id), links_[thing.number].session, std::string(reason), 20'000, 2'000});
}

void Week::reconnect(Thing& thing, std::string_view reason) {
  if (!links_[thing.number].session.empty()) close(thing, reason);
  links_[thing.number].mcc = thing.mcc();
  open(thing, thing.address, country_of(thing.mcc()), 64'500 + static_cast<std::uint32_t>(thing.mcc()), thing.tls);
}

Thing& Week::fresh_victim(std::span<const Sort> which) {
  for (;;) {
    const std::size_t index = dice_.below(things_.size());
    if (taken_[index] || std::ranges::find(which, things_[index]->sort) == which.end()) continue;
    taken_[index] = true;
    return *things_[index];
  }
}

void Week::found_fleet() {
  for (int sort = 0; sort < sorts; ++sort) {
    const auto profile = profile_of(static_cast<Sort>(sort));
    say("", facts::ProfileAdded{ProfileId(std::string(profile)), profile_text(question_, profile)});
  }
  constexpr std::array mix{Sort::reefer, Sort::reefer,  Sort::reefer,  Sort::reefer,  Sort::dry,
                           Sort::dry,    Sort::tracker, Sort::tracker, Sort::tracker, Sort::field};
  links_.resize(question_.devices);
  taken_.resize(question_.devices);
  for (std::uint32_t i = 0; i < question_.devices; ++i) {
    auto& thing = *things_.emplace_back(std::make_unique<Thing>(i, mix.at(i % mix.size()), question_.seed));
    say(thing.id, facts::DeviceAdded{DeviceId(thing.id), ProfileId(std::string(profile_of(thing.sort))), {}, {}});
    facts::IdentityIssued issued;
    issued.device = DeviceId(thing.id);
    issued.serial = thing.serial;
    issued.spki_sha256 = fmt::format("{:064x}", thing.random.bits());
    say(thing.id, issued);
    reconnect(thing, "");
  }
}

double Week::colder(const Thing& thing) const {
  if (now_ < cold_from_s || now_ > cold_until_s || thing.where().lat < 48) return 0;
  return 12 * std::min(1.0, std::min(now_ - cold_from_s, cold_until_s - now_) / (8 * 3600));
}

bool Week::cut_off(const Thing& thing) const {
  return std::ranges::any_of(outages, [&](const Outage& outage) {
    return outage.mcc == thing.mcc() && now_ >= outage.from_s && now_ < outage.until_s;
  });
}

void Week::report(std::size_t index) {
  Thing& thing = *things_[index];
  Link& link = links_[index];
  thing.advance(now_, colder(thing));
  if (thing.no_power() || thing.done.mute) return;
  const std::string text = thing.report(thing.random.chance(tunnel_chance));
  if (link.missing == 0 && thing.random.chance(hole_chance)) link.missing = 1 + static_cast<int>(thing.random.below(4));
  if (link.missing > 0 || cut_off(thing)) {
    link.missing = std::max(0, link.missing - 1);
    link.lost = true;
    link.kept.emplace_back(now_, text);
    return;
  }
  if (link.lost)
    reconnect(thing, "keep-alive-timeout");
  else if (link.mcc != thing.mcc() || thing.random.chance(question_.interval_s / session_mean_s))
    reconnect(thing, "connection-closed");
  link.lost = false;
  // What was kept is said with its own time: a base time in front of the pack (RFC 8428, 4.1).
  for (const auto& [measured, kept] : link.kept)
    append(Kind::telemetry, thing.id,
           fmt::format(R"([{{"bt":{:.0f},{})", start_us / 1e6 + measured, std::string_view(kept).substr(2)),
           "application/senml+json");
  link.kept.clear();
  append(Kind::telemetry, thing.id, text, "application/senml+json");
}

void Week::progress(std::size_t round, std::size_t rounds) const {
  const auto every = std::max<std::size_t>(1, rounds / 28);  // four times a day of seven
  if (round % every != 0) return;
  fmt::print(stderr, "day {:.2f} of {:.0f}: {} entries, {:.0f} s of CPU in detection, {:.0f} s in all\n", now_ / 86400,
             question_.days, next_, detecting_s_, cpu_seconds());
}

void Week::run() {
  found_fleet();
  plan_benign(*this);
  plan_attacks(*this);
  std::vector<std::pair<double, std::size_t>> phases;
  for (std::size_t i = 0; i < things_.size(); ++i) phases.emplace_back(dice_.unit() * question_.interval_s, i);
  std::ranges::sort(phases);
  const auto rounds = static_cast<std::size_t>(question_.days * 86400 / question_.interval_s);
  for (std::size_t round = 0; round < rounds; ++round) {
    for (const auto& [phase, index] : phases) {
      const double when = static_cast<double>(round) * question_.interval_s + phase;
      while (!acts_.empty() && acts_.top().at_s <= when) {
        const Due due = acts_.top();
        acts_.pop();
        now_ = std::max(now_, due.at_s);
        due.act();
      }
      now_ = when;
      report(index);
    }
    say("", facts::ClockTicked{});
    progress(round + 1, rounds);
  }
}

}  // namespace outrider::bench
