#pragma once
// What verbs do with the server's answers: a list becomes a table, an action a sentence, and either is JSON with
// --json.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cli/command/context.h"
#include "cli/output/table.h"

namespace outrider::cli {

// An answer that must be an object; bad-answer when it is none.
Result<json::Object> object_of(Result<json::Value> answer);

// A time of the object as its age ("3h ago"); empty without one.
std::string age_at(const json::Object& object, std::string_view key, Timestamp now);

using Row = std::function<std::vector<Cell>(const json::Object& item)>;

struct Listing {
  std::string path;
  Query query = {};
  std::uint64_t items_max = all_items;
  std::vector<Column> columns = {};
  std::string_view none = {};  // said instead of an empty table; without it the header alone is printed
};
// Asks for every page and prints the items; gives their number.
Result<std::uint64_t> print_list(Context& context, Listing listing, const Row& row);

// A list within an answer, below an empty line; nothing at all when there is none.
void print_section(Context& context, std::vector<Column> columns, const json::Array& items, const Row& row);

// What an action comes to: `would` with --dry-run, and that nothing was changed; else `done`. The texts are escaped.
struct Outcome {
  std::string would = {};
  std::string done = {};
};
Result<void> print_outcome(Context& context, const json::Value& answer, const Outcome& outcome);

// An action that takes nothing but its reason (--why): asks for it and says what it came to.
Result<void> act(Context& context, std::string_view path, const Outcome& outcome);

}  // namespace outrider::cli
