#include "sim/breach/breach.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <set>
#include <thread>

#include "base/file.h"
#include "base/json.h"
#include "sim/breach/attacker.h"
#include "sim/breach/life.h"
#include "sim/breach/stolen.h"
#include "sim/breach/watch.h"
#include "sim/files/devices_file.h"
#include "sim/model/catalogue.h"
#include "sim/run/resolve.h"

namespace outrider::sim {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::size_t ca_bytes_max = 64UL * 1024;
constexpr std::size_t token_bytes_max = 4096;
constexpr auto start_patience = 10min;  // ten thousand devices enrol in one to three minutes
constexpr auto look_every = 500ms;
constexpr auto afterthought = 3s;  // how long a step that was refused altogether may still be noticed

volatile std::sig_atomic_t interrupted = 0;
void interrupt(int) {
  interrupted = 1;
}

// The states that end or restrict what a device may do (docs/lifecycle.md).
bool contains(const Seen& seen) {
  if (seen.kind == "identity.revoked" || seen.kind == "actuation.held") return true;
  static const std::set<std::string_view> states{"quarantined", "lost", "stolen", "retired"};
  return seen.kind == "device.state-changed" && states.contains(seen.text);
}

bool in_the_name_of_others(Attack attack) {
  return attack == Attack::foreign_topics || attack == Attack::foreign_client_ids ||
         attack == Attack::forged_certificates || attack == Attack::foreign_tickets ||
         attack == Attack::foreign_enrolment;
}

class Play {
 public:
  Play(const BreachSettings& settings, net::HttpEndpoint api)
      : settings_(settings), watch_(std::move(api), settings.fleet.fleet) {}
  Result<BreachReport> run();

 private:
  Result<void> cast();
  Result<void> wait_for_fleet(const Life& life);
  Result<void> steal();
  Result<Verdict> step(const Step& step);
  void judge(const Step& step, Timestamp began, Verdict& verdict) const;
  bool rest(std::chrono::milliseconds time);
  Result<void> revoke(const DeviceId& device);
  double seconds(Timestamp at) const { return std::chrono::duration<double>(at - began_).count(); }
  void say(const std::string& line) const {
    fmt::print(stderr, "{:8.1f} s  {}\n", seconds(system_clock().now()), line);
  }
  void tell_news();

  const BreachSettings& settings_;
  Watch watch_;
  Attacker attacker_;
  BreachReport report_;
  Timestamp began_ = system_clock().now();
  steady_clock::time_point looked_;
  std::size_t told_ = 0;
  std::map<std::string, Seen> contained_;  // by device, the first
};

Result<void> Play::cast() {
  TRY(const std::string csv, read_text_file(settings_.fleet.devices_file, devices_file_bytes_max));
  TRY(const auto lines, parse_devices(csv, settings_.fleet.devices_file.string()));
  report_.devices = lines.size();
  for (const auto& line : lines) {
    if (line.profile.value == settings_.scenario.profile && attacker_.stolen.size() < settings_.scenario.stolen) {
      TRY(const auto* entry, model_of(line.profile.value));
      Stolen stolen{.device = line.device};
      stolen.model = entry->make({.seed = seed_of(settings_.fleet.seed, line.device.value), .boot_count = 1});
      attacker_.stolen.push_back(std::move(stolen));
    } else {
      attacker_.others.push_back(line.device);
    }
  }
  if (attacker_.stolen.size() < settings_.scenario.stolen)
    return fail(Errc::not_found, "too-few-devices",
                fmt::format("the scenario needs {} devices of profile '{}'", settings_.scenario.stolen,
                            settings_.scenario.profile));
  if (attacker_.others.empty()) return fail(Errc::not_found, "nobody-else", "the fleet has no other devices");
  return {};
}

Result<void> Play::wait_for_fleet(const Life& life) {
  const auto deadline = steady_clock::now() + start_patience;
  std::uint64_t shown = 0;
  while (!interrupted) {
    TRY(const auto summary, life.look());
    if (summary && summary->devices_online >= report_.devices) return {};
    if (summary && summary->devices_online / 500 != shown / 500) {
      shown = summary->devices_online;
      say(fmt::format("{} of {} devices are online", shown, report_.devices));
    }
    if (steady_clock::now() > deadline)
      return fail(Errc::unavailable, "fleet-slow", "the fleet did not come online in time");
    std::this_thread::sleep_for(200ms);
  }
  return fail(Errc::unavailable, "interrupted", "interrupted");
}

Result<void> Play::steal() {
  TRY(const auto keys, copy_keys(settings_.fleet.state));
  const double lived = std::chrono::duration<double>(system_clock().now() - began_).count();
  for (auto& stolen : attacker_.stolen) {
    const auto found = keys.find(stolen.device.value);
    if (found == keys.end())
      return fail(Errc::not_found, "no-key",
                  fmt::format("'{}' has no key in the state directory", stolen.device.value));
    stolen.credentials = found->second;
    const net::TlsIdentity identity(stolen.credentials.chain, Secret(std::string_view(stolen.credentials.key)));
    TRY(stolen.credential, attacker_.tls->credential(identity));
    stolen.model->advance(lived);  // so that its reports continue the device's own
  }
  return {};
}

bool Play::rest(std::chrono::milliseconds time) {
  const auto until = steady_clock::now() + time;
  for (;;) {
    if (steady_clock::now() - looked_ >= look_every) {
      looked_ = steady_clock::now();
      (void)watch_.look();
      tell_news();
    }
    if (interrupted) return false;
    const auto left = until - steady_clock::now();
    if (left <= 0ms) return true;
    std::this_thread::sleep_for(std::min<steady_clock::duration>(left, 50ms));
  }
}

void Play::tell_news() {
  const auto& seen = watch_.seen();
  for (; told_ < seen.size(); ++told_) {
    const Seen& one = seen[told_];
    const std::string who = one.device.empty() ? fmt::format("{} devices", one.devices.size()) : one.device;
    const std::string what = one.threat.empty()
                                 ? fmt::format("{} {} {}", one.kind, who, one.text)
                                 : fmt::format("{} {} ({}) {}: {}", one.kind, one.threat, one.level, who, one.text);
    report_.timeline.push_back({seconds(one.at), what, one.entry});
    if (contains(one) && !one.device.empty()) contained_.emplace(one.device, one);
    say("server: " + what.substr(0, 200));
  }
}

Result<void> Play::revoke(const DeviceId& device) {
  const std::string base = fmt::format("/fleets/{}/identities", settings_.fleet.fleet.value);
  TRY(const auto found, watch_.get(base, {{"device", device.value}}));
  const auto* items = found.is_object() ? found.get_object().if_contains("items") : nullptr;
  if (items == nullptr || !items->is_array()) return fail(Errc::malformed, "api", "no list of identities");
  for (const auto& each : items->get_array()) {
    if (!each.is_object()) continue;
    const auto& one = each.get_object();
    const auto* revoked = one.if_contains("revoked");
    const auto* serial = one.if_contains("serial");
    if (serial == nullptr || !serial->is_string() || (revoked != nullptr && !revoked->is_null())) continue;
    TRY(const auto done,
        watch_.post(fmt::format("{}/{}/revoke", base, std::string(serial->get_string())), {{"why", "keyCompromise"}}));
    (void)done;
  }
  return {};
}

void Play::judge(const Step& step, Timestamp began, Verdict& verdict) const {
  for (const Seen& one : watch_.seen()) {
    if (one.at < began) continue;
    const bool about =
        one.device == verdict.victim || std::ranges::find(one.devices, verdict.victim) != one.devices.end();
    if (!about) continue;
    const double after = std::chrono::duration<double>(one.at - began).count();
    if (!one.threat.empty() && !verdict.detected_after_s &&
        (step.detect.empty() || std::ranges::find(step.detect, one.threat) != step.detect.end())) {
      verdict.detected_after_s = after;
      verdict.detected_as = one.threat;
      verdict.entries.push_back(one.entry);
    }
    if (contains(one) && !verdict.contained_after_s) {
      verdict.contained_after_s = after;
      verdict.contained_by = one.kind + (one.text.empty() ? "" : " " + one.text);
      verdict.entries.push_back(one.entry);
    }
  }
  if (const auto before = contained_.find(verdict.victim);
      !verdict.contained_after_s && before != contained_.end() && before->second.at < began) {
    verdict.contained_after_s = 0;
    verdict.contained_by = "already " + before->second.text;
    verdict.entries.push_back(before->second.entry);
  }
}

Result<Verdict> Play::step(const Step& step) {
  Verdict out{.step = step.name,
              .title = step.title,
              .victim = attacker_.stolen.at(step.victim).device.value,
              .impersonation = in_the_name_of_others(step.attack)};
  const Timestamp began = system_clock().now();
  out.began_s = seconds(began);
  say("attacker: " + step.title);
  report_.timeline.push_back({out.began_s, "attacker: " + step.title, std::nullopt});
  auto tally = play(attacker_, step);
  if (!tally) return std::unexpected(std::move(tally).error().during("playing step " + step.name));
  out.attempts = tally->attempts;
  out.accepted = tally->accepted;
  out.refused = tally->refused;
  for (const auto& [reason, count] : tally->answers) out.answers.push_back({reason, count});
  const bool all_refused = out.accepted == 0;
  const auto deadline =
      steady_clock::now() + (all_refused ? std::chrono::milliseconds(afterthought) : settings_.scenario.contain_within);
  for (;;) {
    Verdict judged = out;
    judge(step, began, judged);
    const bool enough = judged.detected_after_s && (all_refused || judged.contained_after_s);
    if (enough || steady_clock::now() >= deadline || !rest(look_every)) {
      out = std::move(judged);
      break;
    }
  }
  const auto within = [](const std::optional<double>& after, std::chrono::milliseconds limit) {
    return after && *after <= std::chrono::duration<double>(limit).count();
  };
  out.held = all_refused || (!out.impersonation && within(out.detected_after_s, settings_.scenario.detect_within) &&
                             within(out.contained_after_s, settings_.scenario.contain_within));
  return out;
}

Result<BreachReport> Play::run() {
  report_.scenario = settings_.scenario.id;
  CHECK(cast());
  TRY(const std::string ca, read_text_file(settings_.fleet.ca, ca_bytes_max));
  TRY(attacker_.tls, net::ClientTls::create({.server_anchors_pem = ca, .resumption = true}));
  TRY(attacker_.mqtt, resolve(settings_.fleet.mqtt_host, settings_.fleet.mqtt_port));
  attacker_.mqtt_host = settings_.fleet.mqtt_host;
  TRY(attacker_.est, net::HttpEndpoint::from_url(settings_.fleet.est));
  attacker_.est.tls = attacker_.tls;
  attacker_.fleet = settings_.fleet.fleet;
  attacker_.random = Random(settings_.fleet.seed);
  attacker_.rest = [this](std::chrono::milliseconds time) { return rest(time); };
  attacker_.revoke = [this](const DeviceId& device) { return revoke(device); };

  TRY(const auto life, Life::begin(settings_.fleet));
  CHECK(wait_for_fleet(life));
  CHECK(watch_.begin());
  say(fmt::format("all {} devices are online", report_.devices));
  if (!rest(settings_.scenario.settle)) return fail(Errc::unavailable, "interrupted", "interrupted");
  CHECK(steal());
  report_.held = true;
  for (const Step& each : settings_.scenario.steps) {
    TRY(auto verdict, step(each));
    if (verdict.impersonation) {
      report_.impersonations += verdict.attempts;
      report_.impersonations_accepted += verdict.accepted;
    }
    report_.held = report_.held && verdict.held;
    say(fmt::format("{}: {} of {} refused{}{}", verdict.held ? "held" : "NOT HELD", verdict.refused, verdict.attempts,
                    verdict.detected_as ? ", detected as " + *verdict.detected_as : "",
                    verdict.contained_by ? ", " + *verdict.contained_by : ""));
    report_.steps.push_back(std::move(verdict));
    if (interrupted) return fail(Errc::unavailable, "interrupted", "interrupted");
  }
  std::ranges::sort(report_.timeline, {}, &Moment::at_s);
  return std::move(report_);
}

}  // namespace

Result<BreachReport> play_breach(const BreachSettings& settings) {
  std::signal(SIGINT, interrupt);
  std::signal(SIGTERM, interrupt);
  TRY(auto api, net::HttpEndpoint::from_url(settings.api));
  TRY(const std::string ca, read_text_file(settings.fleet.ca, ca_bytes_max));
  TRY(api.tls, net::ClientTls::create({.server_anchors_pem = ca}));
  TRY(const std::string token, read_text_file(settings.token_file, token_bytes_max));
  api.bearer = token.substr(0, token.find_first_of("\r\n"));
  Play play(settings, std::move(api));
  return play.run();
}

std::string to_text(const BreachReport& report) {
  std::string out = fmt::format("{}: {} devices\n\n{:<22} {:>9} {:>9} {:>10} {:>10}  {}\n", report.scenario,
                                report.devices, "step", "refused", "attempts", "detected", "contained", "how");
  const auto time = [](const std::optional<double>& after) { return after ? fmt::format("{:.1f} s", *after) : "-"; };
  for (const auto& step : report.steps) {
    std::string how;
    for (const auto& answer : step.answers)
      how += fmt::format("{}{} ({})", how.empty() ? "" : ", ", answer.reason, answer.count);
    if (step.detected_as) how += fmt::format("{}{}", how.empty() ? "" : "; ", *step.detected_as);
    if (step.contained_by) how += fmt::format("; {}", *step.contained_by);
    out += fmt::format("{:<22} {:>9} {:>9} {:>10} {:>10}  {}{}\n", step.step, step.refused, step.attempts,
                       time(step.detected_after_s), time(step.contained_after_s), step.held ? "" : "NOT HELD: ", how);
  }
  out += fmt::format("\nIn the name of others: {} tried, {} accepted. {}\n", report.impersonations,
                     report.impersonations_accepted,
                     report.held ? "Every step was refused, or detected and contained in time."
                                 : "Not every step was refused, or detected and contained in time.");
  return out;
}

}  // namespace outrider::sim
