#pragma once
// How values stand in columns; for the sources of Tables only.
#include <optional>
#include <vector>

#include "gateway/mqtt/state/tables.h"

namespace outrider::gateway::mqtt::columns {

inline constexpr unsigned qos_bits = 3;
inline constexpr unsigned no_local_bit = 4;
inline constexpr unsigned as_published_bit = 8;
inline constexpr unsigned retain_bit = 4;
inline constexpr unsigned alias_bit = 8;
inline constexpr unsigned released_bit = 16;

inline std::int64_t stored(std::uint64_t id) {
  return static_cast<std::int64_t>(id);
}
inline std::uint64_t loaded(std::int64_t id) {
  return static_cast<std::uint64_t>(id);
}
inline std::optional<std::int64_t> stored(std::optional<Timestamp> time) {
  return time ? std::optional(to_micros(*time)) : std::nullopt;
}

inline unsigned options_of(const Wanted& wanted) {
  return static_cast<unsigned>(wanted.qos) | (wanted.no_local ? no_local_bit : 0U) |
         (wanted.retain_as_published ? as_published_bit : 0U);
}

inline unsigned options_of(const QueueRow& row) {
  return static_cast<unsigned>(row.qos) | (row.retain ? retain_bit : 0U) | (row.by_alias ? alias_bit : 0U) |
         (row.released ? released_bit : 0U);
}

inline Result<std::shared_ptr<Message>> message_at(store::Statement& row, int fleet, int publisher, int received,
                                                   int frame) {
  return read_message(FleetId(std::string(row.text(fleet))), DeviceId(std::string(row.text(publisher))),
                      from_micros(row.integer(received)), to_bytes(row.blob(frame)));
}

inline Tables::Ended ended_at(const store::Statement& row) {
  return {loaded(row.integer(0)), FleetId(std::string(row.text(1))), DeviceId(std::string(row.text(2))),
          std::string(row.text(3))};
}

// The rows of a statement that is bound.
template <class T, class Read>
Result<std::vector<T>> all(store::Statement& statement, Read&& read) {
  std::vector<T> out;
  for (;;) {
    TRY(const bool row, statement.step());
    if (!row) break;
    TRY(auto value, read(statement));
    out.push_back(std::move(value));
  }
  statement.reset();
  return out;
}

}  // namespace outrider::gateway::mqtt::columns
