#pragma once
// The names and contracts of a fleet's devices, and their states. Index 0 is nobody: what is said by or about names
// that the fleet does not know. Contract 0 is of nobody's profile.
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "detect/engine/device_state.h"
#include "detect/input/contract.h"

namespace outrider::detect {

class Directory {
 public:
  // 4 GiB of states; a fleet that large is more than one machine's.
  static constexpr std::size_t devices_max = 1'000'000;
  // Operators add profiles by hand.
  static constexpr std::size_t contracts_max = 10'000;

  Directory();

  std::uint32_t add_contract(Contract contract);
  std::uint32_t add_device(std::string_view id, std::uint32_t contract);
  std::uint32_t device(std::string_view id) const;
  std::uint32_t contract_index(std::string_view profile) const;

  std::string_view name(std::uint32_t device) const { return device < names_.size() ? names_[device] : names_[0]; }
  std::uint32_t contract_of(std::uint32_t device) const { return device < contract_.size() ? contract_[device] : 0; }
  const Contract& contract(std::uint32_t index) const { return contracts_[index < contracts_.size() ? index : 0]; }
  DeviceState& state(std::uint32_t device) { return chunks_[device / chunk_states][device % chunk_states]; }
  const DeviceState& state(std::uint32_t device) const { return chunks_[device / chunk_states][device % chunk_states]; }
  std::size_t size() const { return names_.size(); }  // nobody included
  std::size_t contracts() const { return contracts_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Index = std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>>;
  // States never move: a fleet that grows copies nothing.
  static constexpr std::size_t chunk_states = 64;

  std::deque<Contract> contracts_;
  Index contract_index_;
  std::deque<std::string> names_;
  Index index_;
  std::vector<std::uint32_t> contract_;  // of each device
  std::vector<std::unique_ptr<DeviceState[]>> chunks_;
};

}  // namespace outrider::detect
