// The certification authorities: what there is, and how one takes the place of another. What is done to them stands in
// the server's own log.
#include <fmt/format.h>

#include <algorithm>

#include "api/handlers.h"
#include "api/handlers/issuer.h"

namespace outrider::api {
namespace {

constexpr std::size_t pem_bytes_max = 64 * 1024;
constexpr std::size_t uri_bytes_max = 1024;
constexpr std::size_t passphrase_bytes_max = 1024;

struct Replace {
  std::string role;  // "root", "issuing"
  std::optional<std::string> fleet;
  std::optional<std::string> key_uri;
  std::optional<bool> request;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(Replace, (), (role, fleet, key_uri, request, dry_run))

struct Install {
  std::string fleet;
  std::string certificate;
};
BOOST_DESCRIBE_STRUCT(Install, (), (fleet, certificate))

struct Forget {
  std::string role;
  std::optional<std::string> fleet;
  std::optional<std::string> id;
};
BOOST_DESCRIBE_STRUCT(Forget, (), (role, fleet, id))

struct Export {
  std::string passphrase;
};
BOOST_DESCRIBE_STRUCT(Export, (), (passphrase))

struct Remove {
  std::string key;  // hex of SHA-256 over its public half
};
BOOST_DESCRIBE_STRUCT(Remove, (), (key))

struct Import {
  std::optional<std::string> key;  // encrypted PKCS#8, PEM
  std::optional<std::string> passphrase;
  std::optional<std::string> key_uri;
  std::optional<bool> keep;
};
BOOST_DESCRIBE_STRUCT(Import, (), (key, passphrase, key_uri, keep))

// Trust must not change without a word in the ledger: the authority runs this before it changes anything.
identity::Authority::Record record(const House& house, const Call& call, std::string action, std::string role,
                                   std::optional<FleetId> fleet = std::nullopt) {
  facts::AuthorityChanged fact{std::move(action), std::move(role), {}, std::move(fleet), call.by()};
  return [&house, fact = std::move(fact)](const std::string& id) mutable -> Result<void> {
    fact.id = id;
    const ledger::Subject subject{ledger::SubjectKind::server, fact.role};
    CHECK(house.ledger.append_and_wait(ledger::draft_of(server_log(), subject, fact)));
    return {};
  };
}

Result<std::shared_ptr<void>> without_backup(const House& house) {
  auto pass = house.exclude_backup();
  if (!pass)
    return fail(Errc::overloaded, "backup-running", "a backup is being taken; change authorities when it has ended");
  return pass;
}

Result<FleetId> fleet_of(const House& house, const std::optional<std::string>& text) {
  if (!text) return fail(Errc::malformed, "bad-parameter", "fleet: say which fleet's issuing CA");
  TRY(auto fleet, FleetId::parse(*text));
  CHECK(house.registry.fleet(fleet));
  return fleet;
}

Result<void> check_role(const std::string& role) {
  if (role == "root" || role == "issuing") return {};
  return fail(Errc::malformed, "bad-parameter", "role: expected root or issuing");
}

Result<void> check_former(const House& house, const FleetId& fleet, const std::string& id) {
  TRY(const auto issuers, house.authority.issuers(fleet));
  const auto found =
      std::ranges::find(issuers, id, [](const crypto::Certificate& issuer) { return hex(issuer.subject_key_id); });
  if (found == issuers.end())
    return fail(Errc::not_found, "unknown-issuer", "this CA is not ours; 'anchor remove' ends the trust in it");
  if (found != issuers.begin()) return {};
  return fail(Errc::conflict, "issuer-in-use", "this is the issuing CA that signs now; replace it first");
}

json::Object view_of(const crypto::Certificate& certificate, std::string_view role) {
  return {{"role", role},
          {"id", hex(certificate.subject_key_id)},
          {"serial", certificate.serial},
          {"subject", certificate.subject.text},
          {"not_after", to_rfc3339(certificate.not_after)},
          {"certificate", certificate.pem()}};
}

std::string root_id(const House& house) {
  return hex(house.authority.root().subject_key_id);
}

Result<net::HttpResponse> replace_root(const House& house, const Call& call, const Replace& wanted) {
  if (wanted.request.value_or(false))
    return fail(Errc::malformed, "bad-parameter", "request: a root signs itself; there is nothing to request");
  TRY(const auto alone, without_backup(house));
  TRY(const auto made,
      house.authority.replace_root(wanted.key_uri.value_or(""), record(house, call, "replaced", "root")));
  CHECK(house.authorities_changed());
  return answer(view_of(made, "root"));
}

Result<net::HttpResponse> replace_issuing(const House& house, const Call& call, const Replace& wanted) {
  TRY(const auto fleet, fleet_of(house, wanted.fleet));
  TRY(const auto alone, without_backup(house));
  if (wanted.request.value_or(false)) {
    TRY(const auto request, house.authority.request_issuing(fleet, wanted.key_uri.value_or(""),
                                                            record(house, call, "requested", "issuing", fleet)));
    return answer(json::Object{{"role", "issuing"}, {"fleet", fleet.value}, {"request", request}});
  }
  TRY(const auto made, house.authority.replace_issuing(fleet, wanted.key_uri.value_or(""),
                                                       record(house, call, "replaced", "issuing", fleet)));
  CHECK(house.authorities_changed());
  return answer(view_of(made, "issuing"));
}

}  // namespace

Result<net::HttpResponse> get_authorities(const House& house, const Call&) {
  json::Array items;
  for (const auto& one : house.authority.status()) {
    auto item = json::from(one).as_object();
    if (one.fleet) item["list_number"] = house.list_number(*one.fleet);
    items.push_back(std::move(item));
  }
  return answer_list(std::move(items));
}

Result<net::HttpResponse> post_replace_authority(const House& house, const Call& call) {
  TRY(const auto wanted, call.body<Replace>());
  CHECK(check_role(wanted.role));
  CHECK(wanted.key_uri ? check_text("key_uri", *wanted.key_uri, uri_bytes_max) : Result<void>{});
  if (wanted.dry_run.value_or(false)) {
    if (wanted.role == "issuing") CHECK(fleet_of(house, wanted.fleet));
    const auto all = house.authority.status();
    const bool offline = all.front().key == "offline";
    if (offline && !wanted.request.value_or(false))
      return fail(Errc::unavailable, "root-offline", "the root's key is offline; import it, or make a request");
    return answer(json::Object{{"role", wanted.role}, {"dry_run", true}});
  }
  return wanted.role == "root" ? replace_root(house, call, wanted) : replace_issuing(house, call, wanted);
}

Result<net::HttpResponse> post_install_authority(const House& house, const Call& call) {
  TRY(const auto wanted, call.body<Install>());
  TRY(const auto fleet, fleet_of(house, wanted.fleet));
  CHECK(check_text("certificate", wanted.certificate, pem_bytes_max));
  TRY(const auto alone, without_backup(house));
  TRY(const auto made,
      house.authority.install_issuing(fleet, wanted.certificate, record(house, call, "replaced", "issuing", fleet)));
  CHECK(house.authorities_changed());
  return answer(view_of(made, "issuing"));
}

Result<net::HttpResponse> post_forget_authority(const House& house, const Call& call) {
  TRY(const auto wanted, call.body<Forget>());
  CHECK(check_role(wanted.role));
  TRY(const auto alone, without_backup(house));
  if (wanted.role == "root") {
    CHECK(house.authority.forget_former_roots(record(house, call, "forgotten", "root")));
    CHECK(house.authorities_changed());
    return answer(json::Object{{"role", "root"}, {"forgotten", true}});
  }
  TRY(const auto fleet, fleet_of(house, wanted.fleet));
  TRY(const std::string id, issuer_meant(house, fleet, wanted.id.value_or("")));
  CHECK(check_former(house, fleet, id));
  // Its devices would be locked out, so nobody may be left. Those revoked are refused anyway.
  TRY(const auto left, house.registry.select(fleet, {.issuer = id}));
  if (!left.serials.empty())
    return fail(Errc::conflict, "issuer-in-use",
                fmt::format("{} identities of this CA are still good; they end by renewal or by 'identity revoke "
                            "--issuer'",
                            left.serials.size()));
  CHECK(house.authority.forget_issuer(fleet, id, record(house, call, "forgotten", "issuing", fleet)));
  CHECK(house.authorities_changed());
  return answer(json::Object{{"role", "issuing"}, {"id", id}, {"forgotten", true}});
}

Result<net::HttpResponse> post_export_root_key(const House& house, const Call& call) {
  TRY(const auto wanted, call.body<Export>());
  CHECK(check_text("passphrase", wanted.passphrase, passphrase_bytes_max));
  TRY(const auto pem, house.authority.export_root_key(as_bytes(wanted.passphrase)));
  CHECK(record(house, call, "key-exported", "root")(root_id(house)));
  const auto root = house.authority.root();
  return answer(json::Object{{"key", pem}, {"name", root.spki_sha256()}, {"certificate", root.pem()}});
}

Result<net::HttpResponse> post_remove_root_key(const House& house, const Call& call) {
  TRY(const auto wanted, call.body<Remove>());
  TRY(const auto alone, without_backup(house));
  // Whoever has it offline cannot sign the list either: leave the newest there can be.
  CHECK(house.authority.root_crl());
  CHECK(house.authority.remove_root_key(wanted.key, record(house, call, "key-removed", "root")));
  return answer(json::Object{{"removed", true}});
}

Result<net::HttpResponse> post_import_root_key(const House& house, const Call& call) {
  TRY(const auto wanted, call.body<Import>());
  TRY(const auto alone, without_backup(house));
  if (wanted.key_uri.has_value() == wanted.key.has_value())
    return fail(Errc::malformed, "bad-parameter", "give either key with passphrase, or key_uri");
  if (wanted.key_uri) {
    CHECK(check_text("key_uri", *wanted.key_uri, uri_bytes_max));
    CHECK(house.authority.import_root_key(*wanted.key_uri, record(house, call, "key-imported", "root")));
  } else {
    CHECK(check_text("key", *wanted.key, pem_bytes_max));
    CHECK(house.authority.import_root_key(*wanted.key, as_bytes(wanted.passphrase.value_or("")),
                                          wanted.keep.value_or(false), record(house, call, "key-imported", "root")));
  }
  return answer(json::Object{{"imported", true}, {"kept", wanted.key_uri.has_value() || wanted.keep.value_or(false)}});
}

}  // namespace outrider::api
