#include "detect/engine/engine.h"

#include <algorithm>
#include <cmath>

#include "detect/checks/fetch.h"
#include "detect/checks/gnss/gnss.h"
#include "detect/checks/identity/identity.h"
#include "detect/checks/motion/motion.h"
#include "detect/checks/physics/physics.h"
#include "detect/checks/radio/radio.h"
#include "detect/checks/tamper/tamper.h"
#include "detect/checks/traffic/traffic.h"
#include "detect/engine/risk/lifecycle.h"
#include "detect/engine/risk/risk.h"

namespace outrider::detect {
namespace {

// A device that has been quiet for two of its intervals is looked at: sooner its silence says nothing, as one report
// may be lost. Then again after half an interval, within these bounds.
constexpr double quiet_intervals = 2, quiet_s_min = 30, quiet_s_max = 14 * 86400.0;
constexpr double again_s_min = 30, again_s_max = 900;
// One that need not speak.
constexpr double asleep_s = 3600;

double quiet_s(const Contract& contract) {
  return std::clamp(quiet_intervals * contract.interval_s, quiet_s_min, quiet_s_max);
}

facts::Lifecycle lifecycle_of(const DeviceState& state) {
  return static_cast<facts::Lifecycle>(state.lifecycle);
}

void lead_on(DeviceState& state, const Observation& observation) {
  facts::Lifecycle now = lifecycle_of(state);
  if (observation.what == What::device_state) now = static_cast<facts::Lifecycle>(observation.lifecycle);
  if (observation.what == What::identity_issued) now = after_identity(now);
  if (observation.what == What::session_opened) now = after_session(now);
  state.lifecycle = static_cast<std::uint32_t>(now);
}

// What correlation wants to know of a device when it is found (Finding).
void note_whereabouts(DeviceState& state, const Reading& reading) {
  if (has(reading.lat) && has(reading.lon)) {
    state.lat = static_cast<float>(reading.lat);
    state.lon = static_cast<float>(reading.lon);
  }
  if (reading.mcc != 0) state.carrier = reading.mcc * 1000U + reading.mnc;
  if (reading.firmware != 0) state.firmware = reading.firmware;
}

// The numeric detectors take values in order of time: what a device kept and sends late is not for them.
void follow_channels(DeviceState& state, const Observation& observation, Surprises& surprises) {
  const double time_s = std::min(observation.measured_s, observation.received_s);
  if (time_s < state.channels_s) return;
  const bool explained = air_explained(state.physics, time_s);
  for (std::size_t i = 0; i < channels_max; ++i) {
    const double value = observation.reading.channels[i];
    if (!std::isfinite(value)) continue;
    state.channels_s = time_s;
    const ChannelSurprise surprise = follow(state.channels[i], time_s, value);
    const float nats = surprise.nats();
    if (nats < Surprises::nats_min || explained) continue;
    surprises.add({.check = CheckId::channel,
                   .nats = nats,
                   .observed = static_cast<float>(value),
                   .expected = surprise.expected,
                   .limit = surprise.spread,
                   .more = {static_cast<float>(i), 0}});
  }
}

}  // namespace

std::uint32_t Engine::add_device(std::string_view id, std::uint32_t contract) {
  const std::size_t before = directory_.size();
  const std::uint32_t device = directory_.add_device(id, contract);
  if (directory_.size() > before) visit_at(device, now_s_ + quiet_s(directory_.contract(contract)));
  return device;
}

void Engine::visit_at(std::uint32_t device, double at_s) {
  DeviceState& state = directory_.state(device);
  state.wake_s = std::max(static_cast<std::uint32_t>(now_s_) + 1, static_cast<std::uint32_t>(at_s));
  waker_.add(state.wake_s, device);
}

// Where it is in its life and which firmware it has had says nothing of a person, and a rollback must be seen after it.
void Engine::reset(std::uint32_t device) {
  DeviceState& state = directory_.state(device);
  DeviceState fresh;
  fresh.device = device;
  fresh.lifecycle = state.lifecycle;
  fresh.tamper.firmware = state.tamper.firmware;
  fresh.tamper.highest = state.tamper.highest;
  state = fresh;
  if (device != 0) visit_at(device, now_s_ + quiet_s(directory_.contract(directory_.contract_of(device))));
}

void Engine::forget(std::uint32_t device) {
  if (device == 0 || device >= directory_.size()) return;
  reset(device);
  memory_.physics.forget(device);
  memory_.radio.forget(device);
}

void Engine::begin_again(double now_s) {
  now_s_ = now_s;
  waker_ = {};
  for (std::uint32_t device = 0; device < directory_.size(); ++device) reset(device);
}

void Engine::expect(std::uint32_t device) const {
  if (device < directory_.size()) fetch(&directory_.state(device), offsetof(DeviceState, risk));
}

// A core has some ten requests to memory under way at a time, and a state has four times as many lines. Therefore the
// next state is not asked for at once but family by family, each while the same family judges this one (examine()).
void Engine::observe(std::span<const Observation> observations, std::vector<Finding>& findings) {
  if (!observations.empty()) memory_.expect(observations.front());
  for (std::size_t i = 0; i < observations.size(); ++i) {
    if (i + 1 < observations.size()) {
      const Observation& next = observations[i + 1];
      memory_.expect(next);
      next_ = next.device < directory_.size() ? &directory_.state(next.device) : nullptr;
    }
    observe(observations[i], findings);
    next_ = nullptr;
  }
}

void Engine::observe(const Observation& observation, std::vector<Finding>& findings) {
  now_s_ = std::max(now_s_, observation.received_s);
  wake_due(observation, findings);
  const bool just_time = observation.what == What::tick && observation.device == 0;
  if (!just_time && observation.device < directory_.size()) examine(observation, findings);
}

void Engine::wake_due(const Observation& cause, std::vector<Finding>& findings) {
  while (const auto visit = waker_.due(static_cast<std::uint32_t>(now_s_))) {
    const std::uint32_t device = visit->device;
    const DeviceState& state = directory_.state(device);
    for (const std::uint32_t soon : waker_.soon()) fetch(&directory_.state(soon), cache_line_bytes);
    if (state.wake_s != visit->at_s) continue;  // it was moved
    if (!expected_to_speak(lifecycle_of(state))) {
      visit_at(device, now_s_ + asleep_s);
      continue;
    }
    const double quiet = quiet_s(directory_.contract(directory_.contract_of(device)));
    // Who speaks just now is not silent; its checks see the gap themselves.
    const double next = device == cause.device ? now_s_ + quiet : state.last_s + quiet;
    if (next > now_s_) {
      visit_at(device, next);
      continue;
    }
    tick_.device = device;
    tick_.entry = cause.entry;
    tick_.received_s = tick_.measured_s = now_s_;
    examine(tick_, findings);
    visit_at(device, now_s_ + std::clamp(quiet / quiet_intervals / 2, again_s_min, again_s_max));
  }
}

void Engine::examine(const Observation& observation, std::vector<Finding>& findings) {
  DeviceState& state = directory_.state(observation.device);
  const bool readings = observation.what == What::report || observation.what == What::event;
  if (observation.what != What::tick) {
    const auto before = lifecycle_of(state);
    lead_on(state, observation);
    if (observation.device != 0 && lifecycle_of(state) != before && expected_to_speak(lifecycle_of(state)))
      visit_at(observation.device, now_s_ + quiet_s(directory_.contract(directory_.contract_of(observation.device))));
    if (state.observations++ == 0) state.first_s = now_s_;
    state.last_s = now_s_;
    state.last_entry = observation.entry;
    if (readings) note_whereabouts(state, observation.reading);
  }
  const Context context{directory_.contract(directory_.contract_of(observation.device)), now_s_, memory_,
                        lifecycle_of(state)};
  const auto fetch_next = [this](auto... parts) {
    if (next_ != nullptr) (fetch(next_->*parts), ...);
  };
  surprises_.begin(observation);
  fetch_next(&DeviceState::device, &DeviceState::identity);
  check_identity(state.identity, observation, context, surprises_);
  fetch_next(&DeviceState::traffic);
  check_traffic(state.traffic, observation, context, surprises_);
  if (observation.device != 0) {  // nobody has no body
    fetch_next(&DeviceState::motion);
    check_motion(state.motion, observation, context, surprises_);
    fetch_next(&DeviceState::gnss);
    check_gnss(state.gnss, observation, context, surprises_);
    if (!surprises_.all().empty()) fetch(state.risk);  // seldom needed, and then soon
    fetch_next(&DeviceState::radio);
    check_radio(state.radio, observation, context, surprises_);
    fetch_next(&DeviceState::physics);
    check_physics(state.physics, observation, context, surprises_);
    fetch_next(&DeviceState::tamper, &DeviceState::channels);
    check_tamper(state.tamper, observation, context, surprises_);
    if (readings) follow_channels(state, observation, surprises_);
  }
  if (!surprises_.all().empty()) judge(state.risk, observation, findings);
}

void Engine::judge(RiskState& risk, const Observation& observation, std::vector<Finding>& findings) {
  const DeviceState& state = directory_.state(observation.device);
  std::uint32_t touched = 0;  // a bit a threat
  static_assert(static_cast<int>(Threat::anomaly) < 32);
  for (Evidence evidence : surprises_.all()) {
    evidence.nats *= static_cast<float>(factor(evidence.check, observation.device));
    if (evidence.nats < Surprises::nats_min || !matters(lifecycle_of(state), evidence.threat)) continue;
    evidence.nats = std::min(evidence.nats, Surprises::nats_max);
    const std::uint32_t bit = 1U << static_cast<unsigned>(evidence.threat);
    if ((touched & bit) == 0) forget_over(risk, evidence.threat, now_s_, tuning_);
    touched |= bit;
    remember(risk, evidence, now_s_);
  }
  for (const ThreatInfo& about : threats()) {
    if ((touched & 1U << static_cast<unsigned>(about.threat)) == 0) continue;
    Finding finding = assess(risk, about.threat, now_s_, tuning_);
    finding.entry = observation.entry;
    if (!worth_saying(risk, finding, now_s_)) continue;
    finding.device = observation.device;
    finding.at_s = now_s_;
    finding.lat = state.lat;
    finding.lon = state.lon;
    finding.carrier = state.carrier;
    finding.firmware = state.firmware;
    finding.profile = directory_.contract_of(observation.device);
    findings.push_back(finding);
  }
}

double Engine::factor(CheckId check, std::uint32_t device) const {
  if (tuning_.dials.empty()) return 1;
  double product = 1;
  for (const std::string& profile : {std::string(), contract(contract_of(device)).profile}) {
    if (const auto dial = tuning_.dials.find({check, profile}); dial != tuning_.dials.end())
      product *= dial->second.enabled ? dial->second.factor : 0;
    if (contract(contract_of(device)).profile.empty()) break;
  }
  return product;
}

}  // namespace outrider::detect
