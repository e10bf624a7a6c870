#pragma once
// Precompiled for test programs, after pch_base.h or pch_net.h; no source may rely on it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
