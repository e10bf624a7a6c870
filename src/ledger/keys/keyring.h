#pragma once
// The data keys of a fleet's subjects: one per subject and month, drawn at random, wrapped by the master key and
// durable before anything is sealed with it. Destroying a subject's keys makes its sealed payloads unreadable for ever,
// while the ids of destroyed keys stay, so that "erased" and "lost" can be told apart.
//
// One per fleet; any thread. `disk` and the master key must outlive it.
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "ledger/entry_codec.h"
#include "ledger/files/disk.h"

namespace outrider::ledger {

inline constexpr std::size_t keyring_bytes_max = std::size_t{1} << 30U;

// year * 12 + month - 1, in UTC.
using KeyPeriod = std::uint32_t;
KeyPeriod period_of(Timestamp time);

// The key that wraps all others, in a file of its owner alone (mode 0600).
Result<Secret> load_master_key(const std::filesystem::path& path);
Result<void> make_master_key(Disk& disk, const std::filesystem::path& path);

enum class KeyState : std::uint8_t { present, destroyed, unknown };

// Names a key without owning the subject's name.
struct KeySlot {
  SubjectKind kind = SubjectKind::server;
  std::string_view id;
  KeyPeriod period = 0;
  bool operator==(const KeySlot&) const = default;
};

// A copy that wipes itself.
struct SealingKey {
  KeyId id{};
  std::array<std::uint8_t, crypto::aead_key_bytes> secret{};

  SealingKey(const KeyId& key_id, ByteView bytes);
  SealingKey(const SealingKey&) = default;
  SealingKey& operator=(const SealingKey&) = default;
  ~SealingKey();
};

class Keyring {
 public:
  static Result<void> create(Disk& disk, const std::filesystem::path& path, const FleetId& fleet);
  // corrupt when a key cannot be unwrapped or the file is damaged. A write that was cut short is removed: its keys were
  // never used.
  static Result<std::unique_ptr<Keyring>> open(Disk& disk, std::filesystem::path path, FleetId fleet,
                                               const Secret& master);
  // Reads only; for whoever verifies. Says of each key id what is known.
  static Result<std::map<KeyId, KeyState>> inspect(const std::filesystem::path& path, const FleetId& fleet,
                                                   const Secret& master);

  // Makes the missing keys of these subjects for the period, all in one write; they are durable when it returns.
  Result<void> ensure(const std::set<std::pair<Subject, KeyPeriod>>& wanted);
  bool has(const KeySlot& slot) const;
  // What to seal an entry of the subject with; `ensure` made it. conflict when it was destroyed meanwhile.
  Result<SealingKey> sealing_key(const KeySlot& slot) const;
  // The payload; nullopt when its key is destroyed; corrupt when the key is unknown or the payload is not what was
  // sealed.
  Result<std::optional<Bytes>> open_payload(const StoredEntry& entry) const;
  // Destroys all keys of the subject, on disk and in memory. Returns how many.
  Result<std::size_t> shred(const Subject& subject);

 private:
  struct Key {
    KeyId id{};
    Secret secret;
  };
  struct Content;  // of the file, read and unwrapped
  using Slot = std::pair<Subject, KeyPeriod>;
  struct SlotHash {
    using is_transparent = void;
    std::size_t operator()(const KeySlot& slot) const {
      return std::hash<std::string_view>{}(slot.id) + slot.period * 31U + static_cast<std::size_t>(slot.kind);
    }
    std::size_t operator()(const Slot& slot) const {
      return (*this)(KeySlot{slot.first.kind, slot.first.id, slot.second});
    }
  };
  struct SlotEqual {
    using is_transparent = void;
    static KeySlot view(const KeySlot& slot) { return slot; }
    static KeySlot view(const Slot& slot) { return {slot.first.kind, slot.first.id, slot.second}; }
    bool operator()(const auto& a, const auto& b) const { return view(a) == view(b); }
  };
  using Keys = std::unordered_map<Slot, Key, SlotHash, SlotEqual>;

  Keyring(Disk& disk, std::filesystem::path path, FleetId fleet, const Secret& master)
      : disk_(disk), path_(std::move(path)), fleet_(std::move(fleet)), master_(master) {}
  static Result<Content> read(const std::filesystem::path& path, const FleetId& fleet, const Secret& master);
  Result<void> append(ByteView body);
  Bytes rewritten(const std::set<KeyId>& destroyed, const Subject& without) const;

  Disk& disk_;
  const std::filesystem::path path_;
  const FleetId fleet_;
  const Secret& master_;

  mutable std::mutex mutex_;  // guards what follows
  UniqueFd fd_;
  std::uint64_t end_ = 0;
  bool broken_ = false;
  Keys keys_;
  std::map<KeyId, Slot> by_id_;
  std::set<KeyId> destroyed_;
};

}  // namespace outrider::ledger
