#pragma once
// The subject of an entry about a holder of identities.
#include "facts/holder.h"
#include "ledger/entry.h"

namespace outrider::ledger {

inline Subject subject_of(const DeviceId& holder) {
  return {facts::is_application(holder) ? SubjectKind::application : SubjectKind::device,
          std::string(facts::plain_name(holder))};
}

inline SubjectKind subject_kind_of(const DeviceId& holder) {
  return facts::is_application(holder) ? SubjectKind::application : SubjectKind::device;
}

}  // namespace outrider::ledger
