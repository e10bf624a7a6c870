// What people decide: playbooks, proposals, releases, held actuations.
#include <fmt/format.h>

#include <algorithm>

#include "respond/act/say.h"

namespace outrider::respond {
namespace {

template <class Row>
std::string state_text(const Row& row) {
  std::string out = boost::describe::enum_to_string(row.state, "?");
  std::ranges::replace(out, '_', ' ');
  return out;
}

Error wrong_state(std::string_view what, const std::string& id, const std::string& state, std::string_view needed) {
  return {Errc::conflict, "wrong-state", fmt::format("{} '{}' is {}, not {}", what, id, state, needed)};
}

}  // namespace

Result<void> check_why(std::string_view why) {
  if (why.empty()) return fail(Errc::malformed, "no-reason", "say why");
  if (why.size() > why_bytes_max)
    return fail(Errc::malformed, "too-long", fmt::format("why: longer than {} bytes", why_bytes_max));
  const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(why, control))
    return fail(Errc::malformed, "bad-text", "why: one line of plain text, without control characters");
  return {};
}

Result<Playbook> Desk::add_playbook(std::string_view toml, std::string_view file, const std::string& by, bool dry_run) {
  TRY(auto playbook, Playbook::parse(toml, file));
  const std::lock_guard lock(mutex_);
  CHECK(read_on());
  if (!book_.playbooks().contains(playbook.id) && book_.playbooks().size() >= playbooks_max)
    return fail(Errc::too_large, "too-many", fmt::format("a fleet has at most {} playbooks", playbooks_max));
  if (dry_run) return playbook;
  TRY(playbook.since, say({}, facts::PlaybookAdded{.playbook = playbook.id, .toml = playbook.toml, .by = by}));
  return playbook;
}

Result<void> Desk::remove_playbook(const std::string& id, const std::string& why, const std::string& by, bool dry_run) {
  CHECK(check_why(why));
  const std::lock_guard lock(mutex_);
  CHECK(read_on());
  if (!book_.playbooks().contains(id))
    return fail(Errc::not_found, "unknown-playbook", fmt::format("there is no playbook '{}'", id));
  if (dry_run) return {};
  TRY(const auto number, say({}, facts::PlaybookRemoved{.playbook = id, .why = why, .by = by}));
  static_cast<void>(number);
  return {};
}

// Two people, and not one with two tokens.
Result<void> Desk::check_person(const Response& response, const std::string& by) const {
  if (response.approvals.empty()) return {};
  if (std::ranges::find(response.approvals, by) != response.approvals.end())
    return fail(Errc::conflict, "already-approved",
                fmt::format("{} has approved it already; it needs {} different people", by, response.needs));
  TRY(const auto person, rooms_.hands.person(by));
  for (const auto& other : response.approvals) {
    TRY(const auto before, rooms_.hands.person(other));
    if (before == person)
      return fail(Errc::conflict, "same-person",
                  fmt::format("{} has approved it already, and {} is the same person: one's token made the other's, or "
                              "one token made both; make tokens for different people on the server itself",
                              other, by));
  }
  return {};
}

Result<Response> Desk::decide(const std::string& id, bool approved, const std::string& why, const std::string& by,
                              bool dry_run) {
  if (!approved || !why.empty()) CHECK(check_why(why));
  const std::lock_guard lock(mutex_);
  CHECK(read_on());
  const Response* const response = book_.response(id);
  if (response == nullptr)
    return fail(Errc::not_found, "unknown-response", fmt::format("there is no response '{}'", id));
  if (response->state != State::proposed)
    return std::unexpected(wrong_state("response", id, state_text(*response), "proposed"));
  if (const AlertRow* const alert = book_.alert(response->alert);
      approved && alert != nullptr && alert->resolved && *alert->resolved != facts::AlertOutcome::true_alarm)
    return std::unexpected(wrong_state("response", id, "being withdrawn", "proposed"));
  if (approved) CHECK(check_person(*response, by));
  if (dry_run) return *response;
  TRY(const auto number,
      say(response->device, facts::ResponseDecided{.response = id, .approved = approved, .why = why, .by = by}));
  static_cast<void>(number);
  // What was approved begins now, so that whoever approved it hears what came of it.
  if (const Response* const now = book_.response(id); now != nullptr && now->state == State::approved)
    CHECK(begin(Response(*now), false));
  return as_it_is(book_.response(id));
}

Result<Response> Desk::release(const std::string& id, const std::string& why, const std::string& by, bool dry_run) {
  CHECK(check_why(why));
  const std::lock_guard lock(mutex_);
  CHECK(read_on());
  const Response* const response = book_.response(id);
  if (response == nullptr)
    return fail(Errc::not_found, "unknown-response", fmt::format("there is no response '{}'", id));
  if (!releasable(response->step.action))
    return fail(Errc::conflict, "not-releasable",
                fmt::format("'{}' is not undone here; a device that was lost or stolen comes back with 'device found'",
                            word_of(response->step.action)));
  if (response->state != State::done || !book_.in_force(*response))
    return std::unexpected(wrong_state(
        "response", id, response->state == State::done ? "no longer in force" : state_text(*response), "in force"));
  if (dry_run) return *response;
  TRY(const auto number, say(response->device, facts::ResponseReleased{.response = id, .why = why, .by = by}));
  static_cast<void>(number);
  TRY(const auto releasing, as_it_is(book_.response(id)));
  CHECK(undo(releasing));
  return as_it_is(book_.response(id));
}

Result<Actuation> Desk::decide_actuation(const std::string& id, bool approved, const std::string& why,
                                         const std::string& by, bool dry_run) {
  if (!approved || !why.empty()) CHECK(check_why(why));
  const std::lock_guard lock(mutex_);
  CHECK(read_on());
  const Actuation* const row = book_.actuation(id);
  if (row == nullptr) return fail(Errc::not_found, "unknown-actuation", fmt::format("there is no actuation '{}'", id));
  if (row->state != ActuationState::held)
    return std::unexpected(wrong_state("actuation", id, state_text(*row), "held"));
  if (dry_run) return *row;
  TRY(const auto number,
      say(row->device, facts::ActuationDecided{.actuation = id, .approved = approved, .why = why, .by = by}));
  static_cast<void>(number);
  if (const Actuation* const now = book_.actuation(id); now != nullptr && now->state == ActuationState::approved)
    CHECK(send(Actuation(*now)));
  return as_it_is(book_.actuation(id));
}

}  // namespace outrider::respond
