#pragma once
// Plain records in a snapshot (docs/format/detection.md): their count and size, then the records as they stand in
// memory. Records of another size were written by another version and are refused.
#include <cstring>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace outrider::detect {

template <class T>
void put_records(ByteWriter& out, const std::vector<T>& records) {
  static_assert(std::is_trivially_copyable_v<T>);
  out.u32(static_cast<std::uint32_t>(records.size())).u32(sizeof(T));
  out.raw({reinterpret_cast<const std::uint8_t*>(records.data()), records.size() * sizeof(T)});
}

template <class T>
Result<std::vector<T>> get_records(ByteReader& in, std::size_t most) {
  TRY(const auto count, in.u32());
  TRY(const auto size, in.u32());
  if (size != sizeof(T)) return fail(Errc::corrupt, "other-snapshot", "another version wrote the snapshot's records");
  if (count > most) return fail(Errc::corrupt, "too-many", "the snapshot has more records than there can be");
  TRY(const auto bytes, in.take(count * sizeof(T)));
  std::vector<T> records(count);
  if (count != 0) std::memcpy(static_cast<void*>(records.data()), bytes.data(), bytes.size());
  return records;
}

template <class T>
void put_record(ByteWriter& out, const T& record) {
  static_assert(std::is_trivially_copyable_v<T>);
  out.u32(sizeof record).raw({reinterpret_cast<const std::uint8_t*>(&record), sizeof record});
}

template <class T>
Result<void> get_record(ByteReader& in, T& record) {
  TRY(const auto size, in.u32());
  if (size != sizeof record)
    return fail(Errc::corrupt, "other-snapshot", "another version wrote the snapshot's records");
  TRY(const auto bytes, in.take(sizeof record));
  std::memcpy(static_cast<void*>(&record), bytes.data(), bytes.size());
  return {};
}

}  // namespace outrider::detect
