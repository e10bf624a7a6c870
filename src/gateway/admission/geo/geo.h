#pragma once
// Country and autonomous system of an address, from the databases that the operator keeps up to date.
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "gateway/admission/geo/database.h"
#include "gateway/admission/origin/origin.h"

namespace outrider::gateway::admission {

// Thread-safe.
class Geo {
 public:
  // An empty path: no such database. One that cannot be read is an error here.
  static Result<std::shared_ptr<Geo>> open(const std::filesystem::path& country, const std::filesystem::path& asn);

  Location locate(const boost::asio::ip::address& address) const;
  // Reads again what has changed on disk. A file that cannot be read leaves the earlier one in force, and is an error
  // once, not at every look.
  Result<void> refresh();

 private:
  // Which file it was: a new one differs in at least one of them.
  struct Version {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Version&) const = default;
  };
  struct Source {
    std::filesystem::path file;
    Version version;
    std::shared_ptr<const GeoDatabase> database;
  };
  static Version version_of(const std::filesystem::path& file);
  Result<void> refresh(Source& source);
  std::shared_ptr<const GeoDatabase> present(const Source& source) const;

  mutable std::mutex mutex_;  // held for the copy of one pointer
  std::mutex refreshing_;
  Source country_;
  Source asn_;
};

}  // namespace outrider::gateway::admission
