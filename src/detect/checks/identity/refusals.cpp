// What was refused to somebody in the device's name: connections, enrolments, keys.
#include <algorithm>
#include <cmath>

#include "detect/checks/identity/identity.h"

namespace outrider::detect {
namespace {

// A device with a broken configuration or an ended certificate tries for ever; that is no attack, and its own habit
// soon. One refused connection a day is what fleets show that are well.
constexpr RareHabit refused_connections{.window_s = 600, .usual_per_window = 1.0 / 144, .prior_s = 7 * 86400.0};
// Installers mistype codes: one in three does so once, in the hour in which the device is mounted.
constexpr RareHabit refused_enrolments{.window_s = 3600, .usual_per_window = 0.3, .prior_s = 7 * 86400.0};
// A burst alone says that somebody knocks, not that he has a key: a ticket at most, whatever its length.
constexpr float knocking_nats_max = 10;
// A van of installers behind one address has a bad day with so many devices in an hour.
constexpr double names_usual = 5;

// One in two thousand, one in eight thousand identities: how often the real device does that by an old backup, a
// failed swap of certificates, or because nobody told it.
constexpr float old_identity_nats = 7.5F;
constexpr float old_identity_elsewhere_nats = 9;
constexpr float old_identity_at_home_nats = 3;  // where it was until it was taken away: the device itself, most likely
constexpr float forged_nats = 9;                // nobody has a certificate in somebody else's name by accident
constexpr float not_here_nats = 5;              // a wrong APN after a change of SIM, one in a hundred and fifty

bool from_home(const IdentityState& state, const Session& session) {
  const auto prefix = static_cast<std::uint32_t>(session.prefix ^ session.prefix >> 32U);
  return prefix != 0 && prefix == state.last_prefix;
}

void say(Surprises& surprises, CheckId check, float nats, const Observation& observation) {
  surprises.add({.check = check, .nats = nats, .observed = static_cast<float>(observation.count)});
}

void count_refusal(IdentityState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  const Rare rare = count_rare(state.refused, context.now_s, observation.count, refused_connections);
  surprises.add({.check = CheckId::authentication_burst,
                 .nats = std::min(rare.nats, knocking_nats_max),
                 .observed = rare.recent,
                 .expected = rare.usual,
                 .limit = static_cast<float>(refused_connections.window_s)});
}

}  // namespace

void check_refused_connection(IdentityState& state, const Observation& observation, const Context& context,
                              Surprises& surprises) {
  const bool home = from_home(state, observation.session);
  switch (observation.refusal) {
    case Refusal::alive_twice:  // said by the gateway: both connections answered
      return count_sign_of_two(state, context.now_s, Twin::alive, surprises);
    case Refusal::superseded:
      return say(surprises, CheckId::superseded_used, home ? old_identity_at_home_nats : old_identity_nats,
                 observation);
    case Refusal::revoked:
    case Refusal::ticket:
      if (context.lifecycle == facts::Lifecycle::retired && observation.refusal == Refusal::revoked) return;
      return say(surprises, CheckId::revoked_used, home ? old_identity_at_home_nats : old_identity_elsewhere_nats,
                 observation);
    case Refusal::stolen:
      return say(surprises, CheckId::stolen_seen, 20, observation);
    case Refusal::untrusted:
    case Refusal::unknown_certificate:
      say(surprises, CheckId::forged_certificate, forged_nats, observation);
      return count_refusal(state, observation, context, surprises);
    case Refusal::network:
      surprises.add({.check = CheckId::foreign_network,
                     .nats = not_here_nats,
                     .observed = static_cast<float>(observation.session.asn),
                     .expected = 0,
                     .limit = 0,
                     .more = {static_cast<float>(observation.session.country),
                              static_cast<float>(observation.session.network_kind)}});
      return count_refusal(state, observation, context, surprises);
    case Refusal::certificate_invalid:
      return count_refusal(state, observation, context, surprises);
    default:
      return;  // topics and rates are checks/traffic's
  }
}

void check_refused_enrolment(IdentityState& state, const Observation& observation, const Context& context,
                             Surprises& surprises) {
  // Whoever asks has signed with the key: somebody has another device's private key, or two left the factory with one.
  if (observation.refusal == Refusal::key_in_use)
    surprises.add({.check = CheckId::key_reuse, .nats = 20, .observed = 0});
  if (observation.refusal == Refusal::key_revoked)
    say(surprises, CheckId::revoked_used, old_identity_elsewhere_nats, observation);
  if (observation.refusal == Refusal::stolen) say(surprises, CheckId::stolen_seen, 20, observation);

  const Rare rare = count_rare(state.enrolments, context.now_s, observation.count, refused_enrolments);
  if (observation.device != 0)  // names that nobody has are counted by who tries them
    surprises.add({.check = CheckId::enrolment_refused,
                   .nats = std::min(rare.nats, knocking_nats_max),
                   .observed = rare.recent,
                   .expected = rare.usual,
                   .limit = static_cast<float>(refused_enrolments.window_s)});

  const std::uint64_t name = observation.device != 0 ? observation.device : observation.target;
  if (observation.session.address == 0 || name == 0) return;
  const double names = context.fleet.identity.names_refused(observation.session.address, name, context.now_s);
  surprises.add({.check = CheckId::enrolment_sweep,
                 .nats = poisson_nats(names, names_usual),
                 .observed = static_cast<float>(names),
                 .expected = static_cast<float>(names_usual),
                 .limit = static_cast<float>(refused_enrolments.window_s)});
}

void check_key(const Observation& observation, const Context& context, Surprises& surprises) {
  if (observation.key == 0 || observation.device == 0) return;
  const std::uint32_t holder = context.fleet.identity.holder_of_key(observation.key, observation.device);
  if (holder == observation.device) return;
  surprises.add({.check = CheckId::key_reuse, .nats = 20, .observed = 1});
}

}  // namespace outrider::detect
