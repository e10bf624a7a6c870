// Commands: who gives them, whether one is given twice, and what the device says became of them.
//
// Commands are not signed yet. Who published one, and under which right, the gateway knows; what a device thinks of it,
// it says in its answer (docs/format/command.md). An answer to what nobody gave here came by another way.
#include <algorithm>
#include <bit>
#include <cmath>

#include "detect/checks/traffic/command_sign.h"
#include "detect/checks/traffic/traffic.h"
#include "detect/input/hash.h"

namespace outrider::detect {
namespace {

using Command = TrafficState::Command;

constexpr std::uint32_t without_id = 1;
// A backend that was not answered gives a command again at once, not hours later.
constexpr std::uint32_t again_within_s = 600;
constexpr float given_again_nats = 5;       // a job that ran twice
constexpr float given_by_other_nats = 8;    // ids are made up by who gives the command: two do not meet
constexpr float refused_stranger_nats = 6;  // one wrong grant; every further one, and every further device, adds
constexpr RareHabit strangers{.window_s = 3600, .usual_per_window = 0.3, .prior_s = 7 * 86400.0};
constexpr float new_source_nats_max = 5;  // the first command of every new application is one
constexpr std::uint32_t commands_before_new = 20;
// TLS brings commands as they were given: a wrong signature is a wrong key, or another hand. A key that is wrong for
// many devices is an incident of the fleet stage.
constexpr float signature_nats = 9;
constexpr float source_nats = 8;
constexpr float replayed_nats = 8;
constexpr float replayed_known_nats_max = 6;  // firmware that takes a copy that QoS 1 brings again for a second command
constexpr float old_nats = 6;
// QoS 1 brings an answer again, and a device that was restarted answers again.
constexpr RareHabit answers_again{.window_s = 3600, .usual_per_window = 0.3, .prior_s = 7 * 86400.0};
constexpr float answers_nats_max = 9;
// The device names a command, and it is none of those given here.
constexpr float named_nats = 7.5F;

std::uint32_t half(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash ^ hash >> 32U) | 1U;
}
std::uint32_t id_of(const Observation& observation) {
  if (observation.key == 0) return without_id;
  return std::max(half(observation.key), without_id + 1);
}

std::size_t place_of(const TrafficState& state, std::uint32_t id) {
  return static_cast<std::size_t>(std::ranges::find(state.commands, id, &Command::id) - state.commands.begin());
}
// So many were given lately that one of them may have been forgotten here.
bool may_have_forgotten(const TrafficState& state, double now_s) {
  constexpr double answered_within_s = 86400;  // a device that was asleep
  const Command& oldest = state.commands.back();
  return oldest.id != 0 && now_s - oldest.at_s < answered_within_s;
}

void add(CheckId check, CommandSign sign, float nats, Surprises& surprises, float observed = 1, float expected = 0,
         double window_s = answers_again.window_s, float more = 0) {
  surprises.add({.check = check,
                 .nats = nats,
                 .observed = observed,
                 .expected = expected,
                 .limit = static_cast<float>(window_s),
                 .more = {static_cast<float>(sign), more}});
}

void check_source(TrafficState& state, const Observation& observation, Surprises& surprises) {
  if (observation.target == 0) return;  // this server itself
  const std::uint64_t bit = std::uint64_t{1} << mix(observation.target) % 64;
  const int known = std::popcount(state.sources);
  const bool seen = (state.sources & bit) != 0;
  state.sources |= bit;
  if (seen || state.given < commands_before_new) return;
  const auto given = static_cast<float>(state.given);
  add(CheckId::command_source, CommandSign::new_source,
      std::min(new_source_nats_max, std::log((given + 2) / static_cast<float>(known + 1))), surprises, given,
      static_cast<float>(known));
}

// Which of the given ones the answer is to; commands.size(): none of them.
std::size_t answered(const TrafficState& state, const Observation& observation) {
  const std::size_t named = observation.key == 0 ? state.commands.size() : place_of(state, id_of(observation));
  if (named < state.commands.size()) return named;
  // The oldest of those that cannot be told by their id; any, when it is the answer that has none.
  for (std::size_t i = state.commands.size(); i-- > 0;) {
    const bool open = (state.unanswered >> i & 1U) != 0;
    if (open && (observation.key == 0 || state.commands[i].id == without_id)) return i;
  }
  return state.commands.size();
}

void check_unknown(TrafficState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  const Rare rare = count_rare(state.answers, context.now_s, observation.count, answers_again);
  const bool never = state.given == 0;
  const bool named = observation.key != 0 && !may_have_forgotten(state, context.now_s);
  const float nats = named ? std::max(named_nats, rare.nats) : rare.nats + (never ? 2.5F : 0);
  const auto check = never || named ? CheckId::command_source : CheckId::command_replay;
  const auto sign = never || named ? CommandSign::answer_to_none : CommandSign::more_answers;
  add(check, sign, std::min(nats, answers_nats_max), surprises, rare.recent, rare.usual);
}

}  // namespace

void check_command_sent(TrafficState& state, const Observation& observation, const Context& context,
                        Surprises& surprises) {
  const std::uint32_t id = id_of(observation), source = observation.target == 0 ? 0 : half(observation.target);
  const auto now = static_cast<std::uint32_t>(context.now_s);
  check_source(state, observation, surprises);
  if (const std::size_t place = id == without_id ? state.commands.size() : place_of(state, id);
      place < state.commands.size()) {
    const Command& before = state.commands[place];
    const bool other = before.source != source;
    if (!other && now - before.at_s <= again_within_s) return;
    state.unanswered |= 1U << place;
    return add(CheckId::command_replay, CommandSign::given_twice, other ? given_by_other_nats : given_again_nats,
               surprises, static_cast<float>(now - before.at_s), 0, again_within_s, other ? 1 : 0);
  }
  std::shift_right(state.commands.begin(), state.commands.end(), 1);
  state.commands[0] = {id, source, now};
  state.unanswered = (state.unanswered << 1U | 1U) & ((1U << state.commands.size()) - 1);
  ++state.given;
}

void check_command_refused(TrafficState& state, const Observation& observation, const Context& context,
                           Surprises& surprises) {
  const Rare rare = count_rare(state.strangers, context.now_s, observation.distinct, strangers);
  add(CheckId::command_source, CommandSign::by_stranger, std::min(refused_stranger_nats + rare.nats, answers_nats_max),
      surprises, static_cast<float>(observation.count), static_cast<float>(observation.distinct));
}

void check_command_answered(TrafficState& state, const Observation& observation, const Context& context,
                            Surprises& surprises) {
  const std::size_t place = answered(state, observation);
  const bool known = place < state.commands.size();
  const bool open = known && (state.unanswered >> place & 1U) != 0;
  if (known) state.unanswered &= ~(1U << place);
  const double given_for_s = known ? context.now_s - state.commands[place].at_s : 0;
  const auto refused = [&](CheckId check, CommandSign sign, float nats) {
    add(check, sign, nats, surprises, known ? 1 : 0, 0, given_for_s);
  };
  switch (observation.answer) {
    case Answer::bad_signature:
      return refused(CheckId::command_signature, CommandSign::refused_signed, signature_nats);
    case Answer::not_entitled:
      return refused(CheckId::command_source, CommandSign::refused_source, source_nats);
    case Answer::replayed: {
      const Rare rare = count_rare(state.answers, context.now_s, observation.count, answers_again);
      return refused(CheckId::command_replay, CommandSign::refused_replayed,
                     known ? std::min(rare.nats + 2.5F, replayed_known_nats_max) : replayed_nats);
    }
    case Answer::expired:
      if (!known) refused(CheckId::command_replay, CommandSign::refused_old, old_nats);
      return;
    default:
      break;
  }
  // The same answer again is QoS 1's, when it says to which command.
  if (open || (known && observation.key != 0)) return;
  check_unknown(state, observation, context, surprises);
}

}  // namespace outrider::detect
