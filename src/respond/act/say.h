#pragma once
// Entries, sentences and refusals that the files of Desk share. Private to the folder.
#include "ledger/entry.h"
#include "respond/act/desk.h"

namespace outrider::respond {

template <class Fact>
Result<std::uint64_t> Desk::say(const std::string& device, const Fact& fact) {
  ledger::Subject subject{ledger::SubjectKind::fleet, fleet_.value};
  if (!device.empty()) subject = {ledger::SubjectKind::device, device};
  TRY(const auto number, rooms_.ledger.append_and_wait(ledger::draft_of(fleet_, std::move(subject), fact)));
  CHECK(read_on());  // it exists from now on, for whoever decides next
  return number;
}

// What can be undone by us.
constexpr bool releasable(ResponseAction action) {
  return action == ResponseAction::quarantine || action == ResponseAction::hold_actuation;
}
// "would put t-1 into quarantine".
std::string would_sentence(ResponseAction action, const std::string& device);
Error unknown_alert(const std::string& id);

}  // namespace outrider::respond
