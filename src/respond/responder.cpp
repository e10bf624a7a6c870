#include "respond/responder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/log.h"

namespace outrider::respond {
namespace {

// How long a stop may have to wait, and how late a release by time may come.
constexpr std::chrono::milliseconds follow_deadline{200};
constexpr std::chrono::milliseconds retry_delay{1000};
constexpr std::chrono::seconds save_interval{30};
// Entries of no interest that are read again after a crash; more is worth a new snapshot.
constexpr std::uint64_t unsaved_entries_max = 100'000;
constexpr std::size_t snapshot_bytes_max = 512UL << 20U;

}  // namespace

Responder::Responder(Rooms rooms, Options options, Courier::Carry carry)
    : rooms_(rooms),
      options_(std::move(options)),
      courier_(options_.post, std::move(carry)),
      behind_(rooms_.metrics.gauge("outrider_response_lag_entries", "Durable entries that responses have not seen")),
      waiting_(rooms_.metrics.gauge("outrider_responses_proposed", "Proposed responses that wait for people")) {
  courier_.on_delivered([this](const Letter& letter, const Posted& posted) {
    if (const auto of_fleet = desk(letter.fleet)) (*of_fleet)->delivered(letter.id, posted);
  });
}

Responder::~Responder() {
  stop();
}

std::filesystem::path Responder::snapshot_of(const FleetId& fleet) const {
  return options_.directory / (fleet.value + ".snapshot");
}

// A snapshot that cannot be used is no loss but time.
Result<Book> Responder::open_book(const FleetId& fleet) const {
  const auto text = read_text_file(snapshot_of(fleet), snapshot_bytes_max);
  if (!text && text.error().code == Errc::not_found) return Book(fleet);
  TRY(const auto durable, rooms_.ledger.durable(fleet));
  const auto used = [&]() -> Result<Book> {
    if (!text) return std::unexpected(text.error());
    TRY(auto loaded, Book::load(fleet, *text));
    if (loaded.next() > durable) return fail(Errc::corrupt, "bad-snapshot", "it is ahead of the ledger");
    return loaded;
  }();
  if (used) return *used;
  log::warn("a snapshot of responses is not used; the ledger is read from its beginning",
            {{"fleet", fleet.value}, {"why", used.error().detail}});
  return Book(fleet);
}

Result<Desk*> Responder::open_desk(const FleetId& fleet) {
  TRY(auto book, open_book(fleet));
  auto made = std::make_unique<Desk>(Desk::Rooms{.ledger = rooms_.ledger,
                                                 .hands = rooms_.hands,
                                                 .courier = courier_,
                                                 .clock = rooms_.clock,
                                                 .brakes = options_.brakes},
                                     fleet, std::move(book));
  CHECK(made->follow());
  const std::lock_guard lock(mutex_);
  Fleet& row = fleets_[fleet];
  if (row.desk == nullptr) row.desk = std::move(made);  // somebody may have been quicker
  return row.desk.get();
}

Result<void> Responder::open() {
  CHECK(make_directories(options_.directory, 0700));
  for (const auto& fleet : rooms_.hands.fleets()) CHECK(open_desk(fleet));
  return {};
}

void Responder::start() {
  stopping_ = false;
  courier_.start();
  thread_ = std::thread([this] { run(); });
}

void Responder::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  courier_.stop();
  save(true);
}

Result<Desk*> Responder::desk(const FleetId& fleet) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = fleets_.find(fleet);
    if (found != fleets_.end() && found->second.desk) return found->second.desk.get();
  }
  const auto fleets = rooms_.hands.fleets();
  if (std::ranges::find(fleets, fleet) != fleets.end()) return open_desk(fleet);
  return fail(Errc::not_found, "unknown-fleet", fmt::format("there is no fleet '{}'", fleet.value));
}

std::vector<std::pair<FleetId, Desk*>> Responder::desks() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<FleetId, Desk*>> out;
  for (const auto& [fleet, row] : fleets_)
    if (row.desk) out.emplace_back(fleet, row.desk.get());
  return out;
}

void Responder::run() {
  std::uint64_t seen = 0;
  auto save_at = std::chrono::steady_clock::now() + save_interval;
  while (!stopping_) {
    seen = rooms_.ledger.wait_for_growth(seen, follow_deadline);
    round();
    if (std::chrono::steady_clock::now() < save_at) continue;
    save(false);
    save_at = std::chrono::steady_clock::now() + save_interval;
  }
}

void Responder::round() {
  for (const auto& fleet : rooms_.hands.fleets()) {
    if (stopping_) return;
    if (rests(fleet)) continue;
    const auto of_fleet = desk(fleet);
    note(fleet, of_fleet ? (*of_fleet)->advance() : Result<void>(std::unexpected(of_fleet.error())));
  }
  measure();
}

bool Responder::rests(const FleetId& fleet) const {
  const std::lock_guard lock(mutex_);
  const auto found = fleets_.find(fleet);
  return found != fleets_.end() && std::chrono::steady_clock::now() < found->second.rest_until;
}

void Responder::measure() {
  std::uint64_t behind = 0;
  std::size_t waiting = 0;
  for (const auto& [fleet, desk] : desks()) {
    const auto durable = rooms_.ledger.durable(fleet).value_or(0);
    behind += durable - std::min(durable, desk->next());
    waiting += desk->waiting();
  }
  behind_.set(static_cast<double>(behind));
  waiting_.set(static_cast<double>(waiting));
}

void Responder::note(const FleetId& fleet, const Result<void>& outcome) {
  std::string text = outcome ? std::string() : outcome.error().text();
  const std::lock_guard lock(mutex_);
  Fleet& row = fleets_[fleet];
  if (!outcome) row.rest_until = std::chrono::steady_clock::now() + retry_delay;
  if (row.problem == text) return;
  if (text.empty()) {
    log::info("responses advance again", {{"fleet", fleet.value}});
  } else {
    log::error("responses do not advance", {{"fleet", fleet.value}, {"problem", text}});
  }
  row.problem = std::move(text);
}

std::string Responder::problem() const {
  const std::lock_guard lock(mutex_);
  for (const auto& [fleet, row] : fleets_)
    if (!row.problem.empty()) return fmt::format("responses of fleet {} do not advance: {}", fleet.value, row.problem);
  return {};
}

void Responder::save(bool all) {
  for (const auto& [fleet, desk] : desks()) {
    {
      const std::lock_guard lock(mutex_);
      if (desk->next() == fleets_[fleet].saved_next) continue;
    }
    const Book book = desk->copy();  // writing it down takes a while
    {
      const std::lock_guard lock(mutex_);
      const Fleet& row = fleets_[fleet];
      const std::uint64_t unsaved = book.next() - row.saved_next;
      if (unsaved == 0 || (!all && book.changes() == row.saved_changes && unsaved < unsaved_entries_max)) continue;
    }
    if (const auto written = write_file_atomic(snapshot_of(fleet), book.save(), 0600); !written) {
      log::warn("cannot write a snapshot of responses", {{"fleet", fleet.value}, {"why", written.error().text()}});
      continue;
    }
    const std::lock_guard lock(mutex_);
    fleets_[fleet].saved_changes = book.changes();
    fleets_[fleet].saved_next = book.next();
  }
}

}  // namespace outrider::respond
