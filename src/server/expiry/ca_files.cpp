#include "server/expiry/ca_files.h"

#include <algorithm>
#include <utility>

#include "base/file.h"

namespace outrider::server {
namespace {

constexpr std::size_t file_bytes_max = 64 * 1024;
constexpr std::string_view fleets_name = "fleets";

void read_directory(const std::filesystem::path& directory, const FleetId& fleet, CaFiles& out) {
  std::error_code error;
  std::vector<std::filesystem::path> paths;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end; at.increment(error))
    if (at->path().extension() == ".pem" && at->is_regular_file(error)) paths.push_back(at->path());
  if (error && error != std::errc::no_such_file_or_directory)
    out.problems.push_back(system_error("read", directory.string(), error.value()).text());
  std::ranges::sort(paths);
  for (const auto& path : paths) {
    const auto text = read_text_file(path, file_bytes_max);
    auto chain = text ? crypto::certificates_from_pem(*text)
                      : Result<std::vector<crypto::Certificate>>(std::unexpected(text.error()));
    if (!chain || chain->empty()) {
      out.problems.push_back(path.string() + ": " + (chain ? "holds no certificate" : chain.error().text()));
      continue;
    }
    CaFile file{.path = path, .role = path.stem().string(), .fleet = fleet, .certificate = std::move(chain->front())};
    file.issuers.assign(std::make_move_iterator(chain->begin() + 1), std::make_move_iterator(chain->end()));
    out.files.push_back(std::move(file));
  }
}

}  // namespace

CaFiles read_ca_files(const std::filesystem::path& ca) {
  CaFiles out;
  read_directory(ca / "former", FleetId(""), out);
  for (CaFile& file : std::exchange(out.files, {})) out.former.push_back(std::move(file.certificate));
  read_directory(ca, FleetId(""), out);
  std::error_code error;
  std::vector<FleetId> fleets;
  for (std::filesystem::directory_iterator at(ca / fleets_name, error), end; !error && at != end; at.increment(error))
    if (auto fleet = FleetId::parse(at->path().filename().string())) fleets.push_back(*std::move(fleet));
  std::ranges::sort(fleets);
  for (const FleetId& fleet : fleets) read_directory(ca / fleets_name / fleet.value, fleet, out);
  return out;
}

}  // namespace outrider::server
