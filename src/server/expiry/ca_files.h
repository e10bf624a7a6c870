#pragma once
// Every certificate of ours that lies in the CA's directory, whoever uses it: for those who watch over their ends and
// for the doctor. Works without a server. Reads certificates only, never keys.
#include <filesystem>
#include <string>
#include <vector>

#include "base/ids.h"
#include "crypto/x509/certificate.h"

namespace outrider::server {

struct CaFile {
  std::filesystem::path path;       // a .pem
  std::string role;                 // its name without extension: "root", "issuing", "server-issuing", "server" …
  FleetId fleet;                    // empty: of the server
  crypto::Certificate certificate;  // the first in the file
  std::vector<crypto::Certificate> issuers;  // those behind it

  std::filesystem::path key() const { return std::filesystem::path(path).replace_extension(".key"); }
  // "root", "issuing of demo"
  std::string name() const { return fleet.value.empty() ? role : role + " of " + fleet.value; }
};

struct CaFiles {
  std::vector<CaFile> files;                // by path
  std::vector<crypto::Certificate> former;  // authorities that were replaced and are still trusted
  std::vector<std::string> problems;        // a file each that cannot be read
};
CaFiles read_ca_files(const std::filesystem::path& ca);

}  // namespace outrider::server
