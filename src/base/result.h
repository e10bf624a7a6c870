#pragma once
// Result<T> and the macros that pass an Error on.
#include <expected>
#include <utility>

#include "base/error.h"

namespace outrider {

template <class T = void>
using Result = std::expected<T, Error>;

template <class... Args>
std::unexpected<Error> fail(Args&&... args) {
  return std::unexpected(Error(std::forward<Args>(args)...));
}

}  // namespace outrider

#define OUTRIDER_CONCAT_(a, b) a##b
#define OUTRIDER_CONCAT(a, b) OUTRIDER_CONCAT_(a, b)
#define OUTRIDER_TRY_(tmp, ret, decl, ...)                 \
  auto tmp = (__VA_ARGS__);                                \
  if (!tmp) ret ::std::unexpected(std::move(tmp).error()); \
  decl = *std::move(tmp)
#define OUTRIDER_CHECK_(tmp, ret, ...) \
  if (auto tmp = (__VA_ARGS__); !tmp) ret ::std::unexpected(std::move(tmp).error())

// TRY(auto csr, parse_csr(body));   one per line: declares or assigns the value, or returns the error.
#define TRY(decl, ...) OUTRIDER_TRY_(OUTRIDER_CONCAT(try_, __COUNTER__), return, decl, __VA_ARGS__)
// CHECK(write(x));                  for Result<void>
#define CHECK(...) OUTRIDER_CHECK_(OUTRIDER_CONCAT(check_, __COUNTER__), return, __VA_ARGS__)
// The same inside coroutines.
#define CO_TRY(decl, ...) OUTRIDER_TRY_(OUTRIDER_CONCAT(try_, __COUNTER__), co_return, decl, __VA_ARGS__)
#define CO_CHECK(...) OUTRIDER_CHECK_(OUTRIDER_CONCAT(check_, __COUNTER__), co_return, __VA_ARGS__)
