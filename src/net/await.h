#pragma once
// From callbacks to coroutines.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <memory>
#include <utility>

#include "base/result.h"

namespace outrider::net {

// Waits for a callback that comes from any thread, and continues on the coroutine's own executor:
//   auto number = co_await await_done<std::uint64_t>([&](auto done) { ledger.append(draft, std::move(done)); });
// `start` must call `done` exactly once.
template <class T, class Start>
boost::asio::awaitable<Result<T>> await_done(Start start) {
  co_return co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable), void(Result<T>)>(
      [start = std::move(start)](auto handler) mutable {
        auto executor = boost::asio::get_associated_executor(handler);
        auto held = std::make_shared<decltype(handler)>(std::move(handler));
        start(std::move_only_function<void(Result<T>)>(
            [held, executor, work = boost::asio::make_work_guard(executor)](Result<T> result) {
              boost::asio::post(executor, [held, result = std::move(result)]() mutable { (*held)(std::move(result)); });
            }));
      },
      boost::asio::use_awaitable);
}

}  // namespace outrider::net
