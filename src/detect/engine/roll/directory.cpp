#include "detect/engine/roll/directory.h"

#include <utility>

namespace outrider::detect {

Directory::Directory() {
  contracts_.emplace_back();
  names_.emplace_back();
  contract_.push_back(0);
  chunks_.push_back(std::make_unique<DeviceState[]>(chunk_states));
}

std::uint32_t Directory::add_contract(Contract contract) {
  if (const auto known = contract_index_.find(contract.profile); known != contract_index_.end()) {
    contracts_[known->second] = std::move(contract);
    return known->second;
  }
  if (contracts_.size() >= contracts_max) return 0;
  const auto index = static_cast<std::uint32_t>(contracts_.size());
  contract_index_.emplace(contract.profile, index);
  contracts_.push_back(std::move(contract));
  return index;
}

std::uint32_t Directory::add_device(std::string_view id, std::uint32_t contract) {
  if (contract >= contracts_.size()) contract = 0;
  if (const auto known = index_.find(id); known != index_.end()) {
    contract_[known->second] = contract;
    return known->second;
  }
  if (names_.size() >= devices_max) return 0;
  const auto index = static_cast<std::uint32_t>(names_.size());
  names_.emplace_back(id);
  index_.emplace(std::string(id), index);
  contract_.push_back(contract);
  if (index / chunk_states >= chunks_.size()) chunks_.push_back(std::make_unique<DeviceState[]>(chunk_states));
  state(index).device = index;
  return index;
}

std::uint32_t Directory::device(std::string_view id) const {
  const auto found = index_.find(id);
  return found == index_.end() ? 0 : found->second;
}

std::uint32_t Directory::contract_index(std::string_view profile) const {
  const auto found = contract_index_.find(profile);
  return found == contract_index_.end() ? 0 : found->second;
}

}  // namespace outrider::detect
