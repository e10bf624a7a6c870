// Do the SIM, the subscriber and the modem still belong together?
#include <algorithm>
#include <cmath>

#include "detect/checks/radio/moment.h"

namespace outrider::detect {
namespace {

constexpr std::uint32_t excuse_s = one_day_s;  // a device that was re-enrolled or returned to service was in a workshop
constexpr std::uint32_t shared_s = 30 * one_day_s;  // a SIM that the other one has not used for so long was given on
constexpr int placeholder_devices = 4;  // a "SIM" of so many devices is what their firmware says when it knows none
constexpr double swapped = 0.9;         // P(sign | swapped)

std::uint64_t name_of(const Reading& reading) {
  return reading.iccid != 0 ? reading.iccid : reading.imsi;
}
std::uint64_t name_of(const SimCard& sim) {
  return sim.iccid != 0 ? sim.iccid : sim.imsi;
}
bool differ(std::uint64_t a, std::uint64_t b) {  // absent is no difference
  return a != 0 && b != 0 && a != b;
}

bool was_here(const RadioState& state, std::uint64_t sim) {
  return std::ranges::any_of(state.known, [&](const SimCard& known) { return name_of(known) == sim; });
}

void check_shared(const RadioState& state, const Moment& moment, std::uint64_t sim) {
  auto& memory = moment.context.fleet.radio;
  const auto device = moment.observation.device;
  const auto now = static_cast<std::uint32_t>(moment.context.now_s);
  SimHolder* before = memory.holder(sim);
  const bool other = before != nullptr && before->device != 0 && before->device != device;
  if (before == nullptr) memory.rates.sim_shared.count(false);
  if (other && now - before->last_s < shared_s && std::popcount(before->devices) < placeholder_devices &&
      now >= state.excused_until_s) {
    moment.surprises.add({.check = CheckId::sim_elsewhere,
                          .nats = static_cast<float>(std::log(swapped / memory.rates.sim_shared.share(1000))),
                          .observed = static_cast<float>(now - before->last_s),
                          .limit = static_cast<float>(memory.rates.sim_shared.of),
                          .entries = {moment.observation.entry, before->entry},
                          .entries_used = 2});
    memory.rates.sim_shared.count(true);
  }
  SimHolder& holder = memory.hold(sim, moment.context.now_s);
  holder.device = device;
  holder.entry = moment.observation.entry;
  holder.devices |= device_bit(device);
}

}  // namespace

void release_sim(RadioState& state, const Observation& observation, const Context& context) {
  // The first enrolment is no workshop: there is no pairing yet that it could change.
  if (name_of(state.sim) == 0 && state.imei == 0) return;
  state.excused_until_s = static_cast<std::uint32_t>(context.now_s) + excuse_s;
  if (context.lifecycle != facts::Lifecycle::retired || name_of(state.sim) == 0) return;
  if (SimHolder* holder = context.fleet.radio.holder(name_of(state.sim));
      holder && holder->device == observation.device)
    holder->device = 0;
}

void check_sim(RadioState& state, const Moment& moment) {
  const Reading& reading = moment.reading();
  const auto sim = name_of(reading);
  if (sim == 0 && reading.imei == 0) return;
  auto& rates = moment.context.fleet.radio.rates;
  const auto now = static_cast<std::uint32_t>(moment.context.now_s);
  const bool excused = now < state.excused_until_s;

  const bool other_sim = differ(state.sim.iccid, reading.iccid) || differ(state.sim.imsi, reading.imsi);
  const bool other_modem = differ(state.imei, reading.imei);
  // An eSIM that goes back to a profile it had before, in the same modem.
  const bool profile_switch = other_sim && !other_modem && was_here(state, sim);
  if (now / one_day_s != state.sim_day) {
    state.sim_day = now / one_day_s;
    rates.sim_changed.count(other_sim && !profile_switch && !excused);
    rates.imei_changed.count(other_modem && !excused);
  }
  if (!excused && other_modem) {
    // Once in two thousand days a modem is replaced and nobody says so, before we know better.
    double nats = std::log(swapped / rates.imei_changed.share(2000));
    if (other_sim && !profile_switch) nats += std::log(2.0);  // nothing but the identity is the same
    moment.say(CheckId::sim_pairing, nats, 2, other_sim ? 1 : 0, rates.imei_changed.of);
  } else if (!excused && other_sim && !profile_switch) {
    moment.say(CheckId::sim_pairing, std::log(swapped / rates.sim_changed.share(1000)), 1,
               state.sim.iccid == reading.iccid ? 1 : 0, rates.sim_changed.of);
  }
  if (sim != 0 && (other_sim || name_of(state.sim) != sim || now / 3600 != state.sim_hour)) {
    check_shared(state, moment, sim);
    state.sim_hour = now / 3600;
  }

  if (other_sim) {
    std::ranges::rotate(state.known, state.known + 1);
    state.known[0] = state.sim;
    state.sim = {};
  }
  if (reading.iccid != 0) state.sim.iccid = reading.iccid;
  if (reading.imsi != 0) state.sim.imsi = reading.imsi;
  if (reading.imei != 0) state.imei = reading.imei;
}

}  // namespace outrider::detect
