#include "fleet/signed/mark_tables.h"

#include <soci/soci.h>

#include "fleet/state/rows.h"

namespace outrider::fleet {

using soci::use;

Result<Mark*> MarkTables::find(store::Session& session, const Key& key) {
  if (const auto known = marks_.find(key); known != marks_.end()) return &known->second;
  const auto& [fleet, device, key_id] = key;
  std::optional<Result<Mark>> stored;
  CHECK(session.run([&](soci::session& sql) {
    long long boot_count = 0;
    long long number = 0;
    std::string remembered;
    sql << "SELECT boot_count, number, remembered FROM signed_mark "
           "WHERE fleet = :fleet AND device = :device AND key_id = :key",
        use(fleet), use(device), use(key_id), soci::into(boot_count), soci::into(number), soci::into(remembered);
    if (sql.got_data())
      stored = Mark::restore(static_cast<std::uint64_t>(boot_count), static_cast<std::uint64_t>(number), remembered);
  }));
  Mark mark;
  if (stored) {
    TRY(mark, *std::move(stored));
  }
  return &marks_.emplace(key, mark).first->second;
}

Result<void> MarkTables::apply(store::Session& session, DecodedEntry& entry) {
  const auto& signature = entry.report().signature;
  if (!signature) return {};
  TRY(Mark* const mark, find(session, {entry->fleet.value, entry->subject.id, hex(signature->key_id)}));
  const auto digest = crypto::sha256(entry->payload);
  if (mark->judge(signature->boot_count, signature->number, digest) == Mark::Verdict::fresh)
    mark->take(signature->boot_count, signature->number, digest);
  return {};
}

Result<void> MarkTables::flush(store::Session& session) {
  if (marks_.empty()) return {};
  CHECK(session.run([&](soci::session& sql) {
    std::string fleet;
    std::string device;
    std::string key_id;
    long long boot_count = 0;
    long long number = 0;
    std::string remembered;
    soci::statement upsert =
        (sql.prepare << "INSERT INTO signed_mark (fleet, device, key_id, boot_count, number, remembered) "
                        "VALUES (:fleet, :device, :key, :boot_count, :number, :remembered) "
                        "ON CONFLICT (fleet, device, key_id) DO UPDATE SET boot_count = excluded.boot_count, "
                        "number = excluded.number, remembered = excluded.remembered",
         use(fleet, "fleet"), use(device, "device"), use(key_id, "key"), use(boot_count, "boot_count"),
         use(number, "number"), use(remembered, "remembered"));
    for (const auto& [key, mark] : marks_) {
      std::tie(fleet, device, key_id) = key;
      boot_count = static_cast<long long>(mark.boot_count());
      number = static_cast<long long>(mark.number());
      remembered = mark.remembered();
      upsert.execute(true);
    }
  }));
  marks_.clear();
  return {};
}

Result<std::vector<KeyMark>> load_marks(store::Session& session) {
  std::vector<KeyMark> out;
  std::optional<Error> broken;
  CHECK(session.run([&](soci::session& sql) {
    each_row<FleetId, DeviceId, std::string, std::uint64_t, std::uint64_t, std::string>(
        sql, "SELECT fleet, device, key_id, boot_count, number, remembered FROM signed_mark",
        [&](FleetId fleet, DeviceId device, std::string key_id, std::uint64_t boot_count, std::uint64_t number,
            const std::string& remembered) {
          auto mark = Mark::restore(boot_count, number, remembered);
          if (!mark) {
            broken = std::move(mark).error();
            return;
          }
          out.push_back({std::move(fleet), std::move(device), std::move(key_id), *std::move(mark)});
        });
  }));
  if (broken) return std::unexpected(*std::move(broken));
  return out;
}

}  // namespace outrider::fleet
