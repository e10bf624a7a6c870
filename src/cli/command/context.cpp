#include "cli/command/context.h"

#include <fmt/format.h>

#include <vector>

#include "base/ids.h"
#include "cli/command/exit.h"

namespace outrider::cli {

Result<Api*> Context::api() {
  if (!api_) {
    TRY(auto transport, connect_(args));
    api_ = std::make_unique<Api>(std::move(transport));
  }
  return api_.get();
}

Result<std::string> Context::fleet() {
  if (args.has("fleet")) {
    auto named = FleetId::parse(args.text("fleet"));
    if (!named) return std::unexpected(usage_error("--fleet: " + named.error().detail));
    return named->value;
  }
  TRY(Api * server, api());
  std::vector<std::string> found;
  constexpr std::uint64_t named_max = 20;  // enough to choose from
  CHECK(server->each(path_of("fleets"), {}, named_max, [&](const json::Object& item) {
    found.push_back(text_at(item, "fleet"));
    return true;
  }));
  if (found.empty()) {
    return fail(Errc::not_found, "no-fleet", "there is no fleet yet; make one: outrider fleet create NAME");
  }
  if (found.size() == 1) return found.front();
  return std::unexpected(usage_error(fmt::format("say which fleet with --fleet: {}", fmt::join(found, ", "))));
}

}  // namespace outrider::cli
