#pragma once
// Writes readings into the tables of the history. Gathers them over a batch and writes them in one go, for the sake of
// speed. Private to the room; used by one thread, the projector's.
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "fleet/history/reading_content.h"
#include "ledger/entry.h"
#include "store/database.h"
#include "wire/senml/senml.h"

namespace outrider::fleet {

class ReadingWriter {
 public:
  // Gathers the records that carry a number, a text or a boolean.
  Result<void> add(store::Session& session, const ledger::Entry& entry, const wire::senml::Pack& pack);
  // Writes what was gathered.
  Result<void> flush(store::Session& session);
  // Removes the personal readings of a device gathered or written so far.
  Result<void> erase_personal(store::Session& session, const FleetId& fleet, const std::string& device);
  // Forgets what was gathered and the keys that may have been rolled back.
  void reset();

 private:
  // The readings of an entry that have the same time: a row of table reading_group.
  struct Group {
    long long device = 0;
    long long time = 0;
    long long entry = 0;
    long long early = 0;
    int personal = 0;
    std::vector<NamedValue> values;

    // Which is newer, for table latest_reading.
    auto age() const { return std::tuple(time - early, entry, time); }
  };
  // The newest of each device and name.
  struct Newest {
    const Group* group = nullptr;
    const NamedValue* value = nullptr;
  };
  using NewestByName = std::vector<Newest>;  // of one device, in order of names
  // Of dictionary keys, without making strings of them.
  struct ByTexts {
    using is_transparent = void;
    using Texts = std::pair<std::string_view, std::string_view>;
    bool operator()(const Texts& a, const Texts& b) const { return a < b; }
  };

  Result<long long> device_key(store::Session& session, const FleetId& fleet, const std::string& device);
  Result<long long> name_key(store::Session& session, const std::string& name, const std::string& unit);
  Group& group_at(std::size_t begin, const ledger::Entry& entry, long long device, long long time);
  static void take_newest(NewestByName& newest, const Group& group);
  static Result<void> insert_groups(store::Session& session, const std::vector<const Group*>& groups);
  static Result<void> insert_latest(store::Session& session, const std::vector<Newest>& newest);
  static Result<void> latest_from_groups(store::Session& session, long long device);

  std::vector<Group> groups_;
  std::map<std::pair<std::string, std::string>, long long, ByTexts> names_;
  std::unordered_map<std::string, long long> devices_;  // "fleet/device"; an id holds no '/'
  std::string id_;                                      // kept for its capacity
};

}  // namespace outrider::fleet
