/// The commands of `rollcall`: each function declares one on the application and, when the command line chooses it,
/// sets `session::run`. The session outlives the application. One pair of lines here, one source file each.
#pragma once

#include "nodes/cli/session.hpp"

#include <CLI/CLI.hpp>

namespace rollcall::cli {

/// Everything below.
void declare_program(CLI::App& app, session& with);

void add_status(CLI::App& app, session& with);
void add_cluster(CLI::App& app, session& with);
void add_top(CLI::App& cluster, session& with); ///< below `cluster`
void add_nodes(CLI::App& app, session& with);
void add_doctor(CLI::App& app, session& with);
void add_partitions(CLI::App& app, session& with);
void add_memory(CLI::App& partitions, session& with); ///< below `partitions`
void add_rebalance(CLI::App& app, session& with);
void add_init(CLI::App& app, session& with);
void add_keys(CLI::App& app, session& with);
void add_collections(CLI::App& app, session& with);
void add_index(CLI::App& app, session& with);
void add_search(CLI::App& app, session& with);
void add_compare(CLI::App& app, session& with);
void add_detect(CLI::App& app, session& with);
void add_decisions(CLI::App& app, session& with);
void add_cameras(CLI::App& app, session& with);
void add_events(CLI::App& app, session& with);
void add_watch(CLI::App& app, session& with);
void add_export(CLI::App& app, session& with);
void add_import(CLI::App& app, session& with);
void add_backup(CLI::App& app, session& with);
void add_restore(CLI::App& app, session& with);
void add_completion(CLI::App& app, session& with);

/// Makes `command` the chosen one, running `run`, when the command line names it.
inline void on_chosen(CLI::App& command, session& with, std::function<core::result<exit_code>(session&)> run) {
  command.callback([&with, run = std::move(run)] { with.run = run; });
}

} // namespace rollcall::cli
