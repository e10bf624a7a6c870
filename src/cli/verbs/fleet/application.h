#pragma once
// What the sources of the noun `app` share.
#include "base/ids.h"
#include "base/json.h"
#include "cli/command/context.h"

namespace outrider::cli {

// The argument APP; a usage error when it is no id.
Result<ApplicationId> application_of(const Args& args);
Result<json::Object> object_of(Result<json::Value> answer);

// application_enrol.cpp: commands that lead to a certificate.
Result<void> add_application(Context& context);
Result<void> make_application_code(Context& context);
Result<void> enrol_application(Context& context);

}  // namespace outrider::cli
