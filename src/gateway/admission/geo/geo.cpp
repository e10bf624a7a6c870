#include "gateway/admission/geo/geo.h"

#include <sys/stat.h>

#include "base/log.h"

namespace outrider::gateway::admission {

namespace {

constexpr std::int64_t nanoseconds = 1'000'000'000;

}  // namespace

Geo::Version Geo::version_of(const std::filesystem::path& file) {
  struct stat info{};
  if (::stat(file.c_str(), &info) != 0) return {};
  return {.device = info.st_dev,
          .inode = info.st_ino,
          .size = static_cast<std::uint64_t>(info.st_size),
          .changed_ns = info.st_mtim.tv_sec * nanoseconds + info.st_mtim.tv_nsec};
}

Result<std::shared_ptr<Geo>> Geo::open(const std::filesystem::path& country, const std::filesystem::path& asn) {
  auto out = std::make_shared<Geo>();
  out->country_.file = country;
  out->asn_.file = asn;
  CHECK(out->refresh());
  return out;
}

Result<void> Geo::refresh() {
  const std::lock_guard lock(refreshing_);
  auto country = refresh(country_);
  auto asn = refresh(asn_);
  return country ? asn : country;
}

Result<void> Geo::refresh(Source& source) {
  if (source.file.empty()) return {};
  const Version version = version_of(source.file);  // before reading: what changes meanwhile is read the next time
  if (source.database && version == source.version) return {};
  source.version = version;
  TRY(auto database, GeoDatabase::read(source.file));
  log::info("read a geographic database", {{"file", source.file.string()}});
  const std::lock_guard lock(mutex_);
  source.database.swap(database);
  return {};
}

std::shared_ptr<const GeoDatabase> Geo::present(const Source& source) const {
  const std::lock_guard lock(mutex_);
  return source.database;
}

Location Geo::locate(const boost::asio::ip::address& address) const {
  Location out;
  if (const auto database = present(country_)) {
    if (const auto code = database->country(address)) out.country = {(*code)[0], (*code)[1]};
  }
  if (const auto database = present(asn_)) out.asn = database->asn(address).value_or(0);
  return out;
}

}  // namespace outrider::gateway::admission
