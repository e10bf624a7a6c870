#include <cmath>

#include <fmt/format.h>

#include "detect/engine/evidence.h"
#include "detect/vocabulary/check.h"

namespace outrider::detect {
namespace {

using enum CheckId;

std::string kilometres(float metres) {
  return metres >= 10'000 ? fmt::format("{:.0f} km", metres / 1000) : fmt::format("{:.1f} km", metres / 1000);
}
std::string in(float count, float of) {
  return fmt::format("{:.0f} in {:.0f}", count, of);
}

std::string distance(const Evidence& e) {
  return e.more[0] > 1
             ? fmt::format("position is {} from where {:.0f} cells heard there place it (devices are usually {} away)",
                           kilometres(e.observed), e.more[0], kilometres(e.limit))
             : fmt::format("position is {} from the serving cell (devices are usually {} away)", kilometres(e.observed),
                           kilometres(e.limit));
}
std::string country(const Evidence& e) {
  return fmt::format(
      "network of country code {:.0f} where {:.0f} earlier hand-overs of the fleet saw others, mostly {:.0f}",
      e.observed, e.limit, e.expected);
}
std::string timing(const Evidence& e) {
  return fmt::format("timing advance puts the cell {} away, the position {} (usual error {})", kilometres(e.observed),
                     kilometres(e.expected), kilometres(e.limit));
}
std::string no_cipher(const Evidence& e) {
  return fmt::format("the cell does not cipher (this network: {} before)", in(e.observed, e.expected));
}
std::string weak_cipher(const Evidence& e) {
  return fmt::format("the cell uses a broken cipher (this network: {} before)", in(e.observed, e.expected));
}
std::string identity(const Evidence& e) {
  return fmt::format(
      "the cell asked for the permanent identity before authentication, {:.0f} of late (usually {:.1f} % of "
      "connections)",
      e.observed, e.expected * 100);
}
std::string reject(const Evidence& e) {
  return fmt::format(
      "the cell rejected the device without authentication, {:.0f} of late (usually {:.1f} % of connections)",
      e.observed, e.expected * 100);
}
std::string cell(const Evidence& e) {
  return fmt::format("a cell that nobody had heard before, where {} hand-overs met a new one",
                     in(e.observed, e.expected));
}
std::string area(const Evidence& e) {
  return fmt::format("the new cell is of an area code not used there ({} new cells were)", in(e.observed, e.expected));
}
std::string old_radio(const Evidence& e) {
  return fmt::format("fell back to 2G or 3G, where the fleet does in {:.1f} % of {:.0f} hand-overs", e.expected * 100,
                     e.limit);
}
std::string channel_changed(const Evidence& e) {
  return fmt::format(
      "the same cell under physical cell id {:.0f} or on another channel than under {:.0f} before ({:.2f} % of "
      "hand-overs)",
      e.observed, e.expected, e.limit * 100);
}
std::string neighbours(const Evidence& e) {
  return fmt::format("the cell names no neighbours, where {} reports did not", in(e.observed, e.expected));
}
std::string power(const Evidence& e) {
  return e.limit > 0 ? fmt::format("heard with {:.0f} dBm, usually {:.0f} dBm (spread {:.0f} dB)", e.observed,
                                   e.expected, e.limit)
                     : fmt::format("heard with {:.0f} dBm, stronger than nearly all cells of the fleet", e.observed);
}
std::string together(const Evidence& e) {
  std::string text = fmt::format("{:.0f} signs against the serving cell from {:.0f} device{}", e.observed, e.limit,
                                 e.limit == 1 ? "" : "s");
  if (e.more[0] >= 2) text += fmt::format("; ciphering and identity requests speak for {:.1f}", e.more[0]);
  if (e.more[1] >= 2) text += fmt::format("; being unknown here for {:.1f}", e.more[1]);
  return text + fmt::format(" (all together {:.1f} nats)", e.nats);
}
std::string pairing(const Evidence& e) {
  if (e.observed == 2)
    return fmt::format("{} (in {:.0f} days of devices hardly ever seen)",
                       e.expected == 1 ? "SIM and modem are both others than before"
                                       : "the same SIM is in another modem (IMEI) than before",
                       e.limit);
  return fmt::format("{} (counted over {:.0f} days of devices)",
                     e.expected == 1 ? "another subscriber (IMSI) on the same SIM" : "another SIM than before",
                     e.limit);
}
std::string elsewhere(const Evidence& e) {
  const float hours = e.observed / 3600;
  return fmt::format("its SIM was in another device {} ago",
                     hours < 48 ? fmt::format("{:.1f} hours", hours) : fmt::format("{:.0f} days", hours / 24));
}

// observed: m, 0: no cell's place is known; expected: cells; limit: m; more: s
std::string aboard(const Evidence& e) {
  const std::string moved = e.observed > 0
                                ? fmt::format(" and {:.1f} km (limit {:.1f} km)", e.observed / 1000, e.limit / 1000)
                                : std::string();
  return fmt::format("jammed for {:.0f} s while {:.0f} cells{} went by", e.more[0], e.expected, moved);
}

constexpr CheckInfo table[] = {
    {cell_distance, "cell-distance", Family::radio, Threat::false_position, false,
     "position against the places of the cells heard there", distance},
    {cell_country, "cell-country", Family::radio, Threat::false_position, false,
     "country code of the network against those the fleet met around that position", country},
    {timing_advance, "timing-advance", Family::radio, Threat::false_position, false,
     "distance by timing advance against distance by position", timing},
    {cipher_null, "cipher-null", Family::radio, Threat::rogue_base_station, false, "the radio link is not ciphered",
     no_cipher},
    {cipher_weak, "cipher-weak", Family::radio, Threat::rogue_base_station, false,
     "a broken cipher on a radio technology that has better ones", weak_cipher},
    {identity_request, "identity-request", Family::radio, Threat::rogue_base_station, false,
     "permanent identity asked for before authentication, oftener than usual", identity},
    {reject_unauthenticated, "reject-unauthenticated", Family::radio, Threat::rogue_base_station, false,
     "rejected before authentication, oftener than usual", reject},
    {cell_unknown, "cell-unknown", Family::radio, Threat::rogue_base_station, false,
     "a new cell in a well-known square", cell},
    {area_unknown, "area-unknown", Family::radio, Threat::rogue_base_station, false,
     "a new area code in a well-known square", area},
    {legacy_radio, "legacy-radio", Family::radio, Threat::rogue_base_station, false,
     "2G or 3G where the fleet sees them in under 1 % of hand-overs", old_radio},
    {cell_channel, "cell-channel", Family::radio, Threat::rogue_base_station, false,
     "a known cell on another channel or physical cell id", channel_changed},
    {neighbours_missing, "neighbours-missing", Family::radio, Threat::rogue_base_station, false,
     "a cell without neighbours where cells have some", neighbours},
    {power_excess, "power-excess", Family::radio, Threat::rogue_base_station, false, "a cell much stronger than usual",
     power},
    {rogue_cell, "rogue-cell", Family::radio, Threat::rogue_base_station, true,
     "the fleet's evidence against the serving cell, beyond doubt", together},
    {cell_suspect, "cell-suspect", Family::radio, Threat::rogue_base_station, false,
     "the fleet's evidence against the serving cell together", together},
    {jammer_aboard, "jammer-aboard", Family::radio, Threat::gnss_jamming, false,
     "cells that go by while the receiver stays jammed", aboard},
    {sim_pairing, "sim-pairing", Family::radio, Threat::sim_swap, false,
     "ICCID, IMSI and IMEI that no longer belong together", pairing},
    {sim_elsewhere, "sim-elsewhere", Family::radio, Threat::sim_swap, false,
     "the device's SIM was just in another device", elsewhere},
};

}  // namespace

std::span<const CheckInfo> radio_checks() {
  return table;
}

}  // namespace outrider::detect
