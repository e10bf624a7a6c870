#include "server/start/first_start.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/api.h"
#include "api/handlers/pending.h"
#include "base/file.h"
#include "base/log.h"

namespace outrider::server {
namespace {

constexpr std::string_view admin_name = "admin";
constexpr std::string_view maker = "first start";
constexpr std::size_t token_file_bytes_max = 1024;

Result<std::string> read_token(const std::filesystem::path& file) {
  TRY(const auto secret, read_secret_file(file, token_file_bytes_max));
  std::string token(as_text(secret.view()));
  while (!token.empty() && token.back() == '\n') token.pop_back();
  return token;
}

}  // namespace

Result<void> ensure_server_log(fleet::Registry& registry) {
  if (registry.fleet(api::server_log())) return {};
  api::Pending<void> made;
  registry.create_fleet(api::server_log(), "The server itself", made.callback());
  return made.wait();
}

Result<void> ensure_admin_token(fleet::Registry& registry, const std::filesystem::path& file) {
  TRY(const auto tokens, registry.tokens(api::server_log()));
  if (std::any_of(tokens.begin(), tokens.end(), [](const auto& token) { return token.name == admin_name; })) return {};
  // The file comes first: a hash without its token would be of no use to anybody.
  auto token = read_token(file);
  if (!token) {
    if (token.error().code != Errc::not_found) return std::unexpected(std::move(token).error());
    token = api::make_token();
    CHECK(write_file_atomic(file, *token + "\n", 0600));
  }
  facts::TokenCreated fact;
  fact.name = admin_name;
  fact.token_hash = api::token_hash(*token);
  fact.by = maker;
  api::Pending<void> made;
  registry.create_token(api::server_log(), std::move(fact), made.callback());
  CHECK(made.wait());
  log::info("made the first token of the API", {{"file", file.string()}});
  return {};
}

Result<void> ensure_authority(identity::Authority& authority, ledger::Ledger& ledger, const FleetId& fleet) {
  CHECK(authority.add_fleet(fleet));
  TRY(const auto unrecorded, authority.unrecorded(fleet));
  if (unrecorded.empty()) return {};
  for (const auto& fact : unrecorded) {
    const ledger::Subject subject{ledger::SubjectKind::server, fact.role};
    CHECK(ledger.append_and_wait(ledger::draft_of(fleet, subject, fact)));
  }
  return authority.mark_recorded(fleet);
}

}  // namespace outrider::server
