#include "ledger/keys/keyring.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/log.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "ledger/keys/key_record.h"
#include "ledger/proof/note.h"
#include "ledger/wal/frame.h"

namespace outrider::ledger {
namespace {

constexpr mode_t key_file_mode = 0600;
constexpr std::string_view master_title = "outrider master key 1";
constexpr std::size_t master_file_bytes_max = 256;

// Tells a damaged master key file from a good one; says nothing useful about the key.
std::string master_check(ByteView key) {
  return hex(ByteView(crypto::sha256({as_bytes(master_title), key})).first(8));
}

std::string master_text(ByteView key) {
  return fmt::format("{}\n{}\n{}\n", master_title, base64(key), master_check(key));
}

std::unexpected<Error> damaged(const std::filesystem::path& path, std::string_view what) {
  return fail(Errc::corrupt, "keyring-damaged", fmt::format("{}: {}", path.string(), what));
}

Bytes frames_of(const std::vector<Bytes>& bodies) {
  Bytes out;
  for (const Bytes& body : bodies) frame_batch(out, keyring_file_id, out.size(), body);
  return out;
}

Bytes start_body(const FleetId& fleet) {
  ByteWriter body;
  put_key_record(body, KeyringStart{fleet});
  return std::move(body).take();
}

WrappedKey wrap(const FleetId& fleet, const Subject& subject, KeyPeriod period, const KeyId& id, const Secret& secret,
                const Secret& master) {
  WrappedKey key{id, subject, period, crypto::random_array<crypto::aead_nonce_bytes>(), {}};
  key.wrapped = crypto::aead_seal(master.view(), key.nonce, wrapping_context(fleet, key), secret.view());
  return key;
}

// Best effort on media that write in place: the freed blocks no longer hold wrapped keys.
void overwrite(int fd) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return;
  const Bytes zeros(64 * 1024);
  for (off_t at = 0; at < info.st_size;) {
    const auto count = std::min<std::size_t>(zeros.size(), static_cast<std::size_t>(info.st_size - at));
    const ssize_t n = ::pwrite(fd, zeros.data(), count, at);
    if (n <= 0) return;
    at += n;
  }
  if (::fdatasync(fd) != 0) log::warn("ledger: an old keyring could not be overwritten; its file is removed");
}

}  // namespace

KeyPeriod period_of(Timestamp time) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  return static_cast<KeyPeriod>(static_cast<int>(date.year()) * 12 +
                                static_cast<int>(static_cast<unsigned>(date.month())) - 1);
}

Result<Secret> load_master_key(const std::filesystem::path& path) {
  TRY(auto file, read_secret_file(path, master_file_bytes_max));
  const std::string_view text = as_text(file.view());
  const auto first = text.find('\n');
  const auto second = first == std::string_view::npos ? first : text.find('\n', first + 1);
  if (second == std::string_view::npos || text.substr(0, first) != master_title)
    return damaged(path, "not a master key");
  auto raw = strict_base64(text.substr(first + 1, second - first - 1));
  if (!raw) return damaged(path, "the key is not base64");
  Secret key{*std::move(raw)};
  if (key.size() != crypto::aead_key_bytes || Secret(master_text(key.view())).view().size() != text.size() ||
      text.substr(second + 1) != master_check(key.view()) + "\n") {
    return damaged(path, "the key does not have its checksum");
  }
  return key;
}

Result<void> make_master_key(Disk& disk, const std::filesystem::path& path) {
  const Secret key = crypto::random_secret(crypto::aead_key_bytes);
  return publish_file(disk, {path, to_bytes(as_bytes(master_text(key.view()))), key_file_mode});
}

SealingKey::SealingKey(const KeyId& key_id, ByteView bytes) : id(key_id) {
  std::ranges::copy(bytes, secret.begin());
}

SealingKey::~SealingKey() {
  crypto::wipe(secret);
}

struct Keyring::Content {
  Keys keys;
  std::map<KeyId, Slot> by_id;
  std::set<KeyId> destroyed;
  std::uint64_t end = 0;
  std::uint64_t file_bytes = 0;
};

Result<Keyring::Content> Keyring::read(const std::filesystem::path& path, const FleetId& fleet, const Secret& master) {
  auto file = read_file(path, keyring_bytes_max);
  if (!file) return damaged(path, file.error().text());
  Content content;
  content.file_bytes = file->size();
  bool started = false;
  const auto take = [&](ByteReader& in) -> Result<void> {
    auto record = take_key_record(in);
    if (!record) return damaged(path, record.error().text());
    const auto* start = std::get_if<KeyringStart>(&*record);
    if ((start != nullptr) == started) return damaged(path, "a keyring begins with its fleet, once");
    if (start != nullptr) {
      if (start->fleet != fleet) return damaged(path, fmt::format("the keyring of fleet {}", start->fleet.value));
      started = true;
    } else if (const auto* wrapped = std::get_if<WrappedKey>(&*record)) {
      auto secret =
          crypto::aead_open(master.view(), wrapped->nonce, wrapping_context(fleet, *wrapped), wrapped->wrapped);
      if (!secret) return damaged(path, fmt::format("key {} cannot be unwrapped", hex(wrapped->id)));
      const Slot slot{wrapped->subject, wrapped->period};
      content.by_id.emplace(wrapped->id, slot);
      if (!content.keys.emplace(slot, Key{wrapped->id, Secret(*std::move(secret))}).second)
        return damaged(path, "a key is there twice");
    } else {
      content.destroyed.insert(std::get<DestroyedKey>(*record).id);
    }
    return {};
  };
  TRY(auto scan, scan_frames(*file, keyring_file_id, [&](ByteView body, std::uint64_t) -> Result<void> {
        for (ByteReader in(body); !in.empty();) CHECK(take(in));
        return {};
      }));
  if (scan.damage) return damaged(path, fmt::format("damaged at byte {}: {}", scan.damage->offset, scan.damage->what));
  if (!started) return damaged(path, "the file is empty");
  content.end = scan.end;
  return content;
}

Result<void> Keyring::create(Disk& disk, const std::filesystem::path& path, const FleetId& fleet) {
  return publish_file(disk, {path, frames_of({start_body(fleet)}), key_file_mode});
}

Result<std::unique_ptr<Keyring>> Keyring::open(Disk& disk, std::filesystem::path path, FleetId fleet,
                                               const Secret& master) {
  TRY(auto content, read(path, fleet, master));
  std::unique_ptr<Keyring> out(new Keyring(disk, std::move(path), std::move(fleet), master));
  out->fd_ = UniqueFd(::open(out->path_.c_str(), O_RDWR | O_CLOEXEC));
  if (!out->fd_) return std::unexpected(system_error("open", out->path_.string(), errno));
  if (content.file_bytes != content.end) {
    if (::ftruncate(out->fd_.get(), static_cast<off_t>(content.end)) != 0) {
      return std::unexpected(system_error("truncate", out->path_.string(), errno));
    }
    CHECK(disk.sync(out->fd_.get(), out->path_.string()));
  }
  out->end_ = content.end;
  out->keys_ = std::move(content.keys);
  out->by_id_ = std::move(content.by_id);
  out->destroyed_ = std::move(content.destroyed);
  return out;
}

Result<std::map<KeyId, KeyState>> Keyring::inspect(const std::filesystem::path& path, const FleetId& fleet,
                                                   const Secret& master) {
  TRY(auto content, read(path, fleet, master));
  std::map<KeyId, KeyState> out;
  for (const auto& [id, slot] : content.by_id) out[id] = KeyState::present;
  for (const auto& id : content.destroyed) out[id] = KeyState::destroyed;
  return out;
}

Result<void> Keyring::append(ByteView body) {
  if (broken_)
    return fail(Errc::unavailable, "keyring-failed", fmt::format("{} could not be written; restart", path_.string()));
  Bytes frames;
  frame_batch(frames, keyring_file_id, end_, body);
  auto written = disk_.write_at(fd_.get(), frames, end_, path_.string());
  if (written) written = disk_.sync(fd_.get(), path_.string());
  if (!written) {
    // What lies behind the end now is unknown; nothing was sealed with it. A full disk leaves a file that can be cut
    // back.
    const bool full = written.error().reason == disk_full_reason;
    broken_ = !full || ::ftruncate(fd_.get(), static_cast<off_t>(end_)) != 0;
    return written;
  }
  end_ += frames.size();
  return {};
}

Result<void> Keyring::ensure(const std::set<Slot>& wanted) {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<Slot, Key>> fresh;
  ByteWriter body;
  for (const Slot& slot : wanted) {
    if (keys_.contains(slot)) continue;
    Key key{crypto::random_array<key_id_bytes>(), crypto::random_secret(crypto::aead_key_bytes)};
    put_key_record(body, wrap(fleet_, slot.first, slot.second, key.id, key.secret, master_));
    fresh.emplace_back(slot, std::move(key));
  }
  if (fresh.empty()) return {};
  CHECK(append(body.bytes()));
  for (auto& [slot, key] : fresh) {
    by_id_.emplace(key.id, slot);
    keys_.emplace(slot, std::move(key));
  }
  return {};
}

bool Keyring::has(const KeySlot& slot) const {
  const std::lock_guard lock(mutex_);
  return keys_.contains(slot);
}

Result<SealingKey> Keyring::sealing_key(const KeySlot& slot) const {
  const std::lock_guard lock(mutex_);
  const auto key = keys_.find(slot);
  if (key == keys_.end())
    return fail(Errc::conflict, "key-destroyed", "the subject's key was destroyed while the entry was on its way");
  return SealingKey(key->second.id, key->second.secret.view());
}

Result<std::optional<Bytes>> Keyring::open_payload(const StoredEntry& entry) const {
  const std::lock_guard lock(mutex_);
  if (destroyed_.contains(entry.key_id)) return std::nullopt;
  const auto slot = by_id_.find(entry.key_id);
  if (slot == by_id_.end()) {
    return fail(Errc::corrupt, "key-missing",
                fmt::format("{} does not know key {}", path_.string(), hex(entry.key_id)));
  }
  TRY(auto payload,
      crypto::aead_open(keys_.at(slot->second).secret.view(), entry.nonce, encode_header(entry), entry.payload));
  return payload;
}

Bytes Keyring::rewritten(const std::set<KeyId>& destroyed, const Subject& without) const {
  ByteWriter body;
  for (const auto& [slot, key] : keys_) {
    if (slot.first != without) put_key_record(body, wrap(fleet_, slot.first, slot.second, key.id, key.secret, master_));
  }
  for (const auto& id : destroyed) put_key_record(body, DestroyedKey{id});
  return frames_of({start_body(fleet_), std::move(body).take()});
}

Result<std::size_t> Keyring::shred(const Subject& subject) {
  const std::lock_guard lock(mutex_);
  if (broken_)
    return fail(Errc::unavailable, "keyring-failed", fmt::format("{} could not be written; restart", path_.string()));
  std::set<KeyId> destroyed = destroyed_;
  for (const auto& [slot, key] : keys_) {
    if (slot.first == subject) destroyed.insert(key.id);
  }
  const std::size_t count = destroyed.size() - destroyed_.size();
  if (count == 0) return count;
  Bytes content = rewritten(destroyed, subject);
  const std::uint64_t end = content.size();
  if (auto replaced = publish_file(disk_, {path_, std::move(content), key_file_mode}); !replaced) {
    // Which of the two files is there now is known only when there was no space for the new one.
    broken_ = replaced.error().reason != disk_full_reason;
    return std::unexpected(std::move(replaced).error());
  }
  // The new file is in place: from here on the keys are gone.
  const UniqueFd old = std::exchange(fd_, UniqueFd(::open(path_.c_str(), O_RDWR | O_CLOEXEC)));
  overwrite(old.get());
  broken_ = !fd_;
  end_ = end;
  std::erase_if(by_id_, [&](const auto& item) { return item.second.first == subject; });
  std::erase_if(keys_, [&](const auto& item) { return item.first.first == subject; });
  destroyed_ = std::move(destroyed);
  return count;
}

}  // namespace outrider::ledger
