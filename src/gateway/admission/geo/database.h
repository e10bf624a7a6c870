#pragma once
// One MaxMind database (MMDB 2.0) in memory. What a file holds is other people's: whatever it is, opening it ends with
// a database or an error, and a look-up with an answer or none.
#include <maxminddb.h>

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace outrider::gateway::admission {

// Thread-safe.
class GeoDatabase {
 public:
  // Reasons: those of reading a file; bad-geo-database.
  static Result<std::shared_ptr<const GeoDatabase>> read(const std::filesystem::path& file);
  static Result<std::shared_ptr<const GeoDatabase>> from_bytes(ByteView bytes, const std::string& name);
  ~GeoDatabase() { MMDB_close(&mmdb_); }
  GeoDatabase(const GeoDatabase&) = delete;
  GeoDatabase& operator=(const GeoDatabase&) = delete;

  // Two capital letters (ISO 3166-1), as in GeoLite2-Country and every database made like it.
  std::optional<std::string> country(const boost::asio::ip::address& address) const;
  // As in GeoLite2-ASN.
  std::optional<std::uint32_t> asn(const boost::asio::ip::address& address) const;

 private:
  GeoDatabase() = default;
  std::optional<MMDB_entry_s> find(const boost::asio::ip::address& address) const;

  MMDB_s mmdb_{};
};

}  // namespace outrider::gateway::admission
