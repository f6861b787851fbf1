/// All requests and responses of Rekognition's face operations, one pair an operation. Includes only.
#pragma once

#include "wire/collections.hpp"
#include "wire/faces.hpp"
#include "wire/search.hpp"
#include "wire/streams.hpp"
#include "wire/tags.hpp"
#include "wire/users.hpp"
#include "wire/videos.hpp"
