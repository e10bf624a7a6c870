#pragma once
// Entries, sentences and refusals that the files of Desk share. Private to the folder.
#include "ledger/entry.h"
#include "respond/act/desk.h"

namespace outrider::respond {

// At most so many bytes of UTF-8, and no half of a character.
inline std::string clipped(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  text.resize(end);
  return text;
}

template <class Fact>
Result<std::uint64_t> Desk::say(const std::string& device, const Fact& fact) {
  ledger::Subject subject{ledger::SubjectKind::fleet, fleet_.value};
  if (!device.empty()) subject = {ledger::SubjectKind::device, device};
  TRY(const auto number, rooms_.ledger.append_and_wait(ledger::draft_of(fleet_, std::move(subject), fact)));
  CHECK(read_on());  // it exists from now on, for whoever decides next
  return number;
}

// A row as it is after what was just said; it may have been forgotten for newer ones.
template <class Row>
Result<Row> Desk::as_it_is(const Row* row) const {
  if (row == nullptr)
    return fail(Errc::unavailable, "forgotten", "it was done, and forgotten for newer ones; the ledger has it");
  return *row;
}

inline constexpr std::size_t why_bytes_max = 1000;  // of people's and our own reasons; the registry takes 1024

// Worth trying again, rather than an answer.
inline bool passing(const Error& error) {
  return error.code == Errc::unavailable || error.code == Errc::overloaded || error.code == Errc::internal;
}

// What can be undone by us.
constexpr bool releasable(ResponseAction action) {
  return action == ResponseAction::quarantine || action == ResponseAction::hold_actuation;
}
// "would put t-1 into quarantine".
std::string would_sentence(ResponseAction action, const std::string& device);
Error unknown_alert(const std::string& id);

}  // namespace outrider::respond
