// Server and client against each other over real sockets, and the server against peers that break the rules.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json.hpp>
#include <fstream>
#include <future>

#include "base/testing/temporary_directory.h"
#include "net/http/http_client.h"
#include "net/http/http_server.h"
#include "net/testing/certificates.h"
#include "net/testing/raw_socket.h"

namespace outrider::net {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using testing::Life;
using testing::RawSocket;
using ::testing::StartsWith;
using testing::TestAuthority;

HttpResponse text_of(const HttpRequest& request) {
  std::string said = request.method + " " + request.path;
  for (const auto& [key, value] : request.query) said += " " + key + "=" + value;
  said += " " + std::to_string(request.body.size()) + " bytes";
  if (request.peer.certificate) said += " with certificate";
  if (!request.peer.unverified_chain.empty())
    said += " with " + std::to_string(request.peer.unverified_chain.size()) + " unverified";
  if (request.peer.local) said += " local";
  return HttpResponse::text(200, said);
}

Awaitable<HttpResponse> answer(HttpRequest request) {
  if (request.path == "/throw") throw std::runtime_error("a bug");
  if (request.path == "/never") {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours{1});
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  if (request.path == "/echo") {
    HttpResponse response;
    response.body = std::move(request.body);
    co_return response;
  }
  if (request.path == "/count") {
    HttpResponse response;
    response.next_chunk = [left = 5]() mutable -> Awaitable<std::optional<std::string>> {
      if (left == 0) co_return std::nullopt;
      co_return std::to_string(left--) + ";";
    };
    co_return response;
  }
  if (request.path == "/split") {
    HttpResponse response = HttpResponse::text(200, "x");
    response.headers.emplace("X-Evil", "a\r\nX-Injected: b");
    co_return response;
  }
  co_return text_of(request);
}

HttpServerLimits short_limits() {
  HttpServerLimits limits;
  limits.header_bytes_max = 2048;
  limits.body_bytes_max = 1000;
  limits.larger_bodies = {{"/echo", 4'000'000}};
  return limits;
}

class Http : public ::testing::Test {
 protected:
  void start_plain(HttpServerLimits limits = short_limits()) {
    server_ = HttpServer::listen_plain(loops_, "127.0.0.1", 0, answer, std::move(limits)).value();
  }
  void start_tls(ClientCertificate client, HttpServerLimits limits = short_limits()) {
    ServerTlsConfig config;
    config.identity = authority_.server();
    config.client_anchors_pem = authority_.pem();
    config.client = client;
    tls_ = ServerTls::create(loops_, config).value();
    server_ = HttpServer::listen_tls(loops_, "127.0.0.1", 0, tls_, answer, std::move(limits)).value();
  }
  HttpEndpoint plain() const {
    return HttpEndpoint::from_url("http://127.0.0.1:" + std::to_string(server_->port())).value();
  }
  HttpEndpoint secure(const TestAuthority& trusted) const {
    HttpEndpoint out = HttpEndpoint::from_url("https://127.0.0.1:" + std::to_string(server_->port())).value();
    out.tls = ClientTls::create({.server_anchors_pem = trusted.pem()}).value();
    return out;
  }
  // What the server answers to these bytes, up to the end of the connection.
  std::string told(std::string_view bytes, bool end = true) const {
    RawSocket socket(server_->port());
    socket.say(bytes);
    if (end) socket.end();
    return socket.hear();
  }
  static HttpRequest request(std::string method, std::string path, std::size_t body = 0) {
    HttpRequest out;
    out.method = std::move(method);
    out.path = std::move(path);
    out.body.assign(body, 'x');
    return out;
  }
  static std::string body_of(const Result<HttpResponse>& response) {
    return response ? std::string(as_text(response->body)) : "no answer: " + response.error().text();
  }

  TestAuthority authority_;
  Loops loops_{2};
  std::shared_ptr<ServerTls> tls_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(Http, ARequestReachesTheHandlerDecodedAndIsAnswered) {
  start_plain();
  HttpClient client(plain());
  HttpRequest asked = request("PUT", "/a b/ü", 12);
  asked.query = {{"k", "v&w"}};
  EXPECT_EQ(body_of(client.send(asked)), "PUT /a b/ü k=v&w 12 bytes");
  EXPECT_EQ(body_of(client.send(request("GET", "/again"))), "GET /again 0 bytes");
  EXPECT_EQ(server_->connections(), 1U) << "the connection is kept alive";
}

TEST_F(Http, ConnectionsOfAPeerAreCutOffByItsNameAndOthersGoOn) {
  start_tls(ClientCertificate::optional);
  server_->name_peers([](ByteView) { return std::vector<std::string>{"first", "second"}; });
  const auto identity = authority_.client("t-1");
  auto endpoint = secure(authority_);
  HttpClient anonymous(endpoint);
  endpoint.credential = endpoint.tls->credential(identity).value();
  AsyncHttpClient idle(loops_.at(0), endpoint);
  AsyncHttpClient waiting(loops_.at(1), endpoint);
  const auto ask = [&](AsyncHttpClient& client, std::size_t loop, std::string path) {
    return asio::co_spawn(loops_.at(loop).context(), client.send(request("GET", std::move(path))), asio::use_future);
  };
  ASSERT_TRUE(ask(idle, 0, "/known").get());
  ASSERT_TRUE(anonymous.send(request("GET", "/unknown")));
  auto never = ask(waiting, 1, "/never");
  while (server_->connections() < 3) std::this_thread::yield();
  server_->disconnect("other");
  ASSERT_TRUE(ask(idle, 0, "/still").get()) << "another name";
  // The handler that never answers is reached some time after its connection is counted.
  while (server_->connections() > 1) server_->disconnect("second");
  EXPECT_FALSE(never.get());
  ASSERT_TRUE(anonymous.send(request("GET", "/unknown")));
  EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(Http, HeadSendsTheHeadersOfTheBodyAndNoBody) {
  start_plain();
  HttpClient client(plain());
  const auto head = client.send(request("HEAD", "/x"));
  ASSERT_TRUE(head);
  EXPECT_TRUE(head->body.empty());
  EXPECT_EQ(head->headers.find("content-length")->second, "15");
  EXPECT_EQ(body_of(client.send(request("GET", "/x"))), "GET /x 0 bytes");
}

TEST_F(Http, AStreamedResponseArrivesPieceByPieceAndWhole) {
  start_plain();
  HttpClient client(plain());
  EXPECT_EQ(body_of(client.send(request("GET", "/count"))), "5;4;3;2;1;");
  std::string heard;
  const auto response = client.stream(request("GET", "/count"), [&](std::string_view piece) {
    heard += piece;
    return true;
  });
  ASSERT_TRUE(response);
  EXPECT_EQ(heard, "5;4;3;2;1;");
  EXPECT_TRUE(client.stream(request("GET", "/count"), [&](std::string_view) { return false; }));
  EXPECT_EQ(body_of(client.send(request("GET", "/x"))), "GET /x 0 bytes") << "after an interrupted stream";
}

TEST_F(Http, AnOldClientGetsAStreamWithoutChunksAndTheEndAsEnd) {
  start_plain();
  EXPECT_THAT(told("GET /count HTTP/1.0\r\n\r\n"), ::testing::EndsWith("\r\n\r\n5;4;3;2;1;"));
}

TEST_F(Http, PipelinedRequestsAreAnsweredInOrder) {
  start_plain();
  const std::string heard =
      told("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_LT(heard.find("GET /1"), heard.find("GET /2"));
}

TEST_F(Http, ContinueIsSaidToThoseWhoWaitForIt) {
  start_plain();
  RawSocket socket(server_->port());
  socket.say("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
  std::string heard;
  ASSERT_TRUE(socket.hear_until("HTTP/1.1 100 Continue\r\n\r\n", heard));
  socket.say("hi");
  EXPECT_THAT(socket.hear(), HasSubstr("2 bytes"));
}

TEST_F(Http, ATooLargeBodyIsRefusedBeforeItIsInvited) {
  start_plain();
  const std::string heard =
      told("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n", false);
  EXPECT_THAT(heard, StartsWith("HTTP/1.1 413"));
}

TEST_F(Http, AChunkedBodyIsCountedToo) {
  start_plain();
  std::string sent = "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 11; ++i) sent += "64\r\n" + std::string(100, 'x') + "\r\n";
  EXPECT_THAT(told(sent + "0\r\n\r\n"), StartsWith("HTTP/1.1 413"));
}

TEST_F(Http, ALargeBodyGoesThroughWhereThePathAllowsIt) {
  start_tls(ClientCertificate::none);
  HttpClient client(secure(authority_));
  const auto response = client.send(request("POST", "/echo", 3'000'000));
  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(response->body, Bytes(3'000'000, 'x'));
}

struct Broken {
  const char* name;
  const char* bytes;
  const char* answer;
};
class BrokenRequest : public Http, public ::testing::WithParamInterface<Broken> {};
TEST_P(BrokenRequest, GetsAClearAnswerAndTheServerGoesOn) {
  start_plain();
  EXPECT_THAT(told(GetParam().bytes), StartsWith(GetParam().answer));
  HttpClient client(plain());
  EXPECT_EQ(body_of(client.send(request("GET", "/x"))), "GET /x 0 bytes");
}
INSTANTIATE_TEST_SUITE_P(
    Requests, BrokenRequest,
    ::testing::Values(
        Broken{"NoHttp", "hello\r\n\r\n", "HTTP/1.1 400"},
        Broken{"AnotherVersion", "GET / HTTP/9.9\r\n\r\n", "HTTP/1.1 400"},
        Broken{"NoHost", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400"},  // no Host
        Broken{"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "HTTP/1.1 400"},
        Broken{"PathThatClimbs", "GET /../etc HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 400"},
        Broken{"BadPercentEncoding", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 400"},
        Broken{"ContentLengthThatIsNoNumber", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 400"},
        Broken{"ContentLengthAndChunked",
               "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 400"},
        Broken{"HeaderWithASpace", "GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n", "HTTP/1.1 400"},
        Broken{"UnknownExpectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", "HTTP/1.1 417"},
        Broken{"ChunkWithoutASize", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
               "HTTP/1.1 400"},
        Broken{"BodyCutShort", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
               ""},  // cut short: nobody to answer
        Broken{"Tls", "\x16\x03\x01\x02", ""}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(Http, AnOversizedHeaderIsRefused) {
  start_plain();
  EXPECT_THAT(told("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(4096, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(told("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x'), false), StartsWith("HTTP/1.1 431"));
}

TEST_F(Http, AHandlersBugIsAnAnswer500AndNothingMore) {
  start_plain();
  HttpClient client(plain());
  const auto response = client.send(request("GET", "/throw"));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 500);
  EXPECT_EQ(body_of(client.send(request("GET", "/x"))), "GET /x 0 bytes");
}

TEST_F(Http, AHeaderValueCannotSmuggleInAnother) {
  start_plain();
  HttpClient client(plain());
  const auto response = client.send(request("GET", "/split"));
  ASSERT_TRUE(response);
  EXPECT_FALSE(response->headers.contains("X-Injected"));
  HttpRequest bad = request("GET", "/x");
  bad.headers.emplace("X", "a\r\nY: b");
  EXPECT_EQ(client.send(bad).error().reason, "bad-header");
}

TEST_F(Http, SlowHeadersAndSlowBodiesAreCutOff) {
  HttpServerLimits limits = short_limits();
  limits.header_deadline = limits.body_deadline = std::chrono::milliseconds{50};
  start_plain(limits);
  for (const char* part : {"GET / HT", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"}) {
    RawSocket socket(server_->port());
    socket.say(part);
    socket.hear();
    EXPECT_TRUE(socket.ended()) << part;
  }
}

TEST_F(Http, AnIdleConnectionIsClosedAndTheClientOpensAnother) {
  HttpServerLimits limits = short_limits();
  limits.idle_deadline = std::chrono::seconds{1};
  start_plain(limits);
  HttpClient client(plain());
  EXPECT_EQ(body_of(client.send(request("GET", "/1"))), "GET /1 0 bytes");
  while (server_->connections() > 0) std::this_thread::yield();
  EXPECT_EQ(body_of(client.send(request("GET", "/2"))), "GET /2 0 bytes");
}

TEST_F(Http, MoreConnectionsThanAllowedAreTurnedAway) {
  HttpServerLimits limits = short_limits();
  limits.connections_max = 1;
  start_plain(limits);
  RawSocket first(server_->port());
  first.say("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  std::string heard;
  ASSERT_TRUE(first.hear_until("GET /x", heard));
  RawSocket second(server_->port());
  second.say("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(second.hear(), "");
}

TEST_F(Http, AClientThatNeverAnswersTimesOut) {
  start_plain();
  HttpClientLimits limits;
  limits.response_deadline = std::chrono::milliseconds{50};
  HttpClient client(plain(), limits);
  const auto response = client.send(request("GET", "/never"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().reason, "timeout");
}

TEST_F(Http, StopCutsOffWhatDoesNotFinishInTime) {
  start_plain();
  RawSocket socket(server_->port());
  socket.say("GET /never HTTP/1.1\r\nHost: x\r\n\r\n");
  while (server_->connections() == 0) std::this_thread::yield();
  server_->stop(std::chrono::milliseconds{20});
  EXPECT_EQ(socket.hear(), "");
  EXPECT_TRUE(socket.ended());
  EXPECT_FALSE(RawSocket(server_->port()).connected());
}

TEST_F(Http, PlainHttpIsRefusedOffLoopback) {
  const auto server = HttpServer::listen_plain(loops_, "0.0.0.0", 0, answer);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().reason, "not-loopback");
}

TEST_F(Http, OverTlsTheClientsCertificateReachesTheHandler) {
  start_tls(ClientCertificate::optional);
  HttpEndpoint endpoint = secure(authority_);
  EXPECT_EQ(body_of(HttpClient(endpoint).send(request("GET", "/x"))), "GET /x 0 bytes");
  endpoint.credential = endpoint.tls->credential(authority_.client("t-1")).value();
  EXPECT_EQ(body_of(HttpClient(endpoint).send(request("GET", "/x"))), "GET /x 0 bytes with certificate");
}

TEST_F(Http, OverTlsTheLastAnswerArrivesBeforeTheConnectionIsClosed) {
  start_tls(ClientCertificate::none);
  const auto refused = HttpClient(secure(authority_)).send(request("POST", "/x", 1001));
  ASSERT_TRUE(refused) << refused.error().text();
  EXPECT_EQ(refused->status, 413);
}

TEST_F(Http, ACertificateThatDoesNotVerifyIsHandedUpApartOnlyWhereThatIsWanted) {
  const TestAuthority foreign("foreign");
  const Life over{-std::chrono::hours{2}, -std::chrono::hours{1}};
  for (const auto& identity : {authority_.client("t-1", "", over), foreign.client("t-1")}) {
    start_tls(ClientCertificate::presented);
    HttpEndpoint endpoint = secure(authority_);
    endpoint.credential = endpoint.tls->credential(identity).value();
    EXPECT_EQ(body_of(HttpClient(endpoint).send(request("GET", "/x"))), "GET /x 0 bytes with 1 unverified");
    for (const auto client : {ClientCertificate::optional, ClientCertificate::required}) {
      start_tls(client);
      endpoint = secure(authority_);
      endpoint.credential = endpoint.tls->credential(identity).value();
      EXPECT_FALSE(HttpClient(endpoint).send(request("GET", "/x")));
    }
  }
  start_tls(ClientCertificate::presented);
  HttpEndpoint endpoint = secure(authority_);
  endpoint.credential = endpoint.tls->credential(authority_.client("t-1")).value();
  EXPECT_EQ(body_of(HttpClient(endpoint).send(request("GET", "/x"))), "GET /x 0 bytes with certificate");
}

TEST_F(Http, WhereACertificateIsRequiredNoneIsRefused) {
  start_tls(ClientCertificate::required);
  const auto response = HttpClient(secure(authority_)).send(request("GET", "/x"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().reason, "tls-alert");
}

TEST_F(Http, AServerUnderAnotherRootIsNotTrusted) {
  start_tls(ClientCertificate::none);
  const auto response = HttpClient(secure(TestAuthority("another"))).send(request("GET", "/x"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().reason, "certificate-untrusted");
}

TEST_F(Http, AServerOfAnotherNameIsNotTrusted) {
  start_tls(ClientCertificate::none);
  HttpEndpoint endpoint = secure(authority_);
  endpoint.server_name = "elsewhere.example";
  EXPECT_EQ(HttpClient(endpoint).send(request("GET", "/x")).error().reason, "certificate-untrusted");
  endpoint.server_name = "localhost";
  EXPECT_TRUE(HttpClient(endpoint).send(request("GET", "/x")));
}

TEST_F(Http, PlaintextToTheTlsPortEndsTheConnectionAndNothingElse) {
  start_tls(ClientCertificate::none);
  RawSocket socket(server_->port());
  socket.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  socket.hear();
  EXPECT_TRUE(socket.ended());
  EXPECT_TRUE(HttpClient(secure(authority_)).send(request("GET", "/x")));
}

TEST_F(Http, AReloadedCertificateIsShownToNewConnections) {
  start_tls(ClientCertificate::none);
  const TestAuthority other("new root");
  ServerTlsConfig config;
  config.identity = other.server();
  config.client = ClientCertificate::none;
  ASSERT_TRUE(tls_->reload(config));
  EXPECT_FALSE(HttpClient(secure(authority_)).send(request("GET", "/x")));
  EXPECT_TRUE(HttpClient(secure(other)).send(request("GET", "/x")));
  config.identity.key_pem = Secret(std::string_view("no key"));
  EXPECT_FALSE(tls_->reload(config)) << "a key that is none";
  EXPECT_TRUE(HttpClient(secure(other)).send(request("GET", "/x"))) << "a failed reload changes nothing";
}

TEST_F(Http, ManyRequestsFromCoroutinesShareALoop) {
  start_tls(ClientCertificate::none);
  std::vector<std::future<int>> answers;
  const HttpEndpoint endpoint = secure(authority_);
  for (int i = 0; i < 20; ++i) {
    auto run = [&loop = loops_.at(0), endpoint]() -> Awaitable<int> {
      AsyncHttpClient client(loop, endpoint);
      int good = 0;
      for (int k = 0; k < 3; ++k) {
        const auto response = co_await client.send(request("GET", "/x"));
        good += response && response->status == 200 ? 1 : 0;
      }
      co_return good;
    };
    answers.push_back(asio::co_spawn(loops_.at(0).context(), run, asio::use_future));
  }
  for (auto& good : answers) EXPECT_EQ(good.get(), 3);
}

TEST(HttpUrl, OnlyWhatCanBeMeantIsTaken) {
  EXPECT_EQ(HttpEndpoint::from_url("https://fleet.example")->port, 443);
  EXPECT_EQ(HttpEndpoint::from_url("https://[2001:db8::1]:8443/")->host, "2001:db8::1");
  EXPECT_EQ(HttpEndpoint::from_url("http://localhost:9464")->port, 9464);
  for (const char* bad : {"", "ftp://x", "https://", "https://x:0", "https://x:99999", "https://x:8a", "https://u@x",
                          "https://x/path", "http://fleet.example", "https://[::1", "https://[::1]8"})
    EXPECT_FALSE(HttpEndpoint::from_url(bad)) << bad;
}

class LocalSocketTest : public Http {
 protected:
  void TearDown() override { server_.reset(); }
  static unsigned mode_of(const std::filesystem::path& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777U : 0;
  }
  testing_support::TemporaryDirectory directory_;
  const std::filesystem::path path_ = directory_ / "run" / "api.sock";
};

TEST_F(LocalSocketTest, OnlyTheOwnerMayOpenItAndRequestsSayTheyAreLocal) {
  server_ = HttpServer::listen_local(loops_, path_, answer).value();
  EXPECT_EQ(mode_of(path_), 0600U);
  EXPECT_EQ(mode_of(path_.parent_path()), 0700U);
  EXPECT_EQ(body_of(HttpClient(HttpEndpoint::local(path_)).send(request("GET", "/x"))), "GET /x 0 bytes local");
  server_->stop();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(LocalSocketTest, ASocketLeftBehindIsReplacedALiveOneIsNot) {
  std::filesystem::create_directory(path_.parent_path());
  std::filesystem::permissions(path_.parent_path(), std::filesystem::perms::owner_all);
  {
    asio::io_context context;
    asio::local::stream_protocol::acceptor dead(context, asio::local::stream_protocol::endpoint(path_.native()));
  }
  ASSERT_TRUE(std::filesystem::exists(path_));
  server_ = HttpServer::listen_local(loops_, path_, answer).value();
  EXPECT_EQ(HttpServer::listen_local(loops_, path_, answer).error().reason, "in-use");
  EXPECT_EQ(body_of(HttpClient(HttpEndpoint::local(path_)).send(request("GET", "/x"))), "GET /x 0 bytes local");
}

TEST_F(LocalSocketTest, ADirectoryOpenToOthersAndAFileInTheWayAreRefused) {
  std::filesystem::create_directory(path_.parent_path());
  std::filesystem::permissions(path_.parent_path(), std::filesystem::perms(0755));
  EXPECT_EQ(HttpServer::listen_local(loops_, path_, answer).error().reason, "bad-directory");
  std::filesystem::permissions(path_.parent_path(), std::filesystem::perms::owner_all);
  std::ofstream(path_) << "precious";
  EXPECT_EQ(HttpServer::listen_local(loops_, path_, answer).error().reason, "not-a-socket");
}

TEST_F(LocalSocketTest, NobodyThereIsAClearError) {
  const auto response = HttpClient(HttpEndpoint::local(path_)).send(request("GET", "/x"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().reason, "connect");
}

}  // namespace
}  // namespace outrider::net
