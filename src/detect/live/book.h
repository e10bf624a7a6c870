#pragma once
// What else is made of the entries as detection reads them, and kept in the same snapshot: the alerts' life.
#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "ledger/entry.h"

namespace outrider::detect {

// Called by the thread of Live alone, fleet by fleet; what others may ask of it meanwhile it guards itself.
class Book {
 public:
  virtual ~Book() = default;
  // Every entry of the fleet once, in order, beginning where the state that was loaded ends.
  virtual void apply(const ledger::Entry& entry) = 0;
  // State of the fleet for the snapshot.
  virtual Bytes save(const FleetId& fleet) const = 0;
  // Puts it back. After an error, and when nothing is loaded, the book begins the fleet anew at entry 0.
  virtual Result<void> load(const FleetId& fleet, ByteView state) = 0;
  virtual void begin(const FleetId& fleet) = 0;
};

}  // namespace outrider::detect
