// Does the running server know of keys that anybody can compute?
#include <fmt/format.h>

#include <charconv>

#include "net/http/http_client.h"
#include "server/doctor/checks.h"

namespace outrider::server::doctor {
namespace {

constexpr std::chrono::milliseconds patience{3000};
constexpr std::string_view gauge = "\noutrider_keys_with_shared_factors ";

}  // namespace

// A server that does not answer is check_server's finding.
void check_keys(const Patient& patient, Findings& found) {
  if (!patient.running) return;
  auto endpoint = net::HttpEndpoint::from_url("http://" + patient.running->metrics);
  if (!endpoint) return;
  net::HttpClient client(*std::move(endpoint), {.connect_deadline = patience, .response_deadline = patience});
  const auto answer = client.send({.path = "/metrics"});
  if (!answer || answer->status != 200) return;
  std::string_view text = as_text(answer->body);
  const auto at = text.find(gauge);
  if (at == std::string_view::npos)
    return found.note("the server does not say whether it has seen keys with shared factors",
                      "it may be of another version than this command", "restart it with this version");
  text.remove_prefix(at + gauge.size());
  double count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  if (count == 0) return;
  found.problem(
      fmt::format("{:.0f} identities have RSA keys that share a prime with another one", count),
      "anybody who has the two certificates can compute both private keys; the generator that made them is bad",
      "outrider tail --kind identity.suspected names them: revoke both (outrider identity revoke), and let the "
      "devices make EC keys");
}

}  // namespace outrider::server::doctor
