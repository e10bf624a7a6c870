#pragma once
// Precompiled for the upper floors; no source may rely on it (each includes what it uses).
#include "pch_base.h"

#include <spdlog/spdlog.h>
#include <boost/asio.hpp>
#include <boost/json.hpp>
