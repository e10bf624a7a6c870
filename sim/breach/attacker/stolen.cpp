#include "sim/breach/attacker/stolen.h"

#include "base/file.h"
#include "base/json.h"

namespace outrider::sim {
namespace {
constexpr std::size_t keys_bytes_max = 512UL * 1024 * 1024;
}

Result<std::map<std::string, Credentials>> copy_keys(const std::filesystem::path& state) {
  TRY(const std::string text, read_text_file(state / "devices.jsonl", keys_bytes_max));
  std::map<std::string, Credentials> out;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = text.find('\n', from);
    if (end == std::string::npos) break;  // a line that is being written
    auto one = json::read<Credentials>(std::string_view(text).substr(from, end - from));
    from = end + 1;
    if (!one) continue;  // not a device's: the file's first line counts starts
    std::string device = one->device;
    out.insert_or_assign(std::move(device), *std::move(one));
  }
  return out;
}

}  // namespace outrider::sim
