#include "gateway/est/est_service.h"

#include <array>

#include "crypto/cms/certs_only.h"
#include "facts/holder.h"
#include "gateway/est/basic_auth.h"
#include "gateway/est/csr_attributes.h"
#include "net/await.h"

namespace outrider::gateway::est {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr std::string_view root_path = "/.well-known/est";
constexpr std::string_view certs_only_type = "application/pkcs7-mime; smime-type=certs-only";
constexpr std::string_view csr_attributes_type = "application/csrattrs";
constexpr std::string_view request_type = "application/pkcs10";
constexpr std::size_t base64_line_bytes = 76;  // RFC 2045, 6.8; line feeds alone, because `base64 -d` refuses CR

enum class Operation : std::uint8_t { cacerts, csrattrs, simpleenroll, simplereenroll };

struct OperationName {
  std::string_view name;
  Operation operation;
  std::string_view method;
};
constexpr std::array operations{
    OperationName{"cacerts", Operation::cacerts, "GET"},
    OperationName{"csrattrs", Operation::csrattrs, "GET"},
    OperationName{"simpleenroll", Operation::simpleenroll, "POST"},
    OperationName{"simplereenroll", Operation::simplereenroll, "POST"},
};

const OperationName* find_operation(std::string_view name) {
  for (const auto& one : operations)
    if (one.name == name) return &one;
  return nullptr;
}

HttpResponse base64_body(ByteView content, std::string_view type) {
  const std::string encoded = base64(content);
  std::string body;
  for (std::size_t at = 0; at < encoded.size(); at += base64_line_bytes)
    body.append(encoded, at, base64_line_bytes).append("\n");
  auto response = HttpResponse::text(200, std::move(body), type);
  response.headers.emplace("Content-Transfer-Encoding", "base64");  // RFC 7030, 4.1.3; ignored by RFC 8951, 3
  return response;
}

// RFC 7030 leaves the choice of status open (4.2.3); this is ours. A certificate or code past its time is a matter of
// right here, not of a resource gone.
int status_of(Errc code) {
  return code == Errc::expired ? 403 : net::http_status(code);
}

HttpResponse refusal(const Error& error) {
  // What went wrong inside is for the log, not for strangers.
  const bool ours = error.code == Errc::internal || error.code == Errc::corrupt || error.code == Errc::unavailable;
  const std::string text = ours ? "unavailable: the server cannot issue certificates now; try again later"
                                : error.reason + ": " + error.detail;
  auto response = HttpResponse::text(status_of(error.code), text + "\n");
  if (error.code == Errc::unauthenticated)
    response.headers.emplace("WWW-Authenticate", "Basic realm=\"outrider enrolment\", charset=\"UTF-8\"");
  return response;
}

// "application/pkcs10; charset=x" and nothing else; a missing type is let pass, because then there is no wrong one.
bool is_request_type(std::string_view type) {
  if (type.empty()) return true;
  std::string name(type.substr(0, type.find(';')));
  while (!name.empty() && name.back() == ' ') name.pop_back();
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return name == request_type;
}

HttpResponse wrong_type(const HttpRequest& request) {
  return HttpResponse::text(415, "wrong-content-type: send the request as application/pkcs10, not '" +
                                     std::string(request.header("Content-Type").substr(0, 64)) + "'\n");
}

// RFC 7030, 4.2.3: not now; "the client MUST wait at least the specified Retry-After time before repeating".
HttpResponse accepted(const Error& why) {
  auto response = HttpResponse::text(202, why.reason + ": " + why.detail + "\n");
  response.headers.emplace("Retry-After", std::to_string(identity::approval_retry.count()));
  return response;
}

HttpResponse answer(const Result<crypto::Certificate>& issued) {
  if (!issued) return refusal(issued.error());
  return base64_body(crypto::to_certs_only({&*issued, 1}), certs_only_type);
}

}  // namespace

struct EstService::Route {
  FleetId fleet;
  Operation operation;
  std::string_view method;
  std::string_view name;
};

EstService::EstService(const identity::Authority& authority, identity::Enrolment& enrolment, FleetList fleets,
                       std::shared_ptr<const admission::Networks> networks, Metrics* metrics)
    : authority_(authority),
      enrolment_(enrolment),
      fleets_(std::move(fleets)),
      networks_(std::move(networks)),
      metrics_(metrics) {}

bool EstService::handles(std::string_view path) {
  return path == root_path || (path.starts_with(root_path) && path[root_path.size()] == '/');
}

Result<EstService::Route> EstService::route(std::string_view path) const {
  path.remove_prefix(std::min(path.size(), root_path.size() + 1));
  const auto slash = path.find('/');
  const std::string_view label = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  const auto* operation = find_operation(slash == std::string_view::npos ? path : path.substr(slash + 1));
  if (operation == nullptr)
    return fail(Errc::not_found, "unknown-operation",
                "EST offers cacerts, csrattrs, simpleenroll and simplereenroll here");
  const auto fleets = fleets_();
  if (slash == std::string_view::npos) {
    if (fleets.size() != 1)
      return fail(Errc::not_found, "fleet-needed",
                  "name the fleet in the path: /.well-known/est/<fleet>/" + std::string(operation->name));
    return Route{fleets.front(), operation->operation, operation->method, operation->name};
  }
  for (const auto& fleet : fleets)
    if (fleet.value == label) return Route{fleet, operation->operation, operation->method, operation->name};
  return fail(Errc::not_found, "unknown-fleet", "there is no fleet of that name");
}

net::Awaitable<HttpResponse> EstService::handle(HttpRequest request) {
  auto routed = route(request.path);
  if (!routed) co_return refusal(routed.error());
  if (request.method != routed->method) {
    auto response = HttpResponse::text(405, "wrong-method: use " + std::string(routed->method) + "\n");
    response.headers.emplace("Allow", routed->method);
    co_return response;
  }
  const std::string_view name = routed->name;
  auto response = co_await serve(*std::move(routed), std::move(request));
  if (metrics_ != nullptr)
    metrics_
        ->counter("outrider_est_requests_total", "EST requests, by operation and HTTP status",
                  {{"operation", std::string(name)}, {"status", std::to_string(response.status)}})
        .add();
  co_return response;
}

net::Awaitable<HttpResponse> EstService::serve(Route route, HttpRequest request) {
  switch (route.operation) {
    case Operation::cacerts:
      co_return ca_certificates(route.fleet);
    case Operation::csrattrs:
      co_return request_attributes(request, route.fleet);
    case Operation::simpleenroll:
      co_return co_await enrol(std::move(request), std::move(route.fleet));
    case Operation::simplereenroll:
      co_return co_await reenrol(std::move(request), std::move(route.fleet));
  }
  co_return HttpResponse::text(500, "");
}

identity::Origin EstService::origin_of(const net::Peer& peer) const {
  const admission::Network* const network = networks_->find(peer.ip);
  if (network == nullptr) return {peer.address, identity::Network{}};
  return {peer.address, identity::Network{network->kind, network->name}};
}

HttpResponse EstService::ca_certificates(const FleetId& fleet) const {
  const auto all = authority_.ca_certificates(fleet);
  if (!all) return refusal(all.error());
  return base64_body(crypto::to_certs_only(*all), certs_only_type);
}

HttpResponse EstService::request_attributes(const HttpRequest& request, const FleetId& fleet) const {
  // Without a certificate we do not know the device, and telling its profile to anybody would tell that it exists.
  const ByteView certificate = request.peer.certificate ? ByteView(*request.peer.certificate) : ByteView();
  return base64_body(csr_attributes(enrolment_.key_policy(fleet, certificate)), csr_attributes_type);
}

namespace {

// An application's name among holders is "app:<id>", but a user-id of HTTP Basic has no ':' (RFC 7617, 2): it enrols as
// "app/<id>". No device is called that.
std::string holder_named(std::string user) {
  constexpr std::string_view typed_prefix = "app/";
  if (user.starts_with(typed_prefix)) user.replace(0, typed_prefix.size(), facts::application_prefix);
  return user;
}

}  // namespace

net::Awaitable<HttpResponse> EstService::enrol(HttpRequest request, FleetId fleet) {
  if (!is_request_type(request.header("Content-Type"))) co_return wrong_type(request);
  if (request.header("Authorization").empty()) co_return co_await enrol_without_code(std::move(request), fleet);
  auto credentials = parse_basic(request.header("Authorization"));
  if (!credentials) co_return refusal(credentials.error());
  const std::string holder = holder_named(credentials->user);
  const auto issued = co_await net::await_done<crypto::Certificate>([&](auto done) {
    enrolment_.enrol(fleet, holder, as_text(credentials->password.view()), request.body, origin_of(request.peer),
                     std::move(done));
  });
  auto response = answer(issued);
  if (!issued && issued.error().code == Errc::overloaded) {
    const auto wait = enrolment_.back_off(holder, request.peer.address);
    response.headers.emplace("Retry-After", std::to_string(std::max<std::int64_t>(1, wait.count())));
  }
  co_return response;
}

// With the maker's certificate, or with nothing at all: then an operator may decide.
net::Awaitable<HttpResponse> EstService::enrol_without_code(HttpRequest request, FleetId fleet) {
  const auto& peer = request.peer;
  const auto issued = co_await net::await_done<crypto::Certificate>([&](auto done) {
    if (!peer.unverified_chain.empty())
      return enrolment_.enrol_made(fleet, peer.unverified_chain, request.body, origin_of(peer), std::move(done));
    enrolment_.ask(fleet, request.body, origin_of(peer), std::move(done));
  });
  if (!issued && issued.error().reason == "approval-pending") co_return accepted(issued.error());
  co_return answer(issued);
}

net::Awaitable<HttpResponse> EstService::reenrol(HttpRequest request, FleetId fleet) {
  if (!is_request_type(request.header("Content-Type"))) co_return wrong_type(request);
  const auto& peer = request.peer;
  if (!peer.certificate && peer.unverified_chain.empty())
    co_return refusal(
        Error(Errc::forbidden, "no-certificate", "present the device's current certificate in the TLS handshake"));
  const auto issued = co_await net::await_done<crypto::Certificate>([&](auto done) {
    if (!peer.certificate)
      return enrolment_.renew_lapsed(fleet, peer.unverified_chain, request.body, origin_of(peer), std::move(done));
    enrolment_.renew(fleet, *peer.certificate, request.body, origin_of(peer), std::move(done));
  });
  co_return answer(issued);
}

}  // namespace outrider::gateway::est
