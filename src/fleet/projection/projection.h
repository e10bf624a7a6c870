#pragma once
// A projection makes tables from ledger entries. The Projector (fleet/projection/projector.h) reads the ledger, hands
// every durable entry of every fleet to each of its projections once and in order, and stores how far each has come in
// the same transaction as what it did. So a projection's tables are always those of a prefix of the ledger, and
// deleting the database makes them again.
//
// A projection must depend on nothing but the entries it was given: no clock, no randomness, no other tables.
#include <string_view>

#include "base/result.h"
#include "fleet/state/decoded.h"
#include "store/database.h"

namespace outrider::fleet {

class Projection {
 public:
  virtual ~Projection() = default;
  // Names its cursors; never change it.
  virtual std::string_view name() const = 0;
  // One entry, in order, inside the transaction of its batch. Writes may be gathered until flush(). An entry that
  // cannot be understood is not an error (the ledger keeps what was said, sense or not); an error is one of the
  // database.
  virtual Result<void> apply(store::Session& session, DecodedEntry& entry) = 0;
  // The batch is complete: write what was gathered. The transaction commits after it.
  virtual Result<void> flush(store::Session& session) = 0;
  // The transaction has committed.
  virtual void committed() {}
  // The transaction was given up and its entries come again: forget what was gathered.
  virtual void rolled_back() = 0;
};

}  // namespace outrider::fleet
