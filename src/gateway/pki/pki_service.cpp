#include "gateway/pki/pki_service.h"

#include <algorithm>
#include <memory>

#include "crypto/hash.h"
#include "gateway/pki/http_date.h"

namespace outrider::gateway::pki {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr std::string_view list_path = "/crl/";
constexpr std::string_view root_list_path = "/crl.root";
constexpr std::string_view ocsp_path = "/ocsp";
constexpr std::string_view certificate_path = "/ca/";
constexpr std::string_view root_certificate_path = "/ca.root.cer";

constexpr std::size_t copied_bytes_max = 64 * 1024;  // of a document, for one connection

constexpr std::string_view list_type = "application/pkix-crl";          // RFC 2585, 4.2
constexpr std::string_view certificate_type = "application/pkix-cert";  // RFC 2585, 4.1
constexpr std::string_view ocsp_request_type = "application/ocsp-request";
constexpr std::string_view ocsp_response_type = "application/ocsp-response";

// What is true until its next update.
struct Document {
  ByteView body;
  std::string_view type;
  std::string etag;
  Timestamp from;
  Timestamp until;
  std::shared_ptr<const void> owner;  // of a body that is too large to be copied for every slow reader
};

// RFC 9110, 13.1.2: a list of tags, or "*"; weak ones compare as equal.
bool names_tag(std::string_view header, std::string_view tag) {
  if (header == "*") return true;
  for (std::size_t at = header.find(tag); at != std::string_view::npos; at = header.find(tag, at + 1)) {
    const auto behind = header.substr(at + tag.size());
    if (behind.empty() || behind.front() == ',' || behind.front() == ' ') return true;
  }
  return false;
}

// RFC 9110, 13.2.2: the tag decides when there is one, else the time.
bool is_known(const HttpRequest& request, const Document& what) {
  if (const auto tags = request.header("If-None-Match"); !tags.empty()) return names_tag(tags, what.etag);
  const auto since = from_http_date(request.header("If-Modified-Since"));
  return since && std::chrono::floor<std::chrono::seconds>(what.from) <= *since;
}

HttpResponse give(const HttpRequest& request, const Document& what, Timestamp now) {
  HttpResponse out;
  const auto left = std::chrono::duration_cast<std::chrono::seconds>(what.until - now).count();
  // RFC 5019, 6.2 asks for these of OCSP; they are as good for lists.
  out.headers.emplace("Cache-Control", "public, no-transform, must-revalidate, max-age=" +
                                           std::to_string(std::max<std::int64_t>(left, 0)));
  out.headers.emplace("ETag", what.etag);
  out.headers.emplace("Last-Modified", to_http_date(what.from));
  out.headers.emplace("Expires", to_http_date(what.until));
  if (is_known(request, what)) {
    out.status = 304;
    return out;
  }
  out.headers.emplace("Content-Type", what.type);
  if (!what.owner || what.body.size() <= copied_bytes_max) {
    out.body = to_bytes(what.body);
    return out;
  }
  out.next_chunk = [owner = what.owner, rest = what.body]() mutable -> net::Awaitable<std::optional<std::string>> {
    if (rest.empty()) co_return std::nullopt;
    const auto piece = rest.first(std::min(rest.size(), copied_bytes_max));
    rest = rest.subspan(piece.size());
    co_return std::string(as_text(piece));
  };
  return out;
}

std::string tag_of(ByteView bytes) {
  return "\"" + hex(crypto::sha256(bytes)).substr(0, 32) + "\"";
}

HttpResponse no_such(std::string_view what) {
  return HttpResponse::text(404, "there is no such " + std::string(what) + "\n");
}

HttpResponse wrong_method(std::string_view allowed) {
  auto out = HttpResponse::text(405, "use " + std::string(allowed) + "\n");
  out.headers.emplace("Allow", allowed);
  return out;
}

// An OCSP answer that nobody may keep.
HttpResponse answer_once(Bytes der) {
  HttpResponse out;
  out.body = std::move(der);
  out.headers.emplace("Content-Type", ocsp_response_type);
  out.headers.emplace("Cache-Control", "no-store");
  return out;
}

bool reads(const HttpRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// "demo/5a0c…" → fleet and issuing CA; "demo" → fleet alone.
struct Place {
  FleetId fleet;
  std::string_view issuer;
};
std::optional<Place> place_of(std::string_view text) {
  const auto slash = text.find('/');
  const auto fleet = FleetId::parse(text.substr(0, slash));
  if (!fleet) return std::nullopt;
  if (slash == std::string_view::npos) return Place{*fleet, {}};
  if (slash + 1 == text.size()) return std::nullopt;
  return Place{*fleet, text.substr(slash + 1)};
}

}  // namespace

PkiService::PkiService(identity::Authority& authority, const identity::RevocationLists& lists,
                       identity::OcspResponder& ocsp, const Clock& clock, Metrics& metrics)
    : authority_(authority), lists_(lists), ocsp_(ocsp), clock_(clock), metrics_(metrics) {}

bool PkiService::handles(std::string_view path) {
  return path.starts_with(list_path) || path == root_list_path || path.starts_with(certificate_path) ||
         path == root_certificate_path || path == ocsp_path || path.starts_with("/ocsp/");
}

net::Awaitable<HttpResponse> PkiService::handle(HttpRequest request) const {
  co_return answer(request);
}

HttpResponse PkiService::answer(const HttpRequest& request) const {
  auto counted = judge(request);
  metrics_
      .counter(
          "outrider_pki_requests_total",
          "Requests for revocation lists, OCSP and certificates of CAs, by kind and result",
          {{"kind", std::string(counted.kind)},
           {"result", counted.result.empty() ? std::to_string(counted.response.status) : std::string(counted.result)}})
      .add();
  return std::move(counted.response);
}

PkiService::Counted PkiService::judge(const HttpRequest& request) const {
  const std::string_view path = request.path;
  if (path == ocsp_path || path.starts_with("/ocsp/")) return ocsp(request);
  if (!reads(request)) return {wrong_method("GET"), "other"};
  if (path == root_list_path) return {root_list(request), "root-crl"};
  if (path.starts_with(list_path)) return list(request, path.substr(list_path.size()));
  if (path == root_certificate_path || path.starts_with(certificate_path))
    return {certificate(request, path), "certificate"};
  return {no_such("path"), "other"};
}

PkiService::Counted PkiService::list(const HttpRequest& request, std::string_view rest) const {
  if (!take_suffix(rest, ".crl")) return {no_such("revocation list"), "crl"};
  const auto find = [&](std::string_view name, bool delta) -> identity::ListPtr {
    const auto place = place_of(name);
    return place ? lists_.find(place->fleet, place->issuer, delta) : nullptr;
  };
  // A fleet may be called "a-delta"; its own list comes before the delta of "a".
  auto found = find(rest, false);
  const bool delta = !found && take_suffix(rest, "-delta");
  if (delta) found = find(rest, true);
  const std::string_view kind = delta ? "delta-crl" : "crl";
  if (!found) return {no_such("revocation list"), kind};
  return {
      give(request, {found->der, list_type, found->etag, found->this_update, found->next_update, found}, clock_.now()),
      kind};
}

HttpResponse PkiService::root_list(const HttpRequest& request) const {
  const auto der = authority_.root_crl();
  if (!der) return HttpResponse::text(503, der.error().reason + "\n");
  const auto view = crypto::read_crl(*der, authority_.root());
  if (!view) return HttpResponse::text(503, view.error().reason + "\n");
  // Its life is counted in months, but it may be replaced any day.
  const Timestamp until = std::min<Timestamp>(view->next_update, clock_.now() + std::chrono::hours{24});
  return give(request, {*der, list_type, tag_of(*der), view->this_update, until}, clock_.now());
}

HttpResponse PkiService::certificate(const HttpRequest& request, std::string_view path) const {
  const auto deliver = [&](const crypto::Certificate& found) {
    return give(request, {found.der, certificate_type, tag_of(found.der), found.not_before, found.not_after},
                clock_.now());
  };
  if (path == root_certificate_path) return deliver(authority_.root());
  std::string_view name = path.substr(certificate_path.size());
  const auto place = take_suffix(name, ".cer") ? place_of(name) : std::nullopt;
  if (!place || place->issuer.size() < 8) return no_such("certificate");
  const auto all = authority_.issuers(place->fleet);
  if (!all) return no_such("certificate");
  for (const auto& issuer : *all)
    if (hex(issuer.subject_key_id).starts_with(place->issuer)) return deliver(issuer);
  return no_such("certificate");
}

PkiService::Counted PkiService::ocsp(const HttpRequest& request) const {
  constexpr std::string_view kind = "ocsp";
  if (request.method == "POST" && request.path == ocsp_path) {
    if (request.header("Content-Type") != ocsp_request_type)
      return {HttpResponse::text(415, "send the request as application/ocsp-request\n"), kind};
    const auto answered = ocsp_.answer(request.body);
    return {answer_once(answered.der), kind, answered.result};
  }
  if (request.path == ocsp_path) return {wrong_method("POST"), kind};
  if (!reads(request)) return {wrong_method("GET"), kind};
  const auto decoded = from_base64(std::string_view(request.path).substr(ocsp_path.size() + 1));
  // What is no base64 is no request either.
  const auto answered = ocsp_.answer(decoded ? ByteView(*decoded) : ByteView());
  if (!answered.good_for_others) return {answer_once(answered.der), kind, answered.result};
  return {give(request,
               {answered.der, ocsp_response_type, tag_of(answered.der), answered.this_update, answered.next_update},
               clock_.now()),
          kind, answered.result};
}

}  // namespace outrider::gateway::pki
