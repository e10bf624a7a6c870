// Entries of the ledger: pages, one, and the tail as it grows.
#include <fmt/format.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "api/entry_json.h"
#include "api/handlers.h"
#include "api/routing/workers.h"
#include "base/log.h"

namespace outrider::api {
namespace {

constexpr std::size_t read_batch = 500;           // entries a read: half a megabyte of typical reports
constexpr std::size_t scanned_max = 20'000;       // entries looked at for one page: some tens of milliseconds
constexpr std::size_t piece_bytes_max = 1 << 20;  // of a stream: what one slow reader may hold in memory
// How often a stream at the end of the ledger looks whether it has grown: a look is one lock in memory.
constexpr auto tail_interval = std::chrono::milliseconds{100};
constexpr int looks_until_sign = 150;  // an empty line every 15 s keeps middle boxes from cutting a quiet stream

struct Page {
  json::Array items;
  std::uint64_t next = 0;
  bool more = false;
};

Result<Page> read_page(const House& house, const FleetId& fleet, const EntryFilter& filter, std::uint64_t from,
                       std::size_t limit) {
  Page page{.next = from};
  for (std::size_t scanned = 0; scanned < scanned_max;) {
    TRY(const auto entries, house.ledger.read(fleet, page.next, std::min(read_batch, scanned_max - scanned)));
    if (entries.empty()) return page;
    for (const auto& entry : entries) {
      ++scanned;
      page.next = entry.number + 1;
      if (filter.takes(entry)) page.items.push_back(entry_json(entry));
      if (page.items.size() == limit) break;
    }
    if (page.items.size() == limit) break;
  }
  TRY(const auto durable, house.ledger.durable(fleet));
  page.more = page.next < durable;
  return page;
}

// The lines from `next` on that there are now; advances `next`. Empty at the end of the ledger.
Result<std::string> read_lines(const House& house, const FleetId& fleet, const EntryFilter& filter,
                               std::uint64_t& next) {
  std::string out;
  while (out.size() < piece_bytes_max) {
    TRY(const auto entries, house.ledger.read(fleet, next, read_batch));
    if (entries.empty()) break;
    for (const auto& entry : entries) {
      next = entry.number + 1;
      if (filter.takes(entry)) out += json::compact(entry_json(entry)) + "\n";
      if (out.size() >= piece_bytes_max) break;
    }
    if (!out.empty()) break;  // what there is goes out before more is looked for
  }
  return out;
}

// One follower of a fleet's entries.
struct Follower {
  const House& house;
  Workers& workers;
  FleetId fleet;
  EntryFilter filter;
  std::uint64_t next = 0;

  static net::Awaitable<std::optional<std::string>> piece(std::shared_ptr<Follower> self) {
    for (int looks = 0; looks < looks_until_sign; ++looks) {
      const auto durable = self->house.ledger.durable(self->fleet);
      if (!durable || self->house.stopping()) co_return std::nullopt;
      if (self->next < *durable) {
        auto read = co_await self->workers.run<std::string>(
            [self] { return read_lines(self->house, self->fleet, self->filter, self->next); });
        if (!read) {
          log::error("api: a stream of entries ends early",
                     {{"fleet", self->fleet.value}, {"entry", self->next}, {"detail", read.error().text()}});
          co_return std::nullopt;
        }
        if (!read->empty()) co_return *std::move(read);
        if (self->next < *durable) continue;  // nothing for the filter so far
      }
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, tail_interval);
      boost::system::error_code cancelled;
      co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
      if (cancelled) co_return std::nullopt;
    }
    co_return "\n";
  }
};

}  // namespace

Result<net::HttpResponse> get_entries(const House& house, const Call& call) {
  TRY(const auto fleet, call.log());
  TRY(const auto from, call.integer("from"));
  TRY(const auto after, call.integer("after"));
  TRY(const auto limit, call.limit());
  TRY(const auto filter, EntryFilter::from(call));
  TRY(auto page, read_page(house, fleet, filter, after.value_or(from.value_or(0)), limit));
  return answer_list(std::move(page.items), page.more ? std::optional(fmt::format("{}", page.next)) : std::nullopt);
}

Result<net::HttpResponse> get_entry(const House& house, const Call& call) {
  TRY(const auto fleet, call.log());
  TRY(const auto number, call.number());
  TRY(const auto entries, house.ledger.read(fleet, number, 1));
  if (entries.empty() || entries.front().number != number)
    return fail(Errc::not_found, "no-such-entry", fmt::format("there is no entry {} in '{}'", number, fleet.value));
  return answer(entry_json(entries.front()));
}

Result<net::HttpResponse> stream_entries(const House& house, const Call& call, Workers& workers) {
  TRY(const auto fleet, call.log());
  TRY(const auto from, call.integer("from"));
  TRY(auto filter, EntryFilter::from(call));
  TRY(const auto durable, house.ledger.durable(fleet));
  auto follower = std::make_shared<Follower>(house, workers, fleet, std::move(filter), from.value_or(durable));
  net::HttpResponse response;
  response.headers.emplace("Content-Type", "application/x-ndjson");
  response.next_chunk = [follower = std::move(follower)] { return Follower::piece(follower); };
  return response;
}

}  // namespace outrider::api
