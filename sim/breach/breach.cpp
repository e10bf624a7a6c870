#include "sim/breach/breach.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <set>
#include <thread>

#include "base/file.h"
#include "base/json.h"
#include "sim/breach/attacker/attacker.h"
#include "sim/breach/attacker/stolen.h"
#include "sim/breach/judge.h"
#include "sim/breach/life.h"
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
constexpr auto look_every = 1s;
constexpr std::size_t news_columns = 200;
constexpr auto second_thoughts = 15s;  // pages wait 5 s for their like
constexpr auto afterthought = 3s;      // how long a step that was refused altogether may still be noticed

volatile std::sig_atomic_t interrupted = 0;
void interrupt(int) {
  interrupted = 1;
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
  Result<void> wait_for_fleet();
  Result<void> steal();
  Result<Verdict> step(const Step& step);
  Result<void> choose_targets(const Step& step);
  void count_flood(const Summary& before, Verdict& verdict) const;
  std::chrono::milliseconds patience(const Step& step, bool refused_altogether) const;
  bool all_back();
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
  std::optional<Life> life_;
  std::vector<std::string> candidates_;    // of the scenario's profile, none of them stolen
  std::size_t next_target_ = 0;            // of these
  std::set<std::string> touched_;          // by this step or an earlier one
  std::map<std::string, Seen> contained_;  // by device, the first
};

Result<void> Play::cast() {
  TRY(const std::string csv, read_text_file(settings_.fleet.devices_file, devices_file_bytes_max));
  TRY(const auto lines, parse_devices(csv, settings_.fleet.devices_file.string()));
  report_.devices = lines.size();
  for (const auto& line : lines) {
    const bool fits = settings_.scenario.profile.empty() || line.profile.value == settings_.scenario.profile;
    if (fits && attacker_.stolen.size() < settings_.scenario.stolen) {
      TRY(const auto* entry, model_of(line.profile.value));
      Stolen stolen{.device = line.device};
      stolen.model = entry->make({.seed = seed_of(settings_.fleet.seed, line.device.value), .boot_count = 1});
      attacker_.stolen.push_back(std::move(stolen));
    } else {
      attacker_.others.push_back(line.device);
      if (fits) candidates_.push_back(line.device.value);
    }
  }
  if (attacker_.stolen.size() < settings_.scenario.stolen)
    return fail(Errc::not_found, "too-few-devices",
                fmt::format("the scenario needs {} devices of profile '{}'", settings_.scenario.stolen,
                            settings_.scenario.profile));
  if (attacker_.others.empty()) return fail(Errc::not_found, "nobody-else", "the fleet has no other devices");
  return {};
}

Result<void> Play::wait_for_fleet() {
  const auto deadline = steady_clock::now() + start_patience;
  std::uint64_t shown = 0;
  while (!interrupted) {
    TRY(const auto summary, life_->look());
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

// How long something may still come of it after it was tried, or while it goes on.
std::chrono::milliseconds Play::patience(const Step& step, bool refused_altogether) const {
  if (refused_altogether) return afterthought;
  switch (step.expect) {
    case Expect::contained:
      return settings_.scenario.contain_within;
    case Expect::quiet:
      return second_thoughts;
    case Expect::paged:
    case Expect::noticed:
      break;
  }
  return settings_.scenario.detect_within;
}

bool Play::all_back() {
  const auto deadline = steady_clock::now() + start_patience;
  while (steady_clock::now() < deadline && rest(look_every)) {
    const auto summary = life_->look();
    if (!summary) return false;
    if (*summary && (*summary)->devices_online >= report_.devices) return true;
  }
  return false;
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
    const std::string who =
        one.devices.empty() || !one.device.empty() ? one.device : fmt::format("{} devices", one.devices.size());
    const std::string what = one.threat.empty()
                                 ? fmt::format("{} {} {}", one.kind, who, one.text)
                                 : fmt::format("{} {} ({}) {}: {}", one.kind, one.threat, one.level, who, one.text);
    report_.timeline.push_back({seconds(one.at), what, one.entry});
    if (shuts_out(one) && !one.device.empty()) contained_.emplace(one.device, one);
    say(shortened("server: " + what, news_columns));
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

// Whom the step befalls: devices that nothing was done to yet.
Result<void> Play::choose_targets(const Step& step) {
  attacker_.targets.clear();
  if (!befalls(step.attack)) return {};
  for (; attacker_.targets.size() < step.devices && next_target_ < candidates_.size(); ++next_target_)
    attacker_.targets.push_back(candidates_[next_target_]);
  if (attacker_.targets.size() < step.devices)
    return fail(Errc::not_found, "too-few-devices",
                fmt::format("step '{}' needs {} devices of profile '{}'; the fleet has {} that nothing was done to",
                            step.name, step.devices, settings_.scenario.profile, attacker_.targets.size()));
  if (step.devices != 0) return {};
  for (const auto& device : attacker_.stolen) attacker_.targets.push_back(device.device.value);
  for (const auto& device : attacker_.others) attacker_.targets.push_back(device.value);
  return {};
}

// Refused by the server, or not: what infected firmware sends goes over the devices' own sessions.
void Play::count_flood(const Summary& before, Verdict& verdict) const {
  const auto now = life_->look();
  if (!now || !*now) return;
  verdict.attempts = (*now)->reports_sent - before.reports_sent;
  verdict.refused = std::min(verdict.attempts, (*now)->refused - before.refused);
  verdict.accepted = verdict.attempts - verdict.refused;
}

Result<Verdict> Play::step(const Step& step) {
  CHECK(choose_targets(step));
  Verdict out{.step = step.name,
              .title = step.title,
              .expect = step.expect,
              .impersonation = in_the_name_of_others(step.attack)};
  Scope scope{.limits = settings_.scenario, .step = step, .victims = attacker_.targets, .touched = touched_};
  if (!befalls(step.attack)) scope.victims = {attacker_.stolen.at(step.victim).device.value};
  touched_.insert(scope.victims.begin(), scope.victims.end());
  out.victim = scope.victims.front();
  out.devices = scope.victims.size();
  scope.touched = touched_;
  scope.began = system_clock().now();
  out.began_s = seconds(scope.began);
  say("attacker: " + step.title);
  report_.timeline.push_back({out.began_s, "attacker: " + step.title, std::nullopt});
  TRY(const auto before, life_->look());
  auto tally = play(attacker_, step);
  if (!tally) return std::unexpected(std::move(tally).error().during("playing step " + step.name));
  out.attempts = tally->attempts;
  out.accepted = tally->accepted;
  out.refused = tally->refused;
  for (const auto& [reason, count] : tally->answers) out.answers.push_back({reason, count});
  const auto deadline = steady_clock::now() + patience(step, refused_altogether(out));
  for (;;) {
    Verdict judged = out;
    judge(watch_.seen(), scope, contained_, judged);
    const bool over = step.expect == Expect::quiet ? steady_clock::now() >= deadline : enough(judged);
    if (over || steady_clock::now() >= deadline || !rest(look_every)) {
      out = std::move(judged);
      break;
    }
  }
  if (step.attack == Attack::flood && before) count_flood(*before, out);
  out.held = held(scope, out);
  // A thief does not bring it back.
  if (befalls(step.attack) && step.attack != Attack::theft)
    CHECK(life_->tell({.what = Deed::calm, .devices = attacker_.targets}));
  return out;
}

Result<BreachReport> Play::run() {
  report_.scenario = settings_.scenario.id;
  report_.title = settings_.scenario.title;
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

  attacker_.order = [this](const Order& order) { return life_->tell(order); };
  attacker_.all_back = [this] { return all_back(); };

  TRY(auto life, Life::begin(settings_.fleet));
  life_.emplace(std::move(life));
  CHECK(wait_for_fleet());
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
    say(in_short(verdict));
    report_.steps.push_back(std::move(verdict));
    if (interrupted) return fail(Errc::unavailable, "interrupted", "interrupted");
  }
  std::ranges::sort(report_.timeline, {}, &Moment::at_s);
  return std::move(report_);
}

}  // namespace

Result<BreachReport> play_breach(BreachSettings settings) {
  std::signal(SIGINT, interrupt);
  std::signal(SIGTERM, interrupt);
  std::signal(SIGPIPE, SIG_IGN);  // a fleet that has ended is noticed where orders are written
  const Scenario& scenario = settings.scenario;
  if (!settings.fleet.interval) settings.fleet.interval = scenario.interval;
  settings.fleet.gathering = scenario.gathering;
  settings.fleet.orders = std::ranges::any_of(
      scenario.steps, [](const Step& step) { return befalls(step.attack) || step.attack == Attack::moved_sim; });
  TRY(auto api, net::HttpEndpoint::from_url(settings.api));
  TRY(const std::string ca, read_text_file(settings.fleet.ca, ca_bytes_max));
  TRY(api.tls, net::ClientTls::create({.server_anchors_pem = ca}));
  TRY(const std::string token, read_text_file(settings.token_file, token_bytes_max));
  api.bearer = token.substr(0, token.find_first_of("\r\n"));
  Play play(settings, std::move(api));
  return play.run();
}

}  // namespace outrider::sim
