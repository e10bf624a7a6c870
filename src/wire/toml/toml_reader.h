#pragma once
// Reads a TOML table key by key and says exactly where something is wrong: "tracker.toml:12:9: reading.unit: …".
// For profiles and playbooks.
//
// The first error is kept and everything after it is skipped, so that reading is a straight list of keys:
//   TomlReader reader(file, table);
//   reader.text("title", profile.title);
//   CHECK(reader.finish());      // also refuses keys nobody asked for
#include <toml++/toml.h>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace outrider::wire {

class TomlReader {
 public:
  // `path` is the table's own name in messages, e.g. "reading"; empty for the document.
  TomlReader(std::string_view file, const toml::table& table, std::string path = {});

  enum class Presence : std::uint8_t { required, optional };

  void text(std::string_view key, std::string& out, std::size_t bytes_max, Presence presence = Presence::required);
  void whole(std::string_view key, std::int64_t& out, std::int64_t min, std::int64_t max,
             Presence presence = Presence::required);
  void number(std::string_view key, std::optional<double>& out);  // always optional
  void truth(std::string_view key, bool& out);                    // always optional
  // A TOML offset date-time; always optional.
  void moment(std::string_view key, std::optional<Timestamp>& out);
  // True when the key is there and holds such a list.
  bool words(std::string_view key, std::vector<std::string>& out, std::size_t count_max,
             Presence presence = Presence::required);
  // One of a list of words; its index.
  std::optional<std::size_t> choice(std::string_view key, std::span<const std::string_view> words,
                                    Presence presence = Presence::required);
  const toml::table* table(std::string_view key, Presence presence = Presence::required);
  const toml::array* tables(std::string_view key);  // [[key]]; always optional

  // Refuses the value of a key (or the table itself when the key is missing).
  void refuse(std::string_view key, std::string reason, std::string_view sentence);
  bool ok() const { return !error_; }
  // The first error; else the first key that was not asked for.
  Result<void> finish();

 private:
  const toml::node* find(std::string_view key, Presence presence);
  void wrong_type(std::string_view key, std::string_view wanted);

  std::string_view file_;
  const toml::table& table_;
  std::string path_;
  std::vector<std::string_view> asked_;
  std::optional<Error> error_;
};

// "file:line:column: key: sentence".
Error toml_error(std::string_view file, const toml::source_region& where, std::string_view key, std::string reason,
                 std::string_view sentence);

}  // namespace outrider::wire
