#pragma once
// A real server in a directory of its own on free ports, and callers of it, for tests.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/json.h"
#include "base/testing/temporary_directory.h"
#include "net/http/http_client.h"
#include "server/server.h"

namespace outrider::server {

using TempDirectory = testing_support::TemporaryDirectory;

inline Config test_config(const std::filesystem::path& data) {
  Config config;
  config.data_directory = data.string();
  config.threads = 1;
  // Beside the data, as by default, but never among other people's files.
  if (data.parent_path() == std::filesystem::temp_directory_path()) config.anchor_file = (data / "anchor").string();
  config.log_level = log::Level::error;
  config.mqtt_listen = config.https_listen = "127.0.0.1";
  config.mqtt_port = config.https_port = config.metrics_port = 0;
  return config;
}

// An answer, with its body as JSON when it is.
struct Reply {
  int status = 0;
  std::string text;
  json::Value body;
  net::Headers headers;

  std::string reason() const {
    const auto* object = body.if_object();
    const auto* reason = object == nullptr ? nullptr : object->if_contains("reason");
    return reason != nullptr && reason->is_string() ? std::string(reason->get_string()) : "";
  }
  std::string header(std::string_view name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
  const json::Array& items() const { return body.as_object().at("items").as_array(); }
};

inline Reply reply_of(Result<net::HttpResponse> response) {
  if (!response) {
    ADD_FAILURE() << response.error().text();
    return {};
  }
  Reply out{.status = response->status, .text = std::string(as_text(response->body)), .headers = response->headers};
  if (auto value = json::parse(out.text)) out.body = *std::move(value);
  return out;
}

// One caller: over the local socket, or over HTTPS with a token (or none).
class Caller {
 public:
  explicit Caller(net::HttpEndpoint endpoint) : client_(std::move(endpoint)) {}

  Reply get(const std::string& path, std::map<std::string, std::string, std::less<>> query = {},
            std::string accept = {}) {
    net::HttpRequest request{.method = "GET", .path = "/api/v1" + path, .query = std::move(query)};
    if (!accept.empty()) request.headers.emplace("Accept", accept);
    return reply_of(client_.send(std::move(request)));
  }
  Reply post(const std::string& path, std::string body = {}, std::string type = "application/json",
             std::map<std::string, std::string, std::less<>> query = {}) {
    net::HttpRequest request{.method = "POST", .path = "/api/v1" + path, .query = std::move(query)};
    request.headers.emplace("Content-Type", type);
    request.body = to_bytes(as_bytes(body));
    return reply_of(client_.send(std::move(request)));
  }
  Reply send(const std::string& method, const std::string& path) {
    return reply_of(client_.send({.method = method, .path = "/api/v1" + path}));
  }
  net::HttpClient& client() { return client_; }

 private:
  net::HttpClient client_;
};

inline Caller local_caller(const Server& server) {
  return Caller(net::HttpEndpoint::local(server.addresses().socket));
}

inline Reply health(const Server& server, const std::string& path) {
  auto endpoint = net::HttpEndpoint::from_url("http://" + server.addresses().metrics);
  if (!endpoint) {
    ADD_FAILURE() << endpoint.error().text();
    return {};
  }
  net::HttpClient client(*std::move(endpoint));
  return reply_of(client.send({.path = path}));
}

// Waits until the projections have applied every durable entry. Until then the time of a fact is that of its decision,
// a moment before that of its entry.
inline void wait_until_current(const Server& server) {
  for (int tries = 0; tries < 10'000; ++tries)
    if (health(server, "/metrics").text.find("\noutrider_projection_lag_entries 0\n") != std::string::npos) return;
  ADD_FAILURE() << "the projections do not catch up";
}

// One server with the fleet acme for all tests of a suite; each uses devices of its own.
class FleetServerSuite : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = std::make_unique<TempDirectory>();
    auto started = Server::start(test_config(directory_->path()));
    ASSERT_TRUE(started) << started.error().text();
    server_ = *std::move(started);
    ASSERT_EQ(local_caller(*server_).post("/fleets", R"({"fleet":"acme","title":"Acme"})").status, 201);
  }
  static void TearDownTestSuite() {
    server_.reset();
    directory_.reset();
  }

  static inline std::unique_ptr<TempDirectory> directory_;
  static inline std::unique_ptr<Server> server_;
  Caller caller_ = local_caller(*server_);
};

}  // namespace outrider::server
