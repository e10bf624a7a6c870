// Tokens of the API. Their entries stand in the server's own log.
#include "api/api.h"
#include "api/handlers.h"
#include "api/handlers/pending.h"

namespace outrider::api {
namespace {

constexpr std::chrono::milliseconds life_min = std::chrono::minutes{1};
constexpr std::chrono::milliseconds life_max = std::chrono::hours{24 * 365 * 10};

struct NewToken {
  std::string name;
  std::optional<std::string> life;  // absent: until it is revoked
};
BOOST_DESCRIBE_STRUCT(NewToken, (), (name, life))

struct TokenView {
  std::string name;
  Timestamp created;
  std::optional<Timestamp> expires;
  std::optional<Timestamp> revoked;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(TokenView, (), (name, created, expires, revoked, by))

}  // namespace

Result<net::HttpResponse> get_tokens(const House& house, const Call&) {
  TRY(const auto tokens, house.registry.tokens(server_log()));
  json::Array items;
  for (const auto& token : tokens)
    items.push_back(json::from(TokenView{token.name, token.created, token.expires, token.revoked, token.by}));
  return answer_list(std::move(items));
}

Result<net::HttpResponse> post_token(const House& house, const Call& call) {
  TRY(const auto wanted, call.body<NewToken>());
  TRY(auto name, check_id("name", wanted.name));
  std::optional<Timestamp> expires;
  if (wanted.life) {
    TRY(const auto life, duration_between("life", wanted.life, life_max, life_min, life_max));
    expires = call.now() + life;
  }
  const std::string token = make_token();
  Pending<void> done;
  house.registry.create_token(server_log(),
                              {.name = name, .token_hash = token_hash(token), .expires = expires, .by = call.by()},
                              done.callback());
  CHECK(done.wait());
  json::Object out{{"name", name}, {"token", token}};
  if (expires) out["expires"] = to_rfc3339(*expires);
  return answer(out, 201);
}

Result<net::HttpResponse> delete_token(const House& house, const Call& call) {
  TRY(const auto name, call.part("name"));
  Pending<void> done;
  house.registry.revoke_token(server_log(), name, call.by(), done.callback());
  CHECK(done.wait());
  return answer(json::Object{{"name", name}, {"revoked", true}});
}

}  // namespace outrider::api
