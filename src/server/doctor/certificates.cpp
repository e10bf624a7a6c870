// Root and issuing CAs, and the certificate that devices and people see.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "crypto/x509/chain.h"
#include "server/doctor/checks.h"
#include "server/expiry/ca_files.h"
#include "server/expiry/stages.h"

namespace outrider::server::doctor {
namespace {

// An address in the spelling that certificates are read back in; a DNS name as it is.
std::string canonical(const std::string& name) {
  unsigned char bytes[sizeof(in6_addr)];
  char out[INET6_ADDRSTRLEN] = {};
  for (const int family : {AF_INET, AF_INET6})
    if (inet_pton(family, name.c_str(), bytes) == 1) return inet_ntop(family, bytes, out, sizeof out);
  return name;
}

std::string remedy_of(const CaFile& file) {
  if (file.role == "server") return "restart the server, which makes a new one; its log says what hinders it";
  if (!file.certificate.authority) return "look at the server's log: it renews this certificate itself";
  if (file.fleet.value.empty()) return "outrider ca rotate root";
  return fmt::format("outrider ca rotate issuing --fleet {}", file.fleet.value);
}

void check_validity(const Patient& patient, const CaFile& file, Findings& found) {
  const auto& certificate = file.certificate;
  const Timestamp now = patient.vitals.now;
  const auto stage = stage_of(certificate.not_before, certificate.not_after, now);
  if (!stage) return;
  if (stage->count() == 0)
    return found.problem(fmt::format("the certificate {} ended at {}", file.name(), to_rfc3339(certificate.not_after)),
                         "nobody accepts it, nor what it has signed", remedy_of(file));
  found.warning(fmt::format("the certificate {} ends at {}", file.name(), to_rfc3339(certificate.not_after)),
                certificate.authority ? "what it has signed ends with it, and devices that sleep need time to follow"
                                      : "it should have been renewed by now",
                remedy_of(file));
}

void check_key(const CaFile& file, Findings& found) {
  std::error_code error;
  if (!std::filesystem::exists(file.key(), error)) return;  // a root's is offline; a key may live in a token
  const auto key = crypto::KeyPair::load(file.key());
  if (!key) {
    found.problem(key.error().text(), "the server cannot use the certificate without its key",
                  "correct the file's owner and mode, or restore it from a backup");
  } else if (key->public_key() != file.certificate.key) {
    found.problem(fmt::format("{} is not the key of {}", file.key().string(), file.path.string()),
                  "nothing that is signed with it verifies", "restore the two files from one backup");
  }
}

std::vector<crypto::Certificate> roots_of(const CaFiles& files) {
  std::vector<crypto::Certificate> out = files.former;
  for (const CaFile& file : files.files)
    if (file.certificate.authority && crypto::signed_by(file.certificate, file.certificate))
      out.push_back(file.certificate);
  return out;
}

void check_chain(const Patient& patient, const CaFiles& files, const CaFile& file, Findings& found) {
  const auto chain = crypto::verify_chain(file.certificate, file.issuers, roots_of(files), patient.vitals.now,
                                          file.role == "server" ? crypto::Purpose::server : crypto::Purpose::any);
  if (chain || chain.error().code == Errc::expired) return;  // the ends of certificates are said one by one
  found.problem(fmt::format("{} does not lead to a root here: {}", file.path.string(), chain.error().text()),
                "whoever trusts the root does not trust this certificate", "restore both from one backup");
}

}  // namespace

void check_authorities(const Patient& patient, Findings& found) {
  const auto files = read_ca_files(patient.paths.ca());
  for (const std::string& problem : files.problems)
    found.problem(problem, "the server does not start without its authorities", "restore the file from a backup");
  for (const CaFile& file : files.files) {
    if (!file.certificate.authority) continue;
    check_validity(patient, file, found);
    check_key(file, found);
    check_chain(patient, files, file, found);
  }
}

void check_certificate(const Patient& patient, Findings& found) {
  const auto files = read_ca_files(patient.paths.ca());
  for (const CaFile& file : files.files) {
    if (file.certificate.authority) continue;
    check_validity(patient, file, found);
    check_key(file, found);
    if (file.issuers.empty()) continue;
    check_chain(patient, files, file, found);
    if (file.role != "server") continue;
    std::set<std::string> named(file.certificate.names.dns.begin(), file.certificate.names.dns.end());
    named.insert(file.certificate.names.ip.begin(), file.certificate.names.ip.end());
    std::vector<std::string> wanted = patient.config().https_names;
    wanted.push_back(patient.config().server_name);
    for (const std::string& name : wanted) {
      if (named.contains(canonical(name))) continue;
      found.warning(fmt::format("the server's certificate does not have the name {}", name),
                    "clients that connect to that name refuse the certificate",
                    "restart the server: it makes a certificate with the names that are configured");
    }
  }
}

}  // namespace outrider::server::doctor
