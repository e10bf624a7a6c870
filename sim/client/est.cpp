#include "sim/client/est.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "base/json.h"
#include "crypto/cms/certs_only.h"
#include "crypto/x509/csr.h"

namespace outrider::sim {
namespace {

// The server's own words: an RFC 9457 problem's reason and detail, or the text as it is. Control characters are
// blanked, because this goes to a terminal.
std::string words_of(const net::HttpResponse& response) {
  std::string out;
  const std::string_view body = as_text(response.body);
  if (auto problem = json::parse(body); problem && problem->is_object()) {
    const auto& object = problem->get_object();
    for (const std::string_view key : {"reason", "detail"}) {
      const auto* value = object.if_contains(key);
      if (value == nullptr || !value->is_string()) continue;
      if (!out.empty()) out += ": ";
      out += std::string_view(value->get_string());
    }
  }
  if (out.empty()) out = body.substr(0, why_bytes_max);
  if (out.size() > why_bytes_max) out.resize(why_bytes_max);
  std::ranges::replace_if(out, [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
  return fmt::format("{} {}", response.status, out.empty() ? "without a reason" : out);
}

// Seconds only; servers of ours send no dates.
std::chrono::seconds retry_after_of(const net::HttpResponse& response) {
  const auto found = response.headers.find(std::string_view("Retry-After"));
  if (found == response.headers.end()) return {};
  unsigned seconds = 0;
  const std::string& text = found->second;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return {};
  return std::min(std::chrono::seconds{seconds}, retry_after_max);
}

Result<net::HttpRequest> est_request(std::string_view operation, const FleetId& fleet, const DeviceId& device,
                                     const crypto::KeyPair& key) {
  TRY(const Bytes csr, crypto::make_csr(key, device.value));
  net::HttpRequest request;
  request.method = "POST";
  request.path = fmt::format("/.well-known/est/{}/{}", fleet.value, operation);
  request.headers.emplace("Content-Type", "application/pkcs10");
  request.headers.emplace("Content-Transfer-Encoding", "base64");
  request.body = to_bytes(as_bytes(base64(csr)));
  return request;
}

}  // namespace

Result<net::HttpRequest> enrol_request(const FleetId& fleet, const DeviceId& device, std::string_view code,
                                       const crypto::KeyPair& key) {
  TRY(auto request, est_request("simpleenroll", fleet, device, key));
  request.headers.emplace("Authorization", "Basic " + base64(as_bytes(fmt::format("{}:{}", device.value, code))));
  return request;
}

Result<net::HttpRequest> renew_request(const FleetId& fleet, const DeviceId& device, const crypto::KeyPair& key) {
  return est_request("simplereenroll", fleet, device, key);
}

Result<std::string> chain_of_answer(std::string_view body, const DeviceId& device, const crypto::PublicKey& key) {
  TRY(const Bytes der, from_base64(body));
  TRY(const auto certificates, crypto::from_certs_only(der));
  const auto leaf = std::ranges::find(certificates, key, &crypto::Certificate::key);
  if (leaf == certificates.end())
    return fail(Errc::malformed, "not-our-key", "the answer has no certificate for the key of the request");
  if (leaf->subject.common_name != device.value) {
    return fail(Errc::malformed, "not-our-name", fmt::format("the certificate is for '{}'", leaf->subject.common_name));
  }
  std::string chain = leaf->pem();
  for (const auto& certificate : certificates) {
    const bool root = certificate.subject == certificate.issuer;
    if (certificate.authority && !root) chain += certificate.pem();
  }
  return chain;
}

EnrolAnswer enrol_answer(const net::HttpResponse& response, const DeviceId& device, const crypto::PublicKey& key) {
  EnrolAnswer answer;
  if (response.status == 200) {
    auto chain = chain_of_answer(as_text(response.body), device, key);
    if (chain) {
      answer.outcome = EnrolOutcome::enrolled;
      answer.chain = *std::move(chain);
    } else {
      answer.why = "unusable answer: " + chain.error().text();
    }
    return answer;
  }
  const bool later = response.status == 202 || response.status == 429 || response.status >= 500;
  answer.outcome = later ? EnrolOutcome::later : EnrolOutcome::refused;
  answer.retry_after = retry_after_of(response);
  answer.why = words_of(response);
  return answer;
}

}  // namespace outrider::sim
