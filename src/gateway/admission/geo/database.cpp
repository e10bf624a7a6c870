#include "gateway/admission/geo/database.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>

#include "base/file.h"

namespace outrider::gateway::admission {

namespace {

constexpr std::size_t file_bytes_max = 512UL * 1024 * 1024;  // the largest of MaxMind's own is about 150 MiB
constexpr std::size_t country_letters = 2;

std::optional<MMDB_entry_data_s> value_at(MMDB_entry_s entry, const std::array<const char*, 3>& path) {
  MMDB_entry_data_s data{};
  if (MMDB_aget_value(&entry, &data, path.data()) != MMDB_SUCCESS || !data.has_data) return std::nullopt;
  return data;
}

std::optional<std::string> country_at(MMDB_entry_s entry, const char* which) {
  const auto data = value_at(entry, {which, "iso_code", nullptr});
  if (!data || data->type != MMDB_DATA_TYPE_UTF8_STRING || data->data_size != country_letters) return std::nullopt;
  std::string text(data->utf8_string, country_letters);
  if (!std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; })) return std::nullopt;
  return text;
}

}  // namespace

Result<std::shared_ptr<const GeoDatabase>> GeoDatabase::read(const std::filesystem::path& file) {
  TRY(const auto bytes, read_file(file, file_bytes_max));
  return from_bytes(bytes, file.string());
}

// The library reads files, and maps them: one that is overwritten in place would end the process. So it is given a copy
// that nobody else can reach.
Result<std::shared_ptr<const GeoDatabase>> GeoDatabase::from_bytes(ByteView bytes, const std::string& name) {
  const auto bad = [&](const std::string& why) {
    return fail(Errc::malformed, "bad-geo-database", fmt::format("{} is not a MaxMind database: {}", name, why));
  };
  if (bytes.empty()) return bad("it is empty");
  const UniqueFd copy(::memfd_create("outrider-geo", MFD_CLOEXEC));
  if (copy.get() < 0) return std::unexpected(system_error("memfd_create", name, errno));
  CHECK(write_all(copy.get(), bytes, name));
  std::shared_ptr<GeoDatabase> out(new GeoDatabase);
  const int status = MMDB_open(fmt::format("/proc/self/fd/{}", copy.get()).c_str(), MMDB_MODE_MMAP, &out->mmdb_);
  if (status != MMDB_SUCCESS) {
    out->mmdb_ = {};
    return bad(MMDB_strerror(status));
  }
  return out;
}

std::optional<MMDB_entry_s> GeoDatabase::find(const boost::asio::ip::address& address) const {
  const boost::asio::ip::tcp::endpoint endpoint(address, 0);
  int error = MMDB_SUCCESS;
  // The library takes it without const and does not change it.
  const auto result = MMDB_lookup_sockaddr(&mmdb_, endpoint.data(), &error);
  if (error != MMDB_SUCCESS || !result.found_entry) return std::nullopt;
  return result.entry;
}

std::optional<std::string> GeoDatabase::country(const boost::asio::ip::address& address) const {
  const auto entry = find(address);
  if (!entry) return std::nullopt;
  // Where the address is; else where its owner is at home.
  if (auto there = country_at(*entry, "country")) return there;
  return country_at(*entry, "registered_country");
}

std::optional<std::uint32_t> GeoDatabase::asn(const boost::asio::ip::address& address) const {
  const auto entry = find(address);
  if (!entry) return std::nullopt;
  const auto data = value_at(*entry, {"autonomous_system_number", nullptr, nullptr});
  if (!data || data->type != MMDB_DATA_TYPE_UINT32) return std::nullopt;
  return data->uint32;
}

}  // namespace outrider::gateway::admission
