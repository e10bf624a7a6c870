#pragma once
// A profile as detection wants it: rooms of one floor do not include each other.
#include <optional>
#include <string_view>

#include "detect/input/contract.h"
#include "fleet/profile/profile.h"

namespace outrider::server {

detect::Contract contract_of(const fleet::Profile& profile);
// detect::ContractReader. Nothing when it is no profile: entries that were written are not judged again.
std::optional<detect::Contract> read_contract(std::string_view toml);

}  // namespace outrider::server
