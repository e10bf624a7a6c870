#include <fmt/format.h>

#include <stdexcept>

#include "respond/playbook/playbook.h"

namespace outrider::embedded {
extern const std::vector<std::pair<std::string_view, std::string_view>> builtin_playbook_files;
}

namespace outrider::respond {

const std::vector<Playbook>& builtin_playbooks() {
  static const std::vector<Playbook> all = [] {
    std::vector<Playbook> out;
    for (const auto& [name, text] : embedded::builtin_playbook_files) {
      auto playbook = Playbook::parse(text, name);
      if (!playbook) throw std::logic_error(fmt::format("built-in playbook: {}", playbook.error().text()));
      playbook->builtin = true;
      out.push_back(*std::move(playbook));
    }
    return out;
  }();
  return all;
}

}  // namespace outrider::respond
