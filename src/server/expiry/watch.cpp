#include "server/expiry/watch.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "facts/facts.h"

namespace outrider::server {
namespace {

// Devices sleep for months and renew at two thirds; earlier than this there is nothing to say of one.
constexpr std::chrono::hours device_horizon{24 * 30};

std::string name_of(const api::CertificateEnd& ending) {
  return ending.fleet.empty() ? ending.role : ending.role + " of " + ending.fleet;
}

}  // namespace

void ExpiryWatch::look() {
  const Timestamp now = rooms_.clock.now();
  look_at_certificates(now);
  for (const FleetId& fleet : rooms_.fleets()) look_at_devices(fleet, now);
  measure();
}

bool ExpiryWatch::notice(const FleetId& log, const std::string& role, const std::string& name,
                         const std::string& serial, Timestamp not_after, std::chrono::hours stage,
                         std::optional<std::chrono::seconds> noticed) {
  if (noticed && *noticed <= stage) return false;
  const std::string key = fmt::format("{}/{}/{}", log.value, serial, stage.count());
  if (said_.contains(key)) return false;
  const facts::CertificateEnding fact{
      .role = role,
      .name = name,
      .serial = serial,
      .not_after = not_after,
      .within_s = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(stage).count())};
  const ledger::Subject subject{role == "device" ? ledger::SubjectKind::device : ledger::SubjectKind::server, name};
  if (auto appended = rooms_.ledger.append_and_wait(ledger::draft_of(log, subject, fact)); !appended) {
    log::error("cannot record that a certificate ends", {{"serial", serial}, {"detail", appended.error().text()}});
    return false;
  }
  said_.insert(key);
  return true;
}

void ExpiryWatch::look_at_certificates(Timestamp now) {
  auto files = read_ca_files(rooms_.ca);
  for (const std::string& problem : files.problems)
    log::error("cannot read a certificate of ours", {{"detail", problem}});
  std::vector<api::CertificateEnd> found;
  for (const CaFile& file : files.files) {
    const auto& certificate = file.certificate;
    const auto stage = stage_of(certificate.not_before, certificate.not_after, now);
    found.push_back({file.role, file.fleet.value, certificate.serial, certificate.not_after, stage.has_value()});
    if (!stage) continue;
    const FleetId& log = file.fleet.value.empty() ? rooms_.server_log : file.fleet;
    const auto noticed = rooms_.endings.noticed(log, certificate.serial);
    if (!noticed) {
      log::error("cannot look up what was said of a certificate", {{"detail", noticed.error().text()}});
      continue;
    }
    if (notice(log, file.role, file.role, certificate.serial, certificate.not_after, *stage, *noticed))
      log::warn("a certificate ends", {{"certificate", file.name()}, {"not_after", to_rfc3339(certificate.not_after)}});
  }
  std::ranges::sort(found, {}, &api::CertificateEnd::not_after);
  const std::lock_guard lock(mutex_);
  certificates_ = std::move(found);
}

void ExpiryWatch::look_at_devices(const FleetId& fleet, Timestamp now) {
  const auto failed = [&](const Error& error) {
    log::error("cannot look at the ends of devices' identities", {{"fleet", fleet.value}, {"detail", error.text()}});
  };
  // Gathered first: a transaction that reads must not be held while entries become durable.
  std::vector<std::pair<fleet::DeviceEnding, std::chrono::hours>> due;
  const auto read = rooms_.endings.devices(fleet, now + device_horizon, [&](fleet::DeviceEnding each) {
    const auto stage = stage_of(each.not_before, each.not_after, now);
    if (stage && !(each.noticed && *each.noticed <= *stage)) due.emplace_back(std::move(each), *stage);
    return due.size() < device_entries_max;
  });
  if (!read) return failed(read.error());
  for (const auto& [each, stage] : due)
    notice(fleet, "device", each.device.value, each.serial, each.not_after, stage, each.noticed);
  const auto counts = rooms_.endings.counts(fleet, now);
  if (!counts) return failed(counts.error());
  const std::lock_guard lock(mutex_);
  devices_[fleet] = *counts;
}

api::Expiry ExpiryWatch::found() const {
  const std::lock_guard lock(mutex_);
  api::Expiry out{.certificates = certificates_};
  for (const auto& [fleet, counts] : devices_)
    out.devices.push_back({fleet, counts.ended, counts.within_7_days, counts.within_30_days});
  return out;
}

std::vector<std::string> ExpiryWatch::problems() const {
  const Timestamp now = rooms_.clock.now();
  std::vector<std::string> out;
  for (const api::CertificateEnd& each : found().certificates)
    if (each.fleet.empty() && each.not_after < now)
      out.push_back(fmt::format("the certificate {} ended at {}", name_of(each), to_rfc3339(each.not_after)));
  return out;
}

std::vector<std::string> ExpiryWatch::warnings() const {
  const Timestamp now = rooms_.clock.now();
  std::vector<std::string> out;
  for (const api::CertificateEnd& each : found().certificates) {
    if (!each.soon || (each.fleet.empty() && each.not_after < now)) continue;
    out.push_back(fmt::format("the certificate {} {} at {}", name_of(each), each.not_after < now ? "ended" : "ends",
                              to_rfc3339(each.not_after)));
  }
  return out;
}

void ExpiryWatch::measure() const {
  const Timestamp now = rooms_.clock.now();
  const api::Expiry all = found();
  // Of several with one role (a CA that is being replaced) the one that lives longest is the one in use.
  for (const api::CertificateEnd& each : all.certificates) {
    MetricLabels labels{{"role", each.role}};
    if (!each.fleet.empty()) labels.emplace("fleet", each.fleet);
    rooms_.metrics
        .gauge("outrider_certificate_expiry_seconds", "Until the certificate ends; negative when it has", labels)
        .set(std::chrono::duration<double>(each.not_after - now).count());
  }
  for (const api::DeviceEnds& each : all.devices) {
    const auto gauge = [&](const char* within, std::uint64_t count) {
      rooms_.metrics
          .gauge("outrider_device_identities_expiring",
                 "Devices whose last identity ends within that time; \"0\": it has ended",
                 {{"fleet", each.fleet.value}, {"within", within}})
          .set(static_cast<double>(count));
    };
    gauge("0", each.ended);
    gauge("7d", each.within_7_days);
    gauge("30d", each.within_30_days);
  }
}

}  // namespace outrider::server
