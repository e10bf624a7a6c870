#include "api/stream.h"

#include <memory>
#include <string>
#include <utility>

#include "base/log.h"

namespace outrider::api {

net::HttpResponse stream_of(Pieces pieces, std::string_view content_type, Workers& workers) {
  net::HttpResponse response;
  response.headers.emplace("Content-Type", content_type);
  response.next_chunk = [&workers, pieces = std::move(pieces),
                         type = std::string(content_type)]() -> net::Awaitable<std::optional<std::string>> {
    auto piece = co_await workers.run<std::optional<std::string>>(pieces);
    if (!piece) {
      log::error("api: a stream ends early", {{"type", type}, {"detail", piece.error().text()}});
      co_return std::nullopt;
    }
    co_return *std::move(piece);
  };
  return response;
}

}  // namespace outrider::api
