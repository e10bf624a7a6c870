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
constexpr std::size_t snapshot_bytes_max = 256UL << 20U;

}  // namespace

Responder::Responder(Rooms rooms, Options options, Courier::Carry carry)
    : rooms_(rooms),
      options_(std::move(options)),
      courier_(options_.post, std::move(carry)),
      behind_(rooms_.metrics.gauge("outrider_response_lag_entries", "Durable entries that responses have not seen")),
      waiting_(rooms_.metrics.gauge("outrider_responses_proposed", "Proposed responses that wait for people")) {
  courier_.on_delivered([this](const Letter& letter, const Delivery& delivery) {
    if (const auto of_fleet = desk(letter.fleet)) (*of_fleet)->delivered(letter.id, delivery);
  });
}

Responder::~Responder() {
  stop();
}

std::filesystem::path Responder::snapshot_of(const FleetId& fleet) const {
  return options_.directory / (fleet.value + ".snapshot");
}

// A snapshot that cannot be used is no loss but time.
Result<Desk*> Responder::open_desk(const FleetId& fleet) {
  Book book(fleet);
  if (const auto text = read_text_file(snapshot_of(fleet), snapshot_bytes_max)) {
    auto loaded = Book::load(fleet, *text);
    const auto durable = rooms_.ledger.durable(fleet);
    if (loaded && durable && loaded->next() <= *durable) {
      book = *std::move(loaded);
    } else {
      log::warn("a snapshot of responses is not used; the ledger is read from its beginning",
                {{"fleet", fleet.value}, {"why", loaded ? "it is ahead of the ledger" : loaded.error().detail}});
    }
  }
  auto made = std::make_unique<Desk>(Desk::Rooms{.ledger = rooms_.ledger,
                                                 .hands = rooms_.hands,
                                                 .courier = courier_,
                                                 .clock = rooms_.clock,
                                                 .brakes = options_.brakes},
                                     fleet, std::move(book));
  CHECK(made->follow());
  const std::lock_guard lock(mutex_);
  return desks_.try_emplace(fleet, std::move(made)).first->second.get();
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
  save();
}

Result<Desk*> Responder::desk(const FleetId& fleet) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = desks_.find(fleet); found != desks_.end()) return found->second.get();
  }
  const auto fleets = rooms_.hands.fleets();
  if (std::ranges::find(fleets, fleet) != fleets.end()) return open_desk(fleet);
  return fail(Errc::not_found, "unknown-fleet", fmt::format("there is no fleet '{}'", fleet.value));
}

std::vector<std::pair<FleetId, Desk*>> Responder::desks() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<FleetId, Desk*>> out;
  for (const auto& [fleet, desk] : desks_) out.emplace_back(fleet, desk.get());
  return out;
}

void Responder::run() {
  for (const auto& [fleet, desk] : desks()) note(fleet, desk->recover());
  std::uint64_t seen = 0;
  auto save_at = std::chrono::steady_clock::now() + save_interval;
  while (!stopping_) {
    seen = rooms_.ledger.wait_for_growth(seen, follow_deadline);
    round();
    if (std::chrono::steady_clock::now() < save_at) continue;
    save();
    save_at = std::chrono::steady_clock::now() + save_interval;
  }
}

void Responder::round() {
  for (const auto& fleet : rooms_.hands.fleets()) {
    const auto of_fleet = desk(fleet);
    note(fleet, of_fleet ? (*of_fleet)->advance() : Result<void>(std::unexpected(of_fleet.error())));
  }
  if (!problem().empty()) {
    for (auto waited = retry_delay.zero(); waited < retry_delay && !stopping_; waited += follow_deadline)
      std::this_thread::sleep_for(follow_deadline);
  }
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
  const std::string text = outcome ? std::string() : outcome.error().text();
  const std::lock_guard lock(mutex_);
  std::string& before = problems_[fleet];
  if (before == text) return;
  if (text.empty()) {
    log::info("responses advance again", {{"fleet", fleet.value}});
  } else {
    log::error("responses do not advance", {{"fleet", fleet.value}, {"problem", text}});
  }
  before = text;
}

std::string Responder::problem() const {
  const std::lock_guard lock(mutex_);
  for (const auto& [fleet, problem] : problems_)
    if (!problem.empty()) return fmt::format("responses of fleet {} do not advance: {}", fleet.value, problem);
  return {};
}

void Responder::save() {
  for (const auto& [fleet, desk] : desks()) {
    const std::uint64_t next = desk->next();
    {
      const std::lock_guard lock(mutex_);
      if (saved_[fleet] == next) continue;
      saved_[fleet] = next;
    }
    if (const auto written = write_file_atomic(snapshot_of(fleet), desk->save(), 0600); !written)
      log::warn("cannot write a snapshot of responses", {{"fleet", fleet.value}, {"why", written.error().text()}});
  }
}

}  // namespace outrider::respond
