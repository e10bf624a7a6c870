#include "server/upkeep/factor_watch.h"

#include <algorithm>
#include <ctime>

#include "api/house.h"
#include "base/json.h"
#include "base/log.h"
#include "crypto/x509/certificate.h"

namespace outrider::server {
namespace {

constexpr std::size_t queue_max = 10'000;  // certificates of a kilobyte; what does not fit is looked at after a restart
constexpr std::size_t names_in_detail_max = 3;

// Processor time of this thread: what others do in the meantime is not ours.
std::chrono::nanoseconds spent() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

std::string name_of(const FleetId& fleet, const std::string& serial) {
  return fleet.value + "/" + serial;
}

}  // namespace

FactorWatch::FactorWatch(fleet::Registry& registry, const ledger::Ledger& ledger, Metrics& metrics)
    : registry_(registry),
      ledger_(ledger),
      found_(metrics.gauge("outrider_keys_with_shared_factors",
                           "RSA keys of identities that share a prime with another one, and so can be computed")) {
  found_.set(0);
}

void FactorWatch::issued(const FleetId& fleet, const DeviceId& device, const std::string& serial, Bytes certificate) {
  const std::lock_guard lock(mutex_);
  if (queue_.size() < queue_max) queue_.push_back({fleet, device, serial, std::move(certificate)});
}

bool FactorWatch::next_of_queue(Candidate& out) {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return false;
  out = std::move(queue_.front());
  queue_.pop_front();
  return true;
}

bool FactorWatch::scan_page() {
  if (!scanning_) {
    for (const auto& fleet : registry_.fleets())
      if (fleet.id != api::server_log()) fleets_.push_back(fleet.id);
    scanning_ = true;
  }
  while (!fleets_.empty()) {
    auto page = registry_.identities(fleets_.back(), {.revoked = std::nullopt, .after = after_, .limit = 1000});
    if (page && !page->identities.empty()) {
      after_ = page->identities.back().serial;
      page_.assign(std::make_move_iterator(page->identities.begin()), std::make_move_iterator(page->identities.end()));
      return true;
    }
    fleets_.pop_back();
    after_.clear();
  }
  return false;
}

bool FactorWatch::step() {
  const auto end = spent() + budget;
  while (spent() < end) {
    Candidate candidate;
    if (next_of_queue(candidate)) {
      judge(candidate);
    } else if (!page_.empty()) {
      const fleet::Identity identity = std::move(page_.front());
      page_.pop_front();
      // The ledger has the certificate; one that is not durable yet comes by the queue.
      const auto entries = ledger_.read(fleets_.back(), identity.entry, 1);
      if (!entries || entries->empty()) continue;
      const auto fact = json::read<facts::IdentityIssued>(as_text(entries->front().payload));
      if (fact) judge({fleets_.back(), fact->device, fact->serial, fact->certificate});
    } else if (scanned_ || !scan_page()) {
      scanned_ = true;
      return true;
    }
  }
  return false;
}

void FactorWatch::judge(const Candidate& candidate) {
  const auto certificate = crypto::parse_certificate(candidate.certificate);
  const auto modulus = certificate ? crypto::rsa_modulus(certificate->key) : std::nullopt;
  if (!modulus) return;
  const auto others = factors_.add(*modulus, name_of(candidate.fleet, candidate.serial));
  if (others.empty()) return;
  std::string named;
  for (std::size_t i = 0; i < std::min(others.size(), names_in_detail_max); ++i)
    named += (i == 0 ? "" : ", ") + others[i];
  if (others.size() > names_in_detail_max) named += " …";
  report(candidate, named);
  for (const auto& other : others) {
    const auto slash = other.find('/');
    const FleetId fleet(other.substr(0, slash));
    const auto identity = registry_.identity(fleet, other.substr(slash + 1));
    if (identity) report({fleet, identity->device, identity->serial, {}}, name_of(candidate.fleet, candidate.serial));
  }
}

void FactorWatch::report(const Candidate& candidate, const std::string& other) {
  const auto identity = registry_.identity(candidate.fleet, candidate.serial);
  if (identity && identity->revoked) return;  // nobody believes it any more
  if (!suspected_.insert(name_of(candidate.fleet, candidate.serial)).second) return;
  found_.set(static_cast<double>(suspected_.size()));
  log::error("an RSA key shares a prime with another one; revoke both identities", {{"fleet", candidate.fleet.value},
                                                                                    {"device", candidate.device.value},
                                                                                    {"serial", candidate.serial},
                                                                                    {"other", other}});
  registry_.record_suspicion(
      candidate.fleet,
      {candidate.device.value, candidate.serial, "shared-factor",
       "the RSA key shares a prime with that of identity " + other + ": anybody can compute both; revoke both", ""});
}

}  // namespace outrider::server
