// Applications: backend services, their grants and certificates.
#include <fmt/format.h>

#include <chrono>

#include "api/handlers.h"
#include "api/handlers/pending.h"
#include "facts/holder.h"
#include "identity/enrolment/code.h"

namespace outrider::api {
namespace {

// Who asks for a certificate through us has just been let in; the code is used up within the call.
constexpr std::chrono::minutes own_code_life{5};

struct GrantView {
  std::string filter;
  Timestamp since;
  std::uint64_t entry = 0;
};
BOOST_DESCRIBE_STRUCT(GrantView, (), (filter, since, entry))

json::Array grants_view(const std::vector<fleet::Grant>& grants) {
  json::Array out;
  for (const auto& each : grants) out.push_back(json::from(GrantView{each.filter, each.since, each.entry}));
  return out;
}

json::Object view_of(const fleet::Application& application) {
  json::Object out{{"application", application.id.value}, {"added", to_rfc3339(application.added)}};
  if (application.label) out["label"] = *application.label;
  if (application.removed) out["removed"] = to_rfc3339(*application.removed);
  out["online"] = application.online;
  out["publish"] = grants_view(application.grants.publish);
  out["subscribe"] = grants_view(application.grants.subscribe);
  return out;
}

struct NewApplication {
  std::string application;
  std::optional<std::string> label;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(NewApplication, (), (application, label, dry_run))

struct Filters {
  std::optional<std::vector<std::string>> publish;
  std::optional<std::vector<std::string>> subscribe;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(Filters, (), (publish, subscribe, dry_run))

struct Remove {
  std::string why;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(Remove, (), (why, dry_run))

struct NewCode {
  std::optional<std::string> life;
};
BOOST_DESCRIBE_STRUCT(NewCode, (), (life))

struct Request {
  std::string csr;  // PKCS#10, PEM
};
BOOST_DESCRIBE_STRUCT(Request, (), (csr))

Result<ApplicationId> application_of(const Call& call) {
  TRY(const auto given, call.part("application"));
  return ApplicationId::parse(given);
}

net::HttpResponse answer_application(const House& house, const FleetId& fleet, const ApplicationId& id, bool dry_run) {
  const auto application = house.registry.application(fleet, id);
  auto out = application ? view_of(*application) : json::Object{{"application", id.value}};
  out["dry_run"] = dry_run;
  return answer(out);
}

struct Code {
  std::string code;
  Timestamp expires;
};

Result<Code> make_code(const House& house, const FleetId& fleet, const ApplicationId& id, const Call& call,
                       std::chrono::milliseconds life) {
  const DeviceId holder = facts::holder_of(id);
  Code out{identity::make_code(), call.now() + life};
  Pending<void> done;
  house.registry.create_code(
      fleet,
      {.device = holder, .code_hash = identity::code_hash(holder, out.code), .expires = out.expires, .by = call.by()},
      done.callback());
  CHECK(done.wait());
  return out;
}

}  // namespace

Result<net::HttpResponse> get_applications(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto applications, house.registry.applications(fleet));
  json::Array items;
  for (const auto& each : applications) items.push_back(view_of(each));
  return answer_list(std::move(items));
}

Result<net::HttpResponse> post_application(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto wanted, call.body<NewApplication>());
  TRY(const auto id, ApplicationId::parse(wanted.application));
  const bool dry_run = wanted.dry_run.value_or(false);
  Pending<void> done;
  house.registry.add_application(fleet, {.application = id, .label = wanted.label, .by = call.by()}, done.callback(),
                                 run_of(dry_run));
  CHECK(done.wait());
  return answer_application(house, fleet, id, dry_run);
}

Result<net::HttpResponse> get_application(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto id, application_of(call));
  TRY(const auto application, house.registry.application(fleet, id));
  TRY(const auto identities, house.registry.identities(fleet, facts::holder_of(id)));
  auto out = view_of(application);
  out["identities"] = json::from(identities);
  return answer(out);
}

Result<net::HttpResponse> post_grants(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto id, application_of(call));
  TRY(auto wanted, call.body<Filters>());
  const bool dry_run = wanted.dry_run.value_or(false);
  facts::ApplicationGranted fact{.application = id,
                                 .publish = std::move(wanted.publish).value_or(std::vector<std::string>{}),
                                 .subscribe = std::move(wanted.subscribe).value_or(std::vector<std::string>{}),
                                 .by = call.by()};
  Pending<void> done;
  house.registry.grant(fleet, std::move(fact), done.callback(), run_of(dry_run));
  CHECK(done.wait());
  return answer_application(house, fleet, id, dry_run);
}

Result<net::HttpResponse> post_withdraw(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto id, application_of(call));
  TRY(auto wanted, call.body<Filters>());
  const bool dry_run = wanted.dry_run.value_or(false);
  Pending<void> done;
  house.registry.withdraw(fleet,
                          {.application = id,
                           .publish = std::move(wanted.publish).value_or(std::vector<std::string>{}),
                           .subscribe = std::move(wanted.subscribe).value_or(std::vector<std::string>{}),
                           .by = call.by()},
                          done.callback(), run_of(dry_run));
  CHECK(done.wait());
  return answer_application(house, fleet, id, dry_run);
}

Result<net::HttpResponse> post_remove_application(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto id, application_of(call));
  TRY(const auto wanted, call.body<Remove>());
  const bool dry_run = wanted.dry_run.value_or(false);
  Pending<void> done;
  house.registry.remove_application(fleet, {.application = id, .why = wanted.why, .by = call.by()}, done.callback(),
                                    run_of(dry_run));
  CHECK(done.wait());
  return answer_application(house, fleet, id, dry_run);
}

Result<net::HttpResponse> post_application_code(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto id, application_of(call));
  TRY(const auto wanted, call.body<NewCode>());
  TRY(const auto life, duration_between("life", wanted.life, house.code_life_default, code_life_min, code_life_max));
  TRY(const auto made, make_code(house, fleet, id, call, life));
  return answer(json::Object{{"application", id.value},
                             {"user", "app/" + id.value},
                             {"code", made.code},
                             {"expires", to_rfc3339(made.expires)}});
}

// A code and the enrolment with it in one call, so that both are in the ledger as for anybody else.
Result<net::HttpResponse> post_application_certificate(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto id, application_of(call));
  TRY(const auto wanted, call.body<Request>());
  TRY(const auto made, make_code(house, fleet, id, call, own_code_life));
  TRY(const auto issued, house.enrol(fleet, facts::holder_of(id), made.code, as_bytes(wanted.csr), call.by()));
  return answer(json::Object{{"application", id.value},
                             {"serial", issued.serial},
                             {"not_after", to_rfc3339(issued.not_after)},
                             {"certificate", issued.certificate_pem},
                             {"issuer", issued.issuer_pem},
                             {"root", issued.root_pem}});
}

}  // namespace outrider::api
