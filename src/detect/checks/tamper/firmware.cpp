// The firmware that a device says it runs: against what its profile says is released, and, where that is silent,
// against what it ran before and what its peers run.
#include <algorithm>
#include <cmath>

#include "detect/checks/tamper/released.h"
#include "detect/checks/tamper/tamper.h"

namespace outrider::detect {
namespace {

// A device whose new firmware does not come up goes back by itself, within its first hours.
constexpr double fallback_s = 2 * 3600;
constexpr float fallback_nats = 4;
// So many others went down to the same version just before: somebody leads them. Who, only the profile can say.
constexpr std::uint32_t led_down = 3;
constexpr float rollback_nats = 15;
constexpr std::uint32_t peers_least = 10;
constexpr float unknown_nats_max = 8;
// What the profile does not list was never released to these devices: not chance, but as often an operator who has
// forgotten to list it. A person has to look; a page needs more.
constexpr float unlisted_nats = 9;
// The same of what had to be there by now: stragglers are no attack in themselves.
constexpr float overdue_nats = 7.5F;
constexpr double compare_every_s = 86400;
constexpr double stale_days = 3;
constexpr double moved_on_share = 0.7;
constexpr float stale_nats_max = 5;

float part(std::uint64_t version, unsigned number) {
  return static_cast<float>(version >> (48U - 16U * number) & 0xFFFFU);
}

// Major and minor in one figure, which a float holds exactly; of what is no number its place in the profile's list,
// counted from −1 downwards.
float release(const ReleasedFirmware& released, std::uint64_t version) {
  if (ordered(version)) return std::min(part(version, 0), 255.0F) * 65536 + part(version, 1);
  const auto place = std::ranges::find(released.versions, version) - released.versions.begin();
  return -1.0F - static_cast<float>(place);
}
float patch(std::uint64_t version) {
  return ordered(version) ? part(version, 2) : 0;
}

void say_unlisted(std::uint64_t firmware, const Context& context, Surprises& surprises) {
  const auto& released = context.contract.firmware;
  surprises.add({.check = CheckId::firmware_unlisted,
                 .nats = unlisted_nats,
                 .observed = ordered(firmware) ? release(released, firmware) : -1,
                 .expected = release(released, released.current),
                 .limit = static_cast<float>(released.versions.size()),
                 .more = {patch(firmware), patch(released.current)}});
}

// Not before it has been heard for a day since the release: who wakes up after the day in question must be able to.
void check_overdue(const TamperState& state, double compared_s, const Context& context, Surprises& surprises) {
  const auto& released = context.contract.firmware;
  if (!has(released.by_s) || context.now_s < released.by_s || compared_s == 0 || compared_s < released.since_s ||
      !older(released, state.firmware, released.current))
    return;
  surprises.add({.check = CheckId::firmware_overdue,
                 .nats = overdue_nats,
                 .observed = release(released, state.firmware),
                 .expected = release(released, released.current),
                 .limit = patch(released.current),
                 .more = {patch(state.firmware), static_cast<float>((context.now_s - released.by_s) / 86400)}});
}

void check_stale(const TamperState& state, const Context& context, Surprises& surprises) {
  const auto most = context.fleet.tamper.majority(context.contract.profile);
  if (most.devices < peers_least || most.share < moved_on_share ||
      !older(context.contract.firmware, state.firmware, most.version))
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

void say_older(const TamperState& state, std::uint64_t firmware, const TamperMemory::Peers& peers,
               const Context& context, Surprises& surprises) {
  const auto& released = context.contract.firmware;
  const double since_raised = context.now_s - state.raised_s;
  // Nobody leads devices below what their profile asks for.
  const bool led = peers.lowered >= led_down && !is_out(released, context.now_s);
  const bool excused = since_raised < fallback_s || led;
  surprises.add({.check = excused ? CheckId::firmware_fallback : CheckId::firmware_rollback,
                 .nats = excused ? fallback_nats : rollback_nats,
                 .observed = release(released, firmware),
                 .expected = release(released, state.highest),
                 .limit = patch(state.highest),
                 .more = {patch(firmware), static_cast<float>(since_raised / 3600)}});
}

void check_known(std::uint64_t firmware, bool first, const TamperMemory::Peers& peers, const Context& context,
                 Surprises& surprises) {
  const auto& released = context.contract.firmware;
  if (says_which(released)) {
    if (!lists(released, firmware)) say_unlisted(firmware, context, surprises);
    return;
  }
  if (first || peers.known || peers.devices < peers_least) return;
  // The first of a rollout is unknown, too, and higher than all.
  const auto nats = static_cast<float>(-std::log(std::min(1.0, peers.discovery))) * (peers.newest ? 0.5F : 1);
  surprises.add({.check = CheckId::firmware_unknown,
                 .nats = std::min(unknown_nats_max, nats),
                 .observed = peers.newest ? 1.0F : 0.0F,
                 .expected = static_cast<float>(peers.discovery),
                 .limit = static_cast<float>(peers.devices)});
}

}  // namespace

void check_behind(TamperState& state, const Context& context, Surprises& surprises) {
  if (context.now_s - state.stale_s < compare_every_s) return;
  const double compared_s = std::exchange(state.stale_s, static_cast<std::uint32_t>(context.now_s));
  const auto& released = context.contract.firmware;
  if (says_which(released) && !lists(released, state.firmware)) return say_unlisted(state.firmware, context, surprises);
  check_overdue(state, compared_s, context, surprises);
  check_stale(state, context, surprises);
}

void check_firmware(TamperState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  const std::uint64_t firmware = observation.reading.firmware;
  if (firmware == state.firmware) return check_behind(state, context, surprises);
  const double measured_s = std::min(observation.measured_s, context.now_s);
  if (measured_s < state.raised_s) return;  // said before the update, heard after it
  const std::uint64_t from = std::exchange(state.firmware, firmware);
  const auto peers = context.fleet.tamper.change(context.contract.profile, from, firmware, context.now_s);
  check_known(firmware, from == 0, peers, context, surprises);
  const auto& released = context.contract.firmware;
  if (!has_order(released, firmware)) return;
  // Down to what the profile asks for is an operator's change of mind, and the new height.
  const bool asked_for =
      is_out(released, context.now_s) && lists(released, firmware) && !older(released, firmware, released.current);
  if (!asked_for && older(released, firmware, state.highest))
    return say_older(state, firmware, peers, context, surprises);
  state.highest = firmware;
  state.raised_s = static_cast<std::uint32_t>(measured_s);
}

}  // namespace outrider::detect
