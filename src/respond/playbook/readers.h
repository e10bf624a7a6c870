#pragma once
// Parts of a playbook's file that have a file of their own (readers.cpp). Private to the folder.
#include "respond/playbook/playbook.h"
#include "wire/toml/toml_reader.h"

namespace outrider::respond {

// Shown to people and put into mails: no control characters (bad-value).
void check_plain(wire::TomlReader& reader, std::string_view key, std::string_view text);
void read_profiles(wire::TomlReader& reader, std::vector<ProfileId>& out);
// `url` or `to` of a notification.
void read_receivers(wire::TomlReader& reader, Step& out);
Result<ActuatingRule> read_rule(std::string_view file, const toml::table& table);

}  // namespace outrider::respond
