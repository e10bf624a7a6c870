// Queues, exchanges of QoS 2, retained messages.
#include "gateway/mqtt/state/columns.h"
#include "gateway/mqtt/state/tables.h"

namespace outrider::gateway::mqtt {

using namespace columns;
using wire::mqtt::QoS;

// --- queues

Result<std::int64_t> Tables::keep_message(const Message& message, std::size_t references) {
  TRY(auto* const keep, use("INSERT INTO message (fleet, publisher, received, "
                            "expires, frame, refs) "
                            "VALUES (?, ?, ?, ?, ?, ?) RETURNING id"));
  keep->bind(std::string_view(message.fleet.value))
      .bind(std::string_view(message.publisher.value))
      .bind(to_micros(message.received))
      .bind(stored(message.expires()))
      .bind(ByteView(message.frame))
      .bind(static_cast<std::int64_t>(references));
  TRY(const bool row, keep->step());
  if (!row) return fail(Errc::internal, "state-failed", "no message was made");
  const std::int64_t id = keep->integer(0);
  CHECK(keep->step());  // to its end, which is when SQLite writes
  return id;
}

Result<void> Tables::enqueue(KeptId id, const QueueRow& row, std::int64_t message) {
  TRY(auto* const enqueue, use("INSERT INTO queue VALUES (?, ?, ?, ?, ?, ?, ?)"));
  ByteWriter identifiers;
  for (const std::uint32_t each : row.identifiers) identifiers.u32(each);
  return enqueue->bind(stored(id))
      .bind(stored(row.sequence))
      .bind(message)
      .bind(std::int64_t{options_of(row)})
      .bind(std::string_view(row.group))
      .bind(ByteView(identifiers.bytes()))
      .bind(static_cast<std::int64_t>(row.message->bytes()))
      .run();
}

Result<std::vector<QueueRow>> Tables::page(KeptId id, std::uint64_t after, std::size_t count_max) {
  TRY(auto* const find, use("SELECT fleet, publisher, received, frame, sequence, options, share, "
                            "identifiers FROM queue "
                            "JOIN message ON message.id = queue.message WHERE session = ? AND "
                            "sequence > ? ORDER BY sequence LIMIT ?"));
  find->bind(stored(id)).bind(stored(after)).bind(static_cast<std::int64_t>(count_max));
  return all<QueueRow>(*find, [](auto& row) -> Result<QueueRow> {
    QueueRow out;
    TRY(out.message, message_at(row, 0, 1, 2, 3));
    out.sequence = loaded(row.integer(4));
    const auto options = static_cast<unsigned>(row.integer(5));
    out.qos = static_cast<QoS>(options & qos_bits);
    out.retain = (options & retain_bit) != 0;
    out.by_alias = (options & alias_bit) != 0;
    out.released = (options & released_bit) != 0;
    out.group = row.text(6);
    ByteReader identifiers(row.blob(7));
    while (!identifiers.empty()) {
      TRY(const auto each, identifiers.u32());
      out.identifiers.push_back(each);
    }
    return out;
  });
}

Result<std::size_t> Tables::dequeue(KeptId id, std::uint64_t sequence) {
  TRY(auto* const find, use("SELECT bytes FROM queue WHERE session = ? AND sequence = ?"));
  find->bind(stored(id)).bind(stored(sequence));
  TRY(const bool row, find->step());
  if (!row) return std::size_t{0};
  const auto bytes = static_cast<std::size_t>(find->integer(0));
  find->reset();
  TRY(auto* const remove, use("DELETE FROM queue WHERE session = ? AND sequence = ?"));
  CHECK(remove->bind(stored(id)).bind(stored(sequence)).run());
  return bytes;
}

Result<void> Tables::release(KeptId id, std::uint64_t sequence) {
  TRY(auto* const release, use("UPDATE queue SET options = options | 16 WHERE "
                               "session = ? AND sequence = ?"));
  static_assert(released_bit == 16);
  return release->bind(stored(id)).bind(stored(sequence)).run();
}

Result<std::vector<Tables::QueueSize>> Tables::queue_sizes() {
  TRY(auto* const find, use("SELECT session, COUNT(*), SUM(bytes), "
                            "MAX(sequence) FROM queue GROUP BY session"));
  return all<QueueSize>(*find, [](const auto& row) -> Result<QueueSize> {
    return QueueSize{loaded(row.integer(0)), static_cast<std::uint32_t>(row.integer(1)), loaded(row.integer(2)),
                     loaded(row.integer(3))};
  });
}

Result<std::vector<Tables::RowName>> Tables::expired_rows(Timestamp now, std::size_t count_max) {
  TRY(auto* const find, use("SELECT queue.session, queue.sequence FROM message JOIN queue ON "
                            "queue.message = message.id JOIN session ON "
                            "session.id = queue.session WHERE message.expires <= ? AND "
                            "session.expires IS NOT NULL AND queue.sequence > "
                            "session.sent LIMIT ?"));
  find->bind(to_micros(now)).bind(static_cast<std::int64_t>(count_max));
  return all<RowName>(*find, [](const auto& row) -> Result<RowName> {
    return RowName{loaded(row.integer(0)), loaded(row.integer(1))};
  });
}

Result<std::vector<Tables::RowName>> Tables::rows_by(const FleetId& fleet, const DeviceId& publisher) {
  TRY(auto* const find, use("SELECT queue.session, queue.sequence FROM message JOIN queue ON "
                            "queue.message = "
                            "message.id WHERE message.fleet = ? AND message.publisher = ?"));
  find->bind(std::string_view(fleet.value)).bind(std::string_view(publisher.value));
  return all<RowName>(*find, [](const auto& row) -> Result<RowName> {
    return RowName{loaded(row.integer(0)), loaded(row.integer(1))};
  });
}

// --- exchanges of QoS 2 from clients

Result<void> Tables::receive(KeptId id, const Inbound& inbound, std::uint64_t since, const Message& message) {
  TRY(auto* const count, use("UPDATE session SET exchanges = MAX(exchanges, ?) WHERE id = ?"));
  CHECK(count->bind(stored(inbound.exchange)).bind(stored(id)).run());
  TRY(auto* const receive, use("INSERT OR REPLACE INTO inbound VALUES (?, ?, ?, ?, ?, ?)"));
  return receive->bind(stored(id))
      .bind(std::int64_t{inbound.packet_identifier})
      .bind(stored(inbound.exchange))
      .bind(stored(since))
      .bind(to_micros(message.received))
      .bind(ByteView(message.frame))
      .run();
}

Result<void> Tables::settle(KeptId id, std::uint64_t exchange) {
  TRY(auto* const settle, use("UPDATE inbound SET since = NULL, received = NULL, frame = NULL "
                              "WHERE session = ? AND exchange = ?"));
  return settle->bind(stored(id)).bind(stored(exchange)).run();
}

Result<void> Tables::forget_exchange(KeptId id, std::uint64_t exchange) {
  TRY(auto* const forget, use("DELETE FROM inbound WHERE session = ? AND exchange = ?"));
  return forget->bind(stored(id)).bind(stored(exchange)).run();
}

Result<void> Tables::forget_inbound(KeptId id, std::uint16_t packet_identifier) {
  TRY(auto* const forget, use("DELETE FROM inbound WHERE session = ? AND packet = ?"));
  return forget->bind(stored(id)).bind(std::int64_t{packet_identifier}).run();
}

Result<std::vector<Inbound>> Tables::inbound(KeptId id) {
  TRY(auto* const find, use("SELECT packet, exchange FROM inbound WHERE session = ? AND since IS NULL"));
  find->bind(stored(id));
  return all<Inbound>(*find, [](const auto& row) -> Result<Inbound> {
    return Inbound{static_cast<std::uint16_t>(row.integer(0)), loaded(row.integer(1))};
  });
}

Result<std::vector<Unsettled>> Tables::unsettled() {
  TRY(auto* const find, use("SELECT fleet, principal, received, frame, session, packet, "
                            "exchange, since FROM inbound JOIN session ON "
                            "session.id = inbound.session WHERE since IS NOT NULL ORDER BY session, exchange"));
  return all<Unsettled>(*find, [](auto& row) -> Result<Unsettled> {
    Unsettled out;
    TRY(out.message, message_at(row, 0, 1, 2, 3));
    out.kept = loaded(row.integer(4));
    out.message->from_kept = out.kept;
    out.inbound = {static_cast<std::uint16_t>(row.integer(5)), loaded(row.integer(6))};
    out.since = loaded(row.integer(7));
    return out;
  });
}

// --- retained messages

Result<void> Tables::retain(const Message& message) {
  TRY(auto* const retain, use("INSERT OR REPLACE INTO retained VALUES (?, ?, ?, ?, ?)"));
  return retain->bind(std::string_view(message.fleet.value))
      .bind(message.topic())
      .bind(std::string_view(message.publisher.value))
      .bind(to_micros(message.received))
      .bind(ByteView(message.frame))
      .run();
}

Result<void> Tables::unretain(const FleetId& fleet, std::string_view topic) {
  TRY(auto* const remove, use("DELETE FROM retained WHERE fleet = ? AND topic = ?"));
  return remove->bind(std::string_view(fleet.value)).bind(topic).run();
}

Result<std::vector<std::shared_ptr<Message>>> Tables::retained() {
  TRY(auto* const find, use("SELECT fleet, publisher, received, frame FROM retained"));
  return all<std::shared_ptr<Message>>(*find, [](auto& row) { return message_at(row, 0, 1, 2, 3); });
}

}  // namespace outrider::gateway::mqtt
