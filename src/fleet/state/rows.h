#pragma once
// Rows of a query as values of the types that the code has: ids, times, enumerations by name, and what may be NULL.
//   each_row<FleetId, std::string, std::optional<Timestamp>>(sql, "SELECT fleet, name, until FROM …",
//                                                            [](FleetId fleet, std::string name, auto until) { … });
#include <soci/soci.h>

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>

#include "base/ids.h"
#include "base/time.h"

namespace outrider::fleet {

// What the driver fills, and the value that comes of it.
template <class T>
struct RowCell {
  std::string stored;
  soci::indicator present = soci::i_null;
  T value() const {
    if constexpr (std::is_enum_v<T>) {
      T out{};
      boost::describe::enum_from_string(stored.c_str(), out);  // written by ourselves from the same names
      return out;
    } else {
      return T(stored);
    }
  }
};

template <>
struct RowCell<std::uint64_t> {
  long long stored = 0;
  soci::indicator present = soci::i_null;
  std::uint64_t value() const { return static_cast<std::uint64_t>(stored); }
};

template <>
struct RowCell<bool> {
  int stored = 0;
  soci::indicator present = soci::i_null;
  bool value() const { return stored != 0; }
};

template <>
struct RowCell<Timestamp> {
  long long stored = 0;
  soci::indicator present = soci::i_null;
  Timestamp value() const { return from_micros(stored); }
};

template <class T>
struct RowCell<std::optional<T>> : RowCell<T> {
  std::optional<T> value() const {
    if (this->present != soci::i_ok) return std::nullopt;
    return RowCell<T>::value();
  }
};

template <class... Types, class Take>
void each_row(soci::session& sql, const char* query, Take&& take) {
  std::tuple<RowCell<Types>...> columns;
  std::apply(
      [&](auto&... column) {
        soci::statement select(sql);
        (select.exchange(soci::into(column.stored, column.present)), ...);
        select.alloc();
        select.prepare(query);
        select.define_and_bind();
        select.execute();
        while (select.fetch()) take(column.value()...);
      },
      columns);
}

}  // namespace outrider::fleet
