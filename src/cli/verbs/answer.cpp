#include "cli/verbs/answer.h"

#include <fmt/format.h>

#include "cli/output/age.h"

namespace outrider::cli {

Result<json::Object> object_of(Result<json::Value> answer) {
  TRY(auto value, std::move(answer));
  if (!value.is_object()) return fail(Errc::internal, "bad-answer", "the server's answer is not an object");
  return std::move(value).as_object();
}

std::string age_at(const json::Object& object, std::string_view key, Timestamp now) {
  const auto time = time_at(object, key);
  return time ? relative(*time, now) : std::string();
}

Result<std::uint64_t> print_list(Context& context, Listing listing, const Row& row) {
  TRY(Api * server, context.api());
  std::uint64_t count = 0;
  json::Array all;
  Table table(std::move(listing.columns));
  CHECK(server->each(listing.path, std::move(listing.query), listing.items_max, [&](const json::Object& item) {
    ++count;
    if (context.json()) {
      all.emplace_back(item);
    } else {
      table.add(row(item));
    }
    return true;
  }));
  if (context.json()) {
    context.out.value(all);
  } else if (table.empty() && !listing.none.empty()) {
    context.out.line(listing.none);
  } else {
    table.print(context.out);
  }
  return count;
}

void print_section(Context& context, std::vector<Column> columns, const json::Array& items, const Row& row) {
  Table table(std::move(columns));
  for (const auto& item : items) {
    if (item.is_object()) table.add(row(item.get_object()));
  }
  if (table.empty()) return;
  context.out.line();
  table.print(context.out);
}

Result<void> print_outcome(Context& context, const json::Value& answer, const Outcome& outcome) {
  if (context.json()) {
    context.out.value(answer);
  } else if (context.dry_run()) {
    context.out.line(fmt::format("{} Nothing was changed.", outcome.would));
  } else {
    context.out.line(outcome.done);
  }
  return {};
}

Result<void> act(Context& context, std::string_view path, const Outcome& outcome) {
  TRY(Api * server, context.api());
  TRY(const auto answer,
      server->post(path, json::Object{{"why", context.args.text("why")}, {"dry_run", context.dry_run()}}));
  return print_outcome(context, answer, outcome);
}

}  // namespace outrider::cli
