#include "cli/remote/connect.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "base/file.h"
#include "cli/command/exit.h"
#include "cli/input/settings.h"
#include "net/http/http_client.h"

namespace outrider::cli {
namespace {

constexpr std::size_t ca_bytes_max = 1024UL * 1024;  // a bundle of hundreds of certificates
constexpr std::size_t token_bytes_max = 4UL * 1024;  // tokens are far shorter
// A verify of a large ledger or a bulk registration reports within this time or keeps talking.
constexpr auto answer_deadline = std::chrono::minutes{10};

class HttpTransport final : public Transport {
 public:
  HttpTransport(net::HttpEndpoint endpoint, std::string place, std::string hint)
      : client_(std::move(endpoint), limits()), place_(std::move(place)), hint_(std::move(hint)) {}

  Result<net::HttpResponse> send(net::HttpRequest request) override {
    return reached(client_.send(std::move(request)));
  }
  Result<net::HttpResponse> stream(net::HttpRequest request, std::function<bool(std::string_view)> piece) override {
    return reached(client_.stream(std::move(request), std::move(piece)));
  }
  std::string place() const override { return place_; }

 private:
  static net::HttpClientLimits limits() {
    net::HttpClientLimits out;
    out.response_deadline = answer_deadline;
    return out;
  }

  Result<net::HttpResponse> reached(Result<net::HttpResponse> answer) const {
    if (answer) return answer;
    Error error = std::move(answer).error();
    std::string detail = fmt::format("cannot reach the server at {}: {}{}", place_, error.text(), hint_);
    return fail(Errc::unavailable, std::string(reason_unreachable), std::move(detail));
  }

  net::HttpClient client_;
  std::string place_;
  std::string hint_;
};

// The option, else the environment variable; empty: neither.
std::string wish(const Args& args, std::string_view option, const char* variable) {
  if (args.has(option)) return std::string(args.text(option));
  const char* set = std::getenv(variable);
  return set == nullptr ? std::string() : std::string(set);
}

Result<std::string> token_from(const std::string& file) {
  if (file.empty()) return std::string();
  TRY(const Secret secret, read_secret_file(file, token_bytes_max));
  std::string token(as_text(secret.view()));
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' ')) token.pop_back();
  if (token.empty() || token.find_first_of("\r\n\t ") != std::string::npos) {
    return fail(Errc::malformed, "bad-token-file", fmt::format("{} does not hold one token", file));
  }
  return token;
}

Result<std::unique_ptr<Transport>> connect_remote(const Args& args, const std::string& url) {
  auto endpoint = net::HttpEndpoint::from_url(url);
  if (!endpoint) return std::unexpected(usage_error("--server: " + endpoint.error().text()));
  TRY(endpoint->bearer, token_from(wish(args, "token-file", "OUTRIDER_TOKEN_FILE")));
  if (url.starts_with("https:")) {
    const std::string ca = wish(args, "ca", "OUTRIDER_CA");
    if (ca.empty()) {
      return std::unexpected(
          usage_error("--server needs --ca: the server's root certificate (<data>/ca/root.pem on the server)"));
    }
    net::ClientTlsConfig tls;
    TRY(tls.server_anchors_pem, read_text_file(ca, ca_bytes_max));
    TRY(endpoint->tls, net::ClientTls::create(tls));
  }
  return std::make_unique<HttpTransport>(*std::move(endpoint), url, "");
}

}  // namespace

Result<std::unique_ptr<Transport>> connect(const Args& args) {
  if (args.has("server") && args.has("data"))
    return std::unexpected(usage_error("--server and --data exclude each other"));
  const std::string url = args.has("data") ? std::string() : wish(args, "server", "OUTRIDER_SERVER");
  if (!url.empty()) return connect_remote(args, url);
  for (const std::string_view option : {"token-file", "ca"}) {
    if (args.has(option)) return std::unexpected(usage_error(fmt::format("--{} goes with --server", option)));
  }
  TRY(const auto data, data_directory(args));
  const auto socket = data / "run" / "outrider.sock";
  std::string hint = "; start it with 'outrider serve', or name its data directory with --data";
  return std::make_unique<HttpTransport>(net::HttpEndpoint::local(socket), socket.string(), std::move(hint));
}

}  // namespace outrider::cli
