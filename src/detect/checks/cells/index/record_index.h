#pragma once
// Where a record stands in its vector, by the hash of its key. Eight bytes a slot and no keys, so that the index of all
// cells of a fleet stays in the cache and can be asked ahead of time; the key is compared in the record.
//
// Open addressing with linear probing, at most three quarters full (Knuth, The Art of Computer Programming 3, 6.4).
#include <cstdint>
#include <utility>
#include <vector>

namespace outrider::detect {

class RecordIndex {
 public:
  static constexpr std::uint32_t none = UINT32_MAX;

  // The record of that hash for which `same(position)` holds; none when there is no such.
  template <class Same>
  std::uint32_t find(std::uint64_t hash, Same&& same) const {
    if (slots_.empty()) return none;
    const auto tag = static_cast<std::uint32_t>(hash);
    for (std::uint32_t i = tag & mask_; slots_[i].place != 0; i = (i + 1) & mask_)
      if (slots_[i].tag == tag && same(slots_[i].place - 1)) return slots_[i].place - 1;
    return none;
  }
  // Where a record of that hash most likely stands, without a look at it.
  std::uint32_t likely(std::uint64_t hash) const {
    return find(hash, [](std::uint32_t) { return true; });
  }
  // It must not be there yet.
  void insert(std::uint64_t hash, std::uint32_t position) {
    if ((used_ + 1) * 4 > slots_.size() * 3) grow();
    ++used_;
    put({static_cast<std::uint32_t>(hash), position + 1});
  }
  // It must be there.
  void erase(std::uint64_t hash, std::uint32_t position) {
    std::uint32_t hole = static_cast<std::uint32_t>(hash) & mask_;
    while (slots_[hole].place != position + 1) hole = (hole + 1) & mask_;
    // What stands behind moves up, unless that were before its home.
    for (std::uint32_t i = (hole + 1) & mask_; slots_[i].place != 0; i = (i + 1) & mask_) {
      const std::uint32_t from_home = (i - slots_[i].tag) & mask_, to_hole = (i - hole) & mask_;
      if (from_home < to_hole) continue;
      slots_[hole] = slots_[i];
      hole = i;
    }
    slots_[hole] = {};
    --used_;
  }
  std::size_t size() const { return used_; }

 private:
  struct Slot {
    std::uint32_t tag = 0;    // half of the hash
    std::uint32_t place = 0;  // position + 1; 0: free
  };
  static constexpr std::size_t slots_min = 16;

  void put(Slot slot) {
    std::uint32_t i = slot.tag & mask_;
    while (slots_[i].place != 0) i = (i + 1) & mask_;
    slots_[i] = slot;
  }
  void grow() {
    const auto before = std::exchange(slots_, {});
    slots_.resize(before.empty() ? slots_min : before.size() * 2);
    mask_ = static_cast<std::uint32_t>(slots_.size() - 1);
    for (const Slot& slot : before)
      if (slot.place != 0) put(slot);
  }

  std::vector<Slot> slots_;  // a power of two
  std::uint32_t mask_ = 0;
  std::size_t used_ = 0;
};

}  // namespace outrider::detect
