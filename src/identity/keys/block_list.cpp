#include "identity/keys/block_list.h"

#include <algorithm>
#include <mutex>

#include "base/file.h"

namespace outrider::embedded {
extern const std::vector<std::pair<std::string_view, std::string_view>> known_key_files;
}

namespace outrider::identity {
namespace {

constexpr std::size_t hash_digits = 64;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

template <std::size_t N>
bool decode(std::string_view digits, std::array<std::uint8_t, N>& out) {
  if (digits.size() != 2 * N) return false;
  const auto bytes = from_hex(digits);
  if (!bytes) return false;
  std::ranges::copy(*bytes, out.begin());
  return true;
}

}  // namespace

Result<BlockList> BlockList::parse(std::string_view text, std::string_view file) {
  if (text.size() > block_list_bytes_max)
    return fail(Errc::too_large, "bad-block-list", std::string(file) + ": larger than 64 MiB");
  BlockList out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, std::min(end, text.find('#'))));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    Key key{};
    if (!decode(line, key))
      return fail(Errc::malformed, "bad-block-list",
                  std::string(file) + ":" + std::to_string(number) + ": expected the " + std::to_string(hash_digits) +
                      " hexadecimal digits of a SHA-256");
    out.keys_.push_back(key);
  }
  std::ranges::sort(out.keys_);
  const auto repeated = std::ranges::unique(out.keys_);
  out.keys_.erase(repeated.begin(), repeated.end());
  return out;
}

const BlockList& BlockList::well_known() {
  static const BlockList list = [] {
    const auto& [name, text] = embedded::known_key_files.at(0);
    return parse(text, name).value();  // a test reads it too
  }();
  return list;
}

bool BlockList::contains(std::string_view spki_sha256) const {
  Key key{};
  return decode(spki_sha256, key) && std::ranges::binary_search(keys_, key);
}

Result<std::unique_ptr<BlockedKeys>> BlockedKeys::open(std::filesystem::path file) {
  std::unique_ptr<BlockedKeys> out(new BlockedKeys(std::move(file)));
  CHECK(out->refresh());
  return out;
}

Result<bool> BlockedKeys::refresh() {
  if (file_.empty()) return false;
  std::error_code error;
  const auto changed = std::filesystem::last_write_time(file_, error);
  const auto size = error ? 0 : std::filesystem::file_size(file_, error);
  if (error)
    return fail(Errc::unavailable, "bad-block-list", "keys.block_list: " + file_.string() + ": " + error.message());
  const Stamp stamp{changed, size};
  {
    const std::shared_lock lock(mutex_);
    if (read_ == stamp) return false;
  }
  TRY(const auto text, read_text_file(file_, block_list_bytes_max));
  TRY(auto list, BlockList::parse(text, file_.string()));
  const std::unique_lock lock(mutex_);
  list_ = std::move(list);
  read_ = stamp;
  return true;
}

bool BlockedKeys::contains(std::string_view spki_sha256) const {
  if (BlockList::well_known().contains(spki_sha256)) return true;
  const std::shared_lock lock(mutex_);
  return list_.contains(spki_sha256);
}

}  // namespace outrider::identity
