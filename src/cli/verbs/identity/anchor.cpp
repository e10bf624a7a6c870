#include <fmt/format.h>

#include "base/file.h"
#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

constexpr std::size_t certificate_bytes_max = 64 * 1024;  // one certificate in PEM
// Some 50,000 certificates: as base64, what the server takes in one request.
constexpr std::size_t list_bytes_max = 3'100'000;

// As it is typed: --role.
std::string typed_role(const json::Object& anchor) {
  const std::string role = text_at(anchor, "role");
  return role == "device_ca" ? "device-ca" : role;
}

Result<std::string> role_of(std::string_view typed) {
  if (typed == "manufacturer") return "manufacturer";
  if (typed == "device-ca") return "device_ca";
  return std::unexpected(usage_error("--role is manufacturer or device-ca"));
}

Result<void> add(Context& context) {
  const auto& args = context.args;
  TRY(const auto role, role_of(args.text("role")));
  if ((role == "device_ca") != args.has("device-id-from"))
    return std::unexpected(usage_error("--device-id-from goes with --role device-ca, and that needs it"));
  TRY(const auto pem, read_text_file(std::string(args.text("CERTIFICATE")), certificate_bytes_max));
  json::Object body{
      {"anchor", args.text("NAME")}, {"role", role}, {"certificate", pem}, {"dry_run", context.dry_run()}};
  if (args.has("profile")) body["profile"] = args.text("profile");
  if (args.has("device-id-from")) body["device_id_from"] = args.text("device-id-from");
  if (args.has("until")) {
    const auto until = from_rfc3339(args.text("until"));
    if (!until) return std::unexpected(usage_error("--until is a time such as 2027-06-30T00:00:00Z"));
    body["until"] = to_rfc3339(*until);
  }
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto answer, server->post(path_of("fleets", fleet, "anchors"), body));
  const std::string name = escape(args.text("NAME"));
  return print_outcome(
      context, answer,
      {.would = fmt::format("Would trust {}.", name), .done = fmt::format("The fleet now trusts {}.", name)});
}

Result<void> list(Context& context) {
  TRY(const auto fleet, context.fleet());
  CHECK(print_list(context,
                   {.path = path_of("fleets", fleet, "anchors"),
                    .columns = {{"ANCHOR"},
                                {"ROLE"},
                                {"PROFILE"},
                                {"DEVICE ID FROM"},
                                {"UNTIL", Align::right},
                                {"SUBJECT", Align::left, true}},
                    .none = "The fleet trusts nobody's certificates but its own."},
                   [&](const json::Object& item) -> std::vector<Cell> {
                     const auto until = time_at(item, "until");
                     const auto end = time_at(item, "not_after");
                     const auto ends = until && (!end || *until < *end) ? until : end;
                     const bool over = ends && *ends < context.now();
                     return {text_at(item, "anchor"),
                             typed_role(item),
                             text_at(item, "profile"),
                             text_at(item, "device_id_from"),
                             {ends ? relative(*ends, context.now()) : "", over ? Colour::red : Colour::none},
                             text_at(item, "subject")};
                   }));
  return {};
}

std::string list_line(const json::Object& anchor) {
  if (!anchor.contains("list")) return "";
  const auto& list = object_at(anchor, "list");
  const bool stale = list.contains("stale") && list.at("stale").as_bool();
  return fmt::format("{} (hex), {} revoked, {} {}{}", text_at(list, "number"), grouped(number_at(list, "revoked")),
                     stale ? "RAN OUT" : "good until", text_at(list, "next_update"),
                     text_at(list, "when_stale") == "accept" ? ", then the others are accepted" : "");
}

Result<void> show(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto anchor, object_of(server->get(path_of("fleets", fleet, "anchors", context.args.text("NAME")))));
  if (context.json()) {
    context.out.value(anchor);
    return {};
  }
  const auto& progress = object_at(anchor, "progress");
  print_fields(context.out,
               {{"anchor", text_at(anchor, "anchor")},
                {"role", typed_role(anchor)},
                {"subject", text_at(anchor, "subject")},
                {"key", text_at(anchor, "spki_sha256")},
                {"ends", text_at(anchor, "not_after")},
                {"trusted until", text_at(anchor, "until")},
                {"profile", text_at(anchor, "profile")},
                {"device id from", text_at(anchor, "device_id_from")},
                {"added by", text_at(anchor, "by")},
                {"revocation list", list_line(anchor)},
                {"moved", fmt::format("{} of {} devices have an identity of ours", grouped(number_at(progress, "came")),
                                      grouped(number_at(progress, "expected")))}});
  return {};
}

// The content of a list in PEM or DER, as base64. The server reads it; here only the lines around it go.
Result<std::string> base64_of(ByteView file) {
  const std::string_view text = as_text(file);
  constexpr std::string_view begin = "-----BEGIN X509 CRL-----";
  constexpr std::string_view end = "-----END X509 CRL-----";
  const auto at = text.find(begin);
  if (at == std::string_view::npos) return base64(file);
  const auto body = text.substr(at + begin.size());
  const auto stop = body.find(end);
  if (stop == std::string_view::npos) return fail(Errc::malformed, "bad-pem", "the PEM file ends in its middle");
  return std::string(body.substr(0, stop));
}

Result<void> take_list(Context& context) {
  const auto& args = context.args;
  const std::string_view when_stale = args.text("when-stale");
  if (when_stale != "refuse" && when_stale != "accept")
    return std::unexpected(usage_error("--when-stale is refuse or accept"));
  TRY(const auto file, read_file(std::string(args.text("FILE")), list_bytes_max));
  TRY(const auto list, base64_of(file));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const json::Object body{{"list", list}, {"when_stale", when_stale}, {"dry_run", context.dry_run()}};
  TRY(const auto answer, object_of(server->post(path_of("fleets", fleet, "anchors", args.text("NAME"), "list"), body)));
  const std::string what =
      fmt::format("list {} (hex) of {} with {} revoked certificates, good until {}", text_at(answer, "number"),
                  escape(args.text("NAME")), grouped(number_at(answer, "revoked")), text_at(answer, "next_update"));
  return print_outcome(context, answer,
                       {.would = fmt::format("Would take {}.", what), .done = fmt::format("Took {}.", what)});
}

Result<void> remove(Context& context) {
  TRY(const auto fleet, context.fleet());
  const std::string_view name = context.args.text("NAME");
  return act(context, path_of("fleets", fleet, "anchors", name, "remove"),
             {.would = fmt::format("Would no longer trust {}.", escape(name)),
              .done = fmt::format("The fleet no longer trusts {}.", escape(name))});
}

}  // namespace

std::vector<Command> anchor_commands() {
  return {
      {.path = "anchor add",
       .summary = "Trust a manufacturer's or another CA's certificates in a fleet",
       .about =
           "A manufacturer's certificates (IDevID, IEEE 802.1AR) let a device enrol whose serial number is expected "
           "(column serial_number of 'device add'), once. Another CA's device certificates (--role device-ca) let "
           "devices in that moved to this server, until each has renewed into an identity of ours or --until is over.",
       .arguments = {{"NAME", "what to call it"}, {"CERTIFICATE", "PEM file with the CA's certificate"}},
       .options = {{"role", "ROLE", "manufacturer or device-ca", "manufacturer"},
                   {"profile", "PROFILE", "only for devices of this profile"},
                   {"device-id-from", "PLACE",
                    "device-ca: where a certificate names its device: cn, san-dns, san-uri or serial-number, with a "
                    "pattern after a colon if there is more, e.g. 'san-dns:*.devices.example.com'"},
                   {"until", "TIME", "trust it no longer than this, e.g. 2027-06-30T00:00:00Z"}},
       .examples = {{"a maker of trackers", "outrider anchor add acme acme-idevid-ca.pem --profile fleet-tracker"},
                    {"a fleet that moves over from another CA",
                     "outrider anchor add old old-ca.pem --role device-ca --device-id-from cn --until "
                     "2027-06-30T00:00:00Z"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = add},
      {.path = "anchor list",
       .summary = "List whom a fleet trusts",
       .about = "",
       .arguments = {},
       .options = {},
       .examples = {{"all of them", "outrider anchor list"}},
       .traits = {.remote = true, .fleet = true},
       .run = list},
      {.path = "anchor show",
       .summary = "Show an anchor, and how many of its devices have come in",
       .about = "",
       .arguments = {{"NAME", "its name"}},
       .options = {},
       .examples = {{"how far a move is", "outrider anchor show old"}},
       .traits = {.remote = true, .fleet = true},
       .run = show},
      {.path = "anchor crl",
       .summary = "Take a revocation list of an anchor's CA",
       .about =
           "Certificates on it are refused from now on, and the sessions of those that are connected end. The list "
           "must be signed by the anchor, must not have run out, and must have a higher number than the one "
           "before. What was once on a list stays refused. Once a list has been taken, take the next one before it "
           "runs out: nobody knows then what has been revoked since, and certificates of that CA are refused.",
       .arguments = {{"NAME", "the anchor's name"}, {"FILE", "the list in PEM or DER"}},
       .options = {{"when-stale", "POLICY",
                    "once it has run out: refuse certificates of the CA, or accept those that were on no list",
                    "refuse"}},
       .examples = {{"a list that openssl made", "openssl ca -gencrl -out old.crl && outrider anchor crl old old.crl"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = take_list},
      {.path = "anchor remove",
       .summary = "Trust an anchor no longer",
       .about = "Identities that were issued on its word stay.",
       .arguments = {{"NAME", "its name"}},
       .options = {{"why", "TEXT", "the reason, kept in the ledger", "", true}},
       .examples = {{"the move is over", "outrider anchor remove old --why \"all devices have moved\""}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = remove},
  };
}

}  // namespace outrider::cli
