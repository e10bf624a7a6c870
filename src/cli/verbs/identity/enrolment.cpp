#include <fmt/format.h>

#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/escape.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

constexpr std::size_t group_digits = 4;
constexpr std::size_t groups_a_line = 8;

// For two people to read to each other: groups of four, eight of them a line.
std::string grouped_fingerprint(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i % (group_digits * groups_a_line) == 0)
      out += "  ";
    else if (i > 0 && i % group_digits == 0)
      out += ' ';
    out += digits[i];
  }
  return out;
}

Result<void> list(Context& context) {
  TRY(const auto fleet, context.fleet());
  Query query;
  if (!context.args.flag("all")) query["state"] = "pending";
  CHECK(print_list(
      context,
      {.path = path_of("fleets", fleet, "enrolments"),
       .query = std::move(query),
       .columns = {{"REQUEST"}, {"DEVICE"}, {"STATE"}, {"ASKED", Align::right}, {"FROM"}, {"KEY", Align::left, true}},
       .none = "Nobody waits."},
      [&](const json::Object& item) -> std::vector<Cell> {
        return {text_at(item, "request"), text_at(item, "device"),
                text_at(item, "state"),   age_at(item, "requested", context.now()),
                text_at(item, "address"), grouped_fingerprint(text_at(item, "spki_sha256"))};
      }));
  return {};
}

Result<void> show(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto request, object_of(server->get(path_of("fleets", fleet, "enrolments", context.args.text("REQUEST")))));
  if (context.json()) {
    context.out.value(request);
    return {};
  }
  print_fields(context.out, {{"request", text_at(request, "request")},
                             {"device", text_at(request, "device")},
                             {"state", text_at(request, "state")},
                             {"key", grouped_fingerprint(text_at(request, "spki_sha256"))},
                             {"from", text_at(request, "address")},
                             {"asked", text_at(request, "requested")},
                             {"expires", text_at(request, "expires")},
                             {"decided", text_at(request, "decided")},
                             {"decided by", text_at(request, "by")},
                             {"why", text_at(request, "why")},
                             {"identities", fmt::format("{}", list_at(request, "identities").size())}});
  context.out.note(
      "Compare the key with what the device shows: SHA-256 of its public key, e.g. "
      "'openssl pkey -in device.key -pubout -outform DER | sha256sum'.");
  return {};
}

Result<void> decide(Context& context, std::string_view decision) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const std::string_view name = context.args.text("REQUEST");
  TRY(const auto answer,
      object_of(server->post(
          path_of("fleets", fleet, "enrolments", name, "decide"),
          json::Object{{"decision", decision}, {"why", context.args.text("why")}, {"dry_run", context.dry_run()}})));
  const std::string device = escape(text_at(answer, "device"));
  const std::string done =
      decision == "approve"
          ? fmt::format("Approved: {} gets its certificate when it asks again, for the same key.", device)
          : fmt::format("Rejected the request of {}.", device);
  return print_outcome(context, answer,
                       {.would = fmt::format("Would {} the request of {}.", decision, device), .done = done});
}

Result<void> approve(Context& context) {
  return decide(context, "approve");
}

Result<void> reject(Context& context) {
  return decide(context, "reject");
}

}  // namespace

std::vector<Command> enrolment_commands() {
  return {
      {.path = "enrolment list",
       .summary = "List devices that ask to be let in",
       .about =
           "A device whose profile says enrolment.by_approval may ask without a code. It is told to wait (202) until "
           "an operator has compared its key and decided.",
       .arguments = {},
       .options = {{"all", "", "also those that are decided, until they expire"}},
       .examples = {{"who waits", "outrider enrolment list"}},
       .traits = {.remote = true, .fleet = true},
       .run = list},
      {.path = "enrolment show",
       .summary = "Show one request, with the key's fingerprint to compare with the device's",
       .about = "",
       .arguments = {{"REQUEST", "its name, from 'enrolment list'"}},
       .options = {},
       .examples = {{"before deciding", "outrider enrolment show 5f3a9c0e11d27b84"}},
       .traits = {.remote = true, .fleet = true},
       .run = show},
      {.path = "enrolment approve",
       .summary = "Let the device in, with the key it asked for and no other",
       .about = "",
       .arguments = {{"REQUEST", "its name"}},
       .options = {{"why", "TEXT", "kept in the ledger"}},
       .examples = {{"after comparing the fingerprint", "outrider enrolment approve 5f3a9c0e11d27b84"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = approve},
      {.path = "enrolment reject",
       .summary = "Refuse the request",
       .about = "The same key is refused until the request expires.",
       .arguments = {{"REQUEST", "its name"}},
       .options = {{"why", "TEXT", "kept in the ledger"}},
       .examples = {{"a device nobody knows", "outrider enrolment reject 5f3a9c0e11d27b84 --why unknown"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = reject},
  };
}

}  // namespace outrider::cli
