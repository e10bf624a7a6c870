#include "fleet/state/decoded.h"

namespace outrider::fleet {

const facts::ReportContent& DecodedEntry::report() {
  if (!report_) {
    report_.emplace();
    const bool is_report = kind() == Kind::telemetry || kind() == Kind::event;
    if (is_report && !entry_.shredded) {
      auto content = facts::read_report(entry_.content_type, entry_.payload, entry_.received);
      if (content) report_ = *std::move(content);
    }
  }
  return *report_;
}

}  // namespace outrider::fleet
