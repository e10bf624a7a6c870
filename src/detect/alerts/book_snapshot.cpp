// The alerts' part of the snapshot: docs/format/detection.md.
#include "detect/alerts/alert_book.h"

namespace outrider::detect {
namespace {

constexpr std::uint8_t version = 2;

std::unexpected<Error> damaged(std::string_view what) {
  return fail(Errc::corrupt, "bad-snapshot", "the snapshot of the alerts is damaged: " + std::string(what));
}

template <class T>
void put(ByteWriter& out, const T& one) {
  const std::string text = json::write(one);
  out.block32(as_bytes(text));
}

template <class T>
Result<T> get(ByteReader& in) {
  TRY(const auto block, in.block32());
  return json::read<T>(as_text(block.rest()));
}

}  // namespace

Bytes AlertBook::written(const Shelf& shelf) {
  ByteWriter out;
  out.u8(version).u64(shelf.next).u32(static_cast<std::uint32_t>(shelf.early.size()));
  for (const std::uint64_t number : shelf.early) out.u64(number);
  out.u32(static_cast<std::uint32_t>(shelf.alerts.size()));
  for (const auto& [number, alert] : shelf.alerts) put(out, alert);
  out.u32(static_cast<std::uint32_t>(shelf.by_response.size()));
  for (const auto& [response, number] : shelf.by_response) out.block16(as_bytes(response)).u64(number);
  out.u32(static_cast<std::uint32_t>(shelf.suppressions.size()));
  for (const auto& one : shelf.suppressions) put(out, one);
  out.u32(static_cast<std::uint32_t>(shelf.maintenance.size()));
  for (const auto& one : shelf.maintenance) put(out, one);
  return std::move(out).take();
}

Result<AlertBook::Shelf> AlertBook::read(ByteView state) {
  ByteReader in(state);
  TRY(const auto written_by, in.u8());
  if (written_by != version)
    return fail(Errc::corrupt, "other-snapshot", "the snapshot of the alerts is of another version");
  Shelf shelf;
  TRY(shelf.next, in.u64());
  TRY(const auto early, in.u32());
  for (std::uint32_t i = 0; i < early; ++i) {
    TRY(const auto number, in.u64());
    shelf.early.insert(number);
  }
  TRY(const auto alerts, in.u32());
  if (alerts > Limits().open_max + Limits().resolved_max) return damaged("too many alerts");
  for (std::uint32_t i = 0; i < alerts; ++i) {
    TRY(auto alert, get<Alert>(in));
    if (!shelf.by_id.emplace(alert.said.alert, alert.entry).second) return damaged("an alert stands in it twice");
    if (alert.state == AlertState::resolved) shelf.resolved.insert(alert.entry);
    shelf.alerts.emplace(alert.entry, std::move(alert));
  }
  if (shelf.alerts.size() != alerts) return damaged("an alert stands in it twice");
  TRY(const auto responses, in.u32());
  for (std::uint32_t i = 0; i < responses; ++i) {
    TRY(const auto response, in.block16());
    TRY(const auto number, in.u64());
    if (!shelf.alerts.contains(number)) return damaged("a response to no alert");
    shelf.by_response.emplace(as_text(response.rest()), number);
  }
  TRY(const auto suppressions, in.u32());
  for (std::uint32_t i = 0; i < suppressions; ++i) {
    TRY(auto one, get<Suppression>(in));
    shelf.suppressions.push_back(std::move(one));
  }
  TRY(const auto maintenance, in.u32());
  for (std::uint32_t i = 0; i < maintenance; ++i) {
    TRY(auto one, get<Maintenance>(in));
    shelf.maintenance.push_back(std::move(one));
  }
  CHECK(in.finish());
  return shelf;
}

}  // namespace outrider::detect
