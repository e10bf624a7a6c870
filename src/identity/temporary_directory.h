#pragma once
#include "base/testing/temporary_directory.h"

namespace outrider::identity {

using testing_support::TemporaryDirectory;

}  // namespace outrider::identity
