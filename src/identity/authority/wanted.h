#pragma once
// What an issuing CA shall be. Private to the authority.
#include <string>

#include "identity/authority.h"

namespace outrider::identity {

struct Authority::Wanted {
  std::string common_name;
  std::string organization;
  bool client_auth = false;  // an issuing CA's extended key usage binds everything below it
  bool server_auth = false;
};

}  // namespace outrider::identity
