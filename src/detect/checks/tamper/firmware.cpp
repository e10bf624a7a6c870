// The firmware that a device says it runs.

#include <algorithm>
#include <cmath>

#include "detect/checks/tamper/tamper.h"
#include "detect/input/readings/firmware.h"

namespace outrider::detect {
namespace {

// A device whose new firmware does not come up goes back by itself, within its first hours.
constexpr double fallback_s = 2 * 3600;
constexpr float fallback_nats = 4;
// So many others went down to the same version: somebody leads them.
constexpr std::uint32_t led_down = 3;
constexpr float rollback_nats = 15;
constexpr std::uint32_t peers_least = 10;
constexpr float unknown_nats_max = 8;
constexpr double compare_every_s = 86400;
constexpr double stale_days = 3;
constexpr double moved_on_share = 0.7;
constexpr float stale_nats_max = 5;

void check_stale(TamperState& state, const Context& context, Surprises& surprises) {
  if (context.now_s - state.stale_s < compare_every_s) return;
  state.stale_s = static_cast<std::uint32_t>(context.now_s);
  const auto most = context.fleet.tamper.majority(context.contract.profile);
  if (most.devices < peers_least || most.share < moved_on_share || !ordered(most.version) || !ordered(state.firmware) ||
      state.firmware >= most.version)
    return;
  const double days = (context.now_s - most.since_s) / 86400;
  if (days < stale_days) return;
  // Peers took `days` to be most, so whoever is left is among the last share of them.
  surprises.add({.check = CheckId::firmware_stale,
                 .nats = std::min(stale_nats_max,
                                  static_cast<float>(-std::log(1 - most.share + 0.01) + std::log(days / stale_days))),
                 .observed = static_cast<float>(days),
                 .expected = static_cast<float>(most.share),
                 .limit = static_cast<float>(stale_days)});
}

float part(std::uint64_t version, unsigned number) {
  return static_cast<float>(version >> (48U - 16U * number) & 0xFFFFU);
}

// Major and minor in one figure, which a float holds exactly.
float release(std::uint64_t version) {
  return std::min(part(version, 0), 255.0F) * 65536 + part(version, 1);
}

void say_older(TamperState& state, std::uint64_t firmware, const TamperMemory::Peers& peers, const Context& context,
               Surprises& surprises) {
  const double since_raised = context.now_s - state.raised_s;
  const bool excused = since_raised < fallback_s || peers.lowered >= led_down;
  surprises.add({.check = excused ? CheckId::firmware_fallback : CheckId::firmware_rollback,
                 .nats = excused ? fallback_nats : rollback_nats,
                 .observed = release(firmware),
                 .expected = release(state.highest),
                 .limit = part(state.highest, 2),
                 .more = {part(firmware, 2), static_cast<float>(since_raised / 3600)}});
}

}  // namespace

void check_firmware(TamperState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  const std::uint64_t firmware = observation.reading.firmware;
  if (firmware == state.firmware) return check_stale(state, context, surprises);
  const double measured_s = std::min(observation.measured_s, context.now_s);
  if (measured_s < state.raised_s) return;  // said before the update, heard after it
  const std::uint64_t from = std::exchange(state.firmware, firmware);
  const auto peers = context.fleet.tamper.change(context.contract.profile, from, firmware, context.now_s);
  const bool first = from == 0;
  if (!first && !peers.known && peers.devices >= peers_least) {
    // The first of a rollout is unknown, too, and higher than all.
    const auto nats = static_cast<float>(-std::log(std::min(1.0, peers.discovery))) * (peers.newest ? 0.5F : 1);
    surprises.add({.check = CheckId::firmware_unknown,
                   .nats = std::min(unknown_nats_max, nats),
                   .observed = peers.newest ? 1.0F : 0.0F,
                   .expected = static_cast<float>(peers.discovery),
                   .limit = static_cast<float>(peers.devices)});
  }
  if (!ordered(firmware)) return;
  if (firmware < state.highest) return say_older(state, firmware, peers, context, surprises);
  state.highest = firmware;
  state.raised_s = static_cast<std::uint32_t>(measured_s);
}

}  // namespace outrider::detect
