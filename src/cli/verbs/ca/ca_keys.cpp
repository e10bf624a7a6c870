#include <fmt/format.h>

#include "base/file.h"
#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/escape.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/ca/ca.h"

namespace outrider::cli {
namespace {

constexpr std::size_t passphrase_file_bytes_max = 4096;
constexpr std::size_t key_file_bytes_max = 64 * 1024;

// The first line of a file that nobody else may read.
Result<std::string> passphrase_of(const Args& args) {
  TRY(const auto secret, read_secret_file(std::string(args.text("passphrase-file")), passphrase_file_bytes_max));
  const std::string_view text = as_text(secret.view());
  return std::string(text.substr(0, text.find_first_of("\r\n")));
}

Result<void> export_key(Context& context) {
  const std::string file(context.args.text("output"));
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, error)))
    return fail(Errc::conflict, "file-exists", fmt::format("{} exists already", file));
  TRY(const auto passphrase, passphrase_of(context.args));
  TRY(Api * server, context.api());
  TRY(const auto exported,
      object_of(server->post(path_of("authorities", "root-key", "export"), json::Object{{"passphrase", passphrase}})));
  // Durable here before it goes there.
  CHECK(write_file_atomic(file, text_at(exported, "key"), 0600));
  const bool remove = context.args.flag("remove");
  if (remove)
    CHECK(server->post(path_of("authorities", "root-key", "remove"), json::Object{{"key", text_at(exported, "name")}}));
  if (context.json()) {
    context.out.value(json::Object{{"file", file}, {"name", text_at(exported, "name")}, {"removed", remove}});
  } else {
    context.out.line(fmt::format("Wrote {} (encrypted PKCS#8). {}", escape(file),
                                 remove ? "The server no longer has the key; older backups still do."
                                        : "The server still has the key too; --remove takes it offline."));
  }
  return {};
}

Result<void> import_certificate(Context& context, Api& server) {
  TRY(const auto fleet, context.fleet());
  TRY(const auto pem, read_text_file(std::string(context.args.text("certificate")), key_file_bytes_max));
  TRY(const auto answer,
      object_of(server.post(path_of("authorities", "install"), json::Object{{"fleet", fleet}, {"certificate", pem}})));
  return print_outcome(context, answer,
                       {.done = fmt::format("{} signs from now on.", escape(text_at(answer, "id").substr(0, 16)))});
}

Result<void> import(Context& context) {
  const auto& args = context.args;
  if (int{args.has("key")} + int{args.has("key-uri")} + int{args.has("certificate")} != 1)
    return std::unexpected(usage_error("give one of --key, --key-uri and --certificate"));
  TRY(Api * server, context.api());
  if (args.has("certificate")) return import_certificate(context, *server);
  json::Object body{{"keep", args.flag("keep")}};
  if (args.has("key-uri")) {
    body["key_uri"] = args.text("key-uri");
  } else {
    if (!args.has("passphrase-file")) return std::unexpected(usage_error("--key needs --passphrase-file"));
    TRY(const auto key, read_secret_file(std::string(args.text("key")), key_file_bytes_max));
    TRY(const auto passphrase, passphrase_of(args));
    body["key"] = as_text(key.view());
    body["passphrase"] = passphrase;
  }
  TRY(const auto answer, server->post(path_of("authorities", "root-key", "import"), body));
  if (context.json()) {
    context.out.value(answer);
  } else {
    context.out.line(flag_at(answer.as_object(), "kept") ? "The root's key is here to stay."
                                                         : "The root's key is here until the server stops.");
  }
  return {};
}

}  // namespace

Command ca_export_command() {
  return {.path = "ca export",
          .summary = "Write the root's key to a file under a passphrase, and take it offline",
          .about =
              "PKCS#8, AES-256, PBKDF2; 'openssl pkey' reads it. With --remove the server forgets the key once the "
              "file is durable: from then on nothing can be made below the root until 'ca import'.",
          .arguments = {},
          .options = {{"output", "FILE", "the new file, mode 0600", "", true},
                      {"passphrase-file", "FILE", "its first line is the passphrase; mode 0600", "", true},
                      {"remove", "", "take the key away from the server"}},
          .examples = {{"into the safe", "outrider ca export --output root.key.pem --passphrase-file phrase --remove"}},
          .traits = {.remote = true},
          .run = export_key};
}

Command ca_import_command() {
  return {.path = "ca import",
          .summary = "Bring back the root's key, or bring in an issuing CA's certificate signed elsewhere",
          .about =
              "The key stays in memory until the server stops, unless --keep is given. A key in a device stays "
              "there: its URI is kept.",
          .arguments = {},
          .options = {{"key", "FILE", "the root's key, as 'ca export' wrote it"},
                      {"passphrase-file", "FILE", "its first line is the passphrase; mode 0600"},
                      {"key-uri", "URI", "the root's key is in a device: pkcs11:… (RFC 7512)"},
                      {"keep", "", "write the key into the data directory again"},
                      {"certificate", "FILE", "what 'ca rotate --request' asked for, signed by the root (PEM)"}},
          .examples = {{"for an hour", "outrider ca import --key root.key.pem --passphrase-file phrase"},
                       {"signed in the safe", "outrider ca import --certificate demo.pem --fleet demo"}},
          .traits = {.remote = true, .fleet = true},
          .run = import};
}

}  // namespace outrider::cli
