#pragma once
// Table signed_mark: how far the numbers of each key have come, from the entries of signed readings. Private to the
// room; used by the projector's thread.
#include <map>
#include <tuple>
#include <vector>

#include "fleet/signed/signer.h"
#include "fleet/state/decoded.h"
#include "store/database.h"

namespace outrider::fleet {

class MarkTables {
 public:
  // An entry telemetry or event; does nothing for one that is not signed.
  Result<void> apply(store::Session& session, DecodedEntry& entry);
  Result<void> flush(store::Session& session);
  void reset() { marks_.clear(); }

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  // fleet, device, key id
  Result<Mark*> find(store::Session& session, const Key& key);

  std::map<Key, Mark> marks_;  // of the batch
};

Result<std::vector<KeyMark>> load_marks(store::Session& session);

}  // namespace outrider::fleet
