#pragma once
// Who comes first when several threads want one processor. Of the calling thread; requests that a system may not know,
// and nothing depends on them but time.

namespace outrider {

// For a thread that runs for a moment at a time and that somebody waits for: it need not wait for the end of another's
// turn (Linux 6.12: a short slice has an early deadline). Its share of the processor stays the same.
void ask_for_short_turns();
// For work that may be late: what is left over, and a tenth of the processor when there is nothing left.
void step_behind_everybody();

}  // namespace outrider
