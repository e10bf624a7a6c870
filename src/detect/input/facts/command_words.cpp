#include "detect/input/facts/command_words.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/json.h"
#include "detect/input/hash.h"

namespace outrider::detect {
namespace {

// Answers are told in the thousand bytes that profiles allow them, commands in not much more; longer ones are
// something else, such as a file.
constexpr std::size_t words_bytes_max = 16 * 1024;
constexpr std::size_t id_bytes_max = 64;

struct Row {
  std::string_view word;
  Answer answer;
};
constexpr std::array outcomes{Row{"done", Answer::done}, Row{"failed", Answer::failed},
                              Row{"refused", Answer::refused}};
constexpr std::array reasons{Row{"bad-signature", Answer::bad_signature}, Row{"not-entitled", Answer::not_entitled},
                             Row{"expired", Answer::expired}, Row{"replayed", Answer::replayed}};

std::optional<json::Value> object_in(std::string_view payload) {
  if (payload.size() > words_bytes_max || !payload.starts_with('{')) return std::nullopt;
  auto value = json::parse(payload);
  if (!value || !value->is_object()) return std::nullopt;
  return *std::move(value);
}

std::string_view text_in(const json::Value& object, std::string_view key) {
  const auto* const member = object.as_object().if_contains(key);
  if (member == nullptr || !member->is_string()) return {};
  return member->as_string();
}

std::uint64_t id_in(const json::Value& object) {
  const auto id = text_in(object, "id");
  return id.size() <= id_bytes_max ? hash_of(id) : 0;
}

template <std::size_t size>
Answer row_of(const std::array<Row, size>& rows, std::string_view word, Answer otherwise) {
  const auto* const row = std::ranges::find(rows, word, &Row::word);
  return row == rows.end() ? otherwise : row->answer;
}

}  // namespace

std::uint64_t command_id(std::string_view payload) {
  const auto object = object_in(payload);
  return object ? id_in(*object) : 0;
}

AnswerWords answer_of(std::string_view payload) {
  const auto object = object_in(payload);
  if (!object) return {};
  AnswerWords out{id_in(*object), row_of(outcomes, text_in(*object, "outcome"), Answer::none)};
  if (out.answer == Answer::refused) out.answer = row_of(reasons, text_in(*object, "reason"), Answer::refused);
  return out;
}

}  // namespace outrider::detect
