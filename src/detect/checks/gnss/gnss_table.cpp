#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "detect/checks/gnss/gnss_state.h"
#include "detect/checks/motion/words.h"
#include "detect/engine/evidence.h"
#include "detect/vocabulary/check.h"

namespace outrider::detect {
namespace {

struct Name {
  std::string_view text, unit;
  bool logarithm;
};
constexpr std::array<Name, qualities> names{{{"gain", " dB", false},
                                             {"noise", "", false},
                                             {"jamming indicator", "", false},
                                             {"C/N0", " dB-Hz", false},
                                             {"spread of C/N0", " dB", false},
                                             {"claimed accuracy", " m", true},
                                             {"claimed vertical accuracy", " m", true},
                                             {"claimed error of speed", " m/s", true},
                                             {"satellites", "", false},
                                             {"clock", " s", false}}};

std::string figure(const Evidence& e, Quality quality) {
  const Name& name = names[static_cast<std::size_t>(quality)];
  if (name.logarithm)
    return fmt::format("{} {:.2f}{} (usually {:.2f}, within a factor of {:.2f})", name.text, std::exp(e.observed),
                       name.unit, std::exp(e.expected), std::exp(e.limit));
  return fmt::format("{} {:.1f}{} (usually {:.1f} ± {:.1f})", name.text, e.observed, name.unit, e.expected, e.limit);
}

std::string harm(const Evidence& e) {
  std::string text;
  if (e.more[0] >= 1) text += fmt::format(", C/N0 {:.0f} dB weaker", e.more[0]);
  if (e.more[1] == 1) text += ", no fix any more";
  return text;
}

std::string explain_noise(const Evidence& e) {
  return figure(e, Quality::noise) + harm(e);
}
std::string explain_agc(const Evidence& e) {
  return figure(e, Quality::agc) + harm(e);
}
std::string explain_indicator(const Evidence& e) {
  return figure(e, Quality::jamming) + harm(e);
}
std::string explain_cn0(const Evidence& e) {
  return figure(e, Quality::cn0) + (e.more[1] == 1 ? ", no fix any more" : "");
}
std::string explain_uniform(const Evidence& e) {
  return fmt::format("{:.0f} satellites within {:.1f} dB of each other (usually {:.1f}) at {:.0f} dB-Hz", e.more[0],
                     e.observed, e.expected, e.limit);
}

std::string explain_profile(const Evidence& e) {
  const auto quality = static_cast<std::size_t>(std::clamp(e.more[0], 0.0F, qualities - 1.0F));
  std::string text = figure(e, static_cast<Quality>(quality));
  if (e.more[1] > 1) text += fmt::format(" and {:.0f} more figures unlike this receiver", e.more[1] - 1);
  return text + ", while its fix stays";
}

std::string explain_time(const Evidence& e) {
  return fmt::format("GNSS time is {:+.1f} s against the server's, its report {:+.1f} s (limit {:.0f} s)", e.observed,
                     e.expected, e.limit);
}

std::string explain_height(const Evidence& e) {
  return fmt::format("height changed by {} in {} (limit {}, error {})", metres(e.observed), seconds(e.more[0]),
                     metres(e.limit), metres(e.expected));
}

std::string explain_lost(const Evidence& e) {
  return fmt::format("no fix after {:.0f} reports in a row that had one", e.observed);
}

using enum CheckId;
constexpr auto jamming = Threat::gnss_jamming;
constexpr auto spoofing = Threat::gnss_spoofing;
constexpr std::array table{
    CheckInfo{noise_floor, "noise-floor", Family::gnss, jamming, false,
              "the receiver's noise above what is usual for it, and what it does to the signals", explain_noise},
    CheckInfo{agc_drop, "agc-drop", Family::gnss, jamming, false,
              "gain that falls because the antenna hears more power", explain_agc},
    CheckInfo{cn0_drop, "cn0-drop", Family::gnss, jamming, false, "signals weaker than usual", explain_cn0},
    CheckInfo{jamming_indicator, "jamming-indicator", Family::gnss, jamming, false,
              "the receiver's own opinion of interference", explain_indicator},
    CheckInfo{cn0_uniform, "cn0-uniform", Family::gnss, spoofing, false, "satellites that are all equally strong",
              explain_uniform},
    CheckInfo{receiver_profile, "receiver-profile", Family::gnss, spoofing, false,
              "noise, interference and claimed errors unlike this receiver while its fix stays", explain_profile},
    CheckInfo{time_offset, "time-offset", Family::gnss, spoofing, false,
              "GNSS time ahead of the server's or off from where it was", explain_time},
    CheckInfo{altitude_step, "altitude-step", Family::gnss, spoofing, false,
              "height that changes faster than anything of its kind climbs", explain_height},
    CheckInfo{fix_lost, "fix-lost", Family::gnss, jamming, false, "no position any more", explain_lost},
};

}  // namespace

std::span<const CheckInfo> gnss_checks() {
  return table;
}

}  // namespace outrider::detect
