/// Requests and responses about users, who bind several faces together: CreateUser, DeleteUser, ListUsers,
/// AssociateFaces, DisassociateFaces. Requests come out of `decode` (validated, defaults applied), responses go into
/// `encode`; any thread.
#pragma once

#include "wire/shared.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rollcall::wire {

struct create_user_request {
  std::string collection_id;
  std::string user_id;                             ///< 1–128 of [a-zA-Z0-9_.:-]; so everywhere
  std::optional<std::string> client_request_token; ///< 1–64 of [a-zA-Z0-9_-]; so everywhere
};

struct create_user_response {};

struct delete_user_request {
  std::string collection_id;
  std::string user_id;
  std::optional<std::string> client_request_token;
};

struct delete_user_response {};

struct list_users_request {
  std::string collection_id;
  std::optional<int> max_results; ///< 1–500; absent means 500
  std::optional<std::string> next_token;
};

struct list_users_response {
  std::vector<user> users;
  std::optional<std::string> next_token;
};

struct associate_faces_request {
  std::string collection_id;
  std::string user_id;
  std::vector<core::face_id> face_ids; ///< 1–100 sent; the first of each kept, in that order
  float user_match_threshold = 75;     ///< 0–100, inclusive; counts only when the user has a face already
  std::optional<std::string> client_request_token;
};

struct associate_faces_response {
  std::vector<core::face_id> associated_faces;
  std::vector<failed_face> unsuccessful_face_associations;
  wire::user_status user_status = user_status::active;
};

struct disassociate_faces_request {
  std::string collection_id;
  std::string user_id;
  std::vector<core::face_id> face_ids; ///< 1–100 sent; the first of each kept, in that order
  std::optional<std::string> client_request_token;
};

struct disassociate_faces_response {
  std::vector<core::face_id> disassociated_faces;
  std::vector<failed_face> unsuccessful_face_disassociations;
  wire::user_status user_status = user_status::active;
};

} // namespace rollcall::wire
