#pragma once
// The statements over the broker's state. One thread; every change is inside a
// transaction of its owner (state_store).
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/mqtt/state/rows.h"
#include "store/state_file.h"

namespace outrider::gateway::mqtt {

class Tables {
 public:
  static constexpr int schema_version = 2;
  static Result<std::unique_ptr<Tables>> open(const std::filesystem::path& file);

  Result<void> begin();
  Result<void> commit();
  void rollback();

  // --- sessions
  Result<std::optional<StoredSession>> find(const SessionKey& key);
  Result<void> create(const SessionKey& key, KeptId id);
  Result<void> connect(KeptId id, std::uint32_t expiry, const LeftWill* will);
  // `due`: when its will is, if it has one.
  Result<void> disconnect(KeptId id, std::uint32_t expiry, Timestamp expires, std::optional<Timestamp> due);
  Result<void> remove(KeptId id);
  Result<void> set_sent(KeptId id, std::uint64_t sequence);
  // Of a kept session that has its connection, or whose will's time has not come.
  Result<void> drop_will(KeptId id);
  Result<std::optional<LeftWill>> will_of(KeptId id);
  struct Ended {
    KeptId id = 0;
    FleetId fleet;
    DeviceId principal;
    std::string client_id;
  };
  Result<std::vector<Ended>> with_due_wills(Timestamp now, std::size_t count_max);
  Result<std::vector<Ended>> expired(Timestamp now, std::size_t count_max);
  Result<std::vector<Ended>> of(const FleetId& fleet, const DeviceId& principal);
  // At start: whoever was connected has just lost its connection.
  Result<void> disconnect_all(Timestamp now);
  Result<void> each_session(const std::function<void(const Ended&)>& found);

  // --- wills by themselves: of sessions that are not kept, and those that are being published
  // `since` as in DueWill; nothing: it is not due.
  Result<void> leave_will(WillId id, KeptId session, const LeftWill& will, std::optional<std::uint64_t> since);
  Result<void> set_due(WillId id, std::uint64_t since);
  Result<void> remove_will(WillId id);
  Result<std::optional<DueWill>> will(WillId id);
  Result<std::vector<DueWill>> due_wills(std::size_t count_max);
  Result<void> remove_wills_by(const FleetId& fleet, const DeviceId& principal);
  // Fleets with wills that are not due; and makes those due.
  Result<std::vector<FleetId>> fleets_with_wills();
  Result<void> set_all_due(const FleetId& fleet, std::uint64_t since);

  // --- subscriptions
  Result<void> subscribe(KeptId id, const StoredFilter& filter);
  Result<void> unsubscribe(KeptId id, const Filter& filter);
  Result<std::vector<StoredFilter>> filters(KeptId id);

  // --- queues
  // For as many queues as are said to refer to it.
  Result<std::int64_t> keep_message(const Message& message, std::size_t references);
  Result<void> enqueue(KeptId id, const QueueRow& row, std::int64_t message);
  // Rows behind `after`, in order.
  Result<std::vector<QueueRow>> page(KeptId id, std::uint64_t after, std::size_t count_max);
  // Bytes of the row; 0 when there was none.
  Result<std::size_t> dequeue(KeptId id, std::uint64_t sequence);
  Result<void> release(KeptId id, std::uint64_t sequence);
  struct QueueSize {
    KeptId id = 0;
    std::uint32_t rows = 0;
    std::uint64_t bytes = 0;
    std::uint64_t last = 0;  // sequence
  };
  Result<std::vector<QueueSize>> queue_sizes();
  struct RowName {
    KeptId id = 0;
    std::uint64_t sequence = 0;
  };
  // Messages in queues of sleeping sessions that nobody wants any more; those a
  // principal published.
  Result<std::vector<RowName>> expired_rows(Timestamp now, std::size_t count_max);
  Result<std::vector<RowName>> rows_by(const FleetId& fleet, const DeviceId& publisher);

  // --- exchanges of QoS 2 from clients
  Result<void> receive(KeptId id, const Inbound& inbound, std::uint64_t since, const Message& message);
  Result<void> settle(KeptId id, std::uint64_t exchange);
  Result<void> forget_exchange(KeptId id, std::uint64_t exchange);
  Result<void> forget_inbound(KeptId id, std::uint16_t packet_identifier);
  // Those that are settled: of the others nobody has said that they were received.
  Result<std::vector<Inbound>> inbound(KeptId id);
  Result<std::vector<Unsettled>> unsettled();

  // --- retained messages
  Result<void> retain(const Message& message);
  Result<void> unretain(const FleetId& fleet, std::string_view topic);
  Result<std::vector<std::shared_ptr<Message>>> retained();

 private:
  explicit Tables(std::unique_ptr<store::StateFile> file) : file_(std::move(file)) {}
  // Prepared at first use; reset.
  Result<store::Statement*> use(std::string_view sql);

  std::unique_ptr<store::StateFile> file_;
  std::map<const char*, store::Statement> statements_;  // by the literal
};

}  // namespace outrider::gateway::mqtt
