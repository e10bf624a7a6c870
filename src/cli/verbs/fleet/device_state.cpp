// What happens to a device in its life: a verb for each event.
#include <fmt/format.h>

#include "base/ids.h"
#include "cli/command/exit.h"
#include "cli/output/escape.h"
#include "cli/output/table.h"
#include "cli/verbs/fleet/device.h"
#include "facts/facts.h"

namespace outrider::cli {
namespace {

using Event = facts::LifecycleEvent;

// What is so from now on.
std::string_view outcome_of(Event event) {
  switch (event) {
    case Event::quarantine:
      return "an open session goes on, and a new one begins, with its diagnostics and commands alone";
    case Event::release:
      return "it has all its rights again, in open sessions too";
    case Event::lost:
    case Event::stolen:
      return "its sessions are closed and it is refused until it is found";
    case Event::found:
      return "look at it, then release it";
    case Event::retire:
      break;
  }
  return "its sessions are closed and it cannot enrol again";
}

// "t-1: active → quarantined", and what went with it.
std::string sentence(const json::Object& answer, Event event, bool dry_run) {
  const std::string from = text_at(answer, "from");
  const std::string to = text_at(answer, "lifecycle");
  const auto revoked = number_at(answer, "revoked");
  std::string out = fmt::format("{} {} {}, {} before", escape(text_at(answer, "device")), dry_run ? "would be" : "is",
                                escape(to), escape(from));
  if (revoked != 0)
    out += fmt::format("; {} {} {}", revoked, revoked == 1 ? "identity" : "identities",
                       dry_run ? "would be revoked" : "revoked");
  if (dry_run) return out + ". Nothing was changed.";
  const bool waits_for_code = event == Event::found && to == "expected";
  return fmt::format("{}: {}.", out, waits_for_code ? "it may enrol with a code" : outcome_of(event));
}

template <Event event>
Result<void> change(Context& context) {
  const auto id = DeviceId::parse(context.args.text("DEVICE"));
  if (!id) return std::unexpected(usage_error(id.error().detail));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const std::string word = boost::describe::enum_to_string(event, "?");
  TRY(const auto answer, server->post(path_of("fleets", fleet, "devices", id->value, "state"),
                                      json::Object{{"event", word},
                                                   {"why", context.args.text("reason")},
                                                   {"revoke", context.args.flag("revoke")},
                                                   {"dry_run", context.dry_run()}}));
  if (!answer.is_object()) return fail(Errc::internal, "bad-answer", "the server's answer is not an object");
  if (context.json()) {
    context.out.value(answer);
  } else {
    context.out.line(sentence(answer.get_object(), event, context.dry_run()));
  }
  return {};
}

constexpr Option reason_option{"reason", "TEXT", "why, in plain words; kept in the ledger", "", true};
constexpr Option revoke_option{"revoke", "", "take its identities back for good, too: it will need a new code"};

Command command(std::string_view path, std::string_view summary, std::string_view about, std::vector<Option> options,
                Example example, Result<void> (*run)(Context&)) {
  options.insert(options.begin(), reason_option);
  return {.path = path,
          .summary = summary,
          .about = about,
          .arguments = {{"DEVICE", "its id"}},
          .options = std::move(options),
          .examples = {example},
          .traits = {.remote = true, .fleet = true, .mutates = true},
          .run = run};
}

}  // namespace

std::vector<Command> device_state_commands() {
  return {
      command("device quarantine", "Leave a device its diagnostics only, at once and in open sessions too",
              "It may still publish log, attestation, update and command/ack, hear command, config and update, and "
              "renew its certificate. Everything else is refused and counted until 'device release'; nothing is "
              "disconnected.",
              {}, {"a device that behaves oddly", "outrider device quarantine truck-7 --reason \"speaks at night\""},
              change<Event::quarantine>),
      command("device release", "End a device's quarantine: it has all its rights again, without a new connection", "",
              {}, {"it was looked at", "outrider device release truck-7 --reason \"cleared by workshop\""},
              change<Event::release>),
      command("device lost", "Say that a device is lost: its sessions close and it is refused until it is found",
              "Its identity stays, so that it can be found again; with --revoke that is taken back, too.",
              {revoke_option},
              {"nobody knows where it is", "outrider device lost truck-7 --reason \"not in the yard\""},
              change<Event::lost>),
      command("device stolen", "Say that a device is in wrong hands: its sessions close and it is refused",
              "Its identity stays, so that it can be found again; with --revoke that is taken back, too.",
              {revoke_option},
              {"and it is not to come back as it was",
               "outrider device stolen truck-7 --reason \"police report 4711\" --revoke"},
              change<Event::stolen>),
      command("device found", "Say that a lost or stolen device is back: it is in quarantine until 'device release'",
              "One that never enrolled is expected again.", {},
              {"it is back in the yard", "outrider device found truck-7 --reason \"behind the shed\""},
              change<Event::found>),
      command("device retire",
              "End a device's life: its sessions close, its certificates stop working, it cannot come back", "", {},
              {"a device that was scrapped", "outrider device retire truck-7 --reason \"scrapped\""},
              change<Event::retire>),
  };
}

}  // namespace outrider::cli
