// A playbook comes from an operator's file or over the API. Property: what is accepted is accepted again from its
// source with the same meaning, does something, never does by itself what cannot be taken back, and names nothing that
// could leave its place in a header, a topic or a URL.
#include <algorithm>
#include <cstdlib>

#include "base/bytes.h"
#include "respond/playbook/playbook.h"

namespace {

using namespace outrider::respond;

void require(bool truth) {
  if (!truth) std::abort();
}

bool plain(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto playbook = Playbook::parse(outrider::as_text(outrider::ByteView(data, size)), "fuzz.toml");
  if (!playbook) {
    require(!playbook.error().reason.empty());
    return 0;
  }
  require(!playbook->steps.empty() || !playbook->rules.empty());
  require(playbook->steps.size() <= steps_max && playbook->rules.size() <= rules_max);
  require(plain(playbook->title) && plain(playbook->description));
  for (const Step& step : playbook->steps) {
    require(!irreversible(step.action) || step.mode != Mode::act);
    require((step.action == ResponseAction::notify) == (!step.url.empty() || !step.to.empty()));
    require(step.url.empty() || step.url.starts_with("https://"));
    for (const auto& to : step.to) require(plain(to) && to.find_first_of("<> ,;") == std::string::npos);
  }
  for (const ActuatingRule& rule : playbook->rules) {
    require(rule.topic == "d/<device>/command" || rule.topic.starts_with("app/"));
    require(rule.topic.find_first_of("+#") == std::string::npos && plain(rule.message));
  }
  const auto again = Playbook::parse(playbook->toml, "fuzz.toml");
  require(again && again->id == playbook->id && again->steps == playbook->steps);
  return 0;
}
