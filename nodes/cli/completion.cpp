// `rollcall completion bash`: a completion script made from the options that the program declares.
#include "nodes/cli/commands.hpp"
#include "nodes/cli/output.hpp"

namespace rollcall::cli {

namespace {

/// Names of the commands and options that may follow `app`'s own words.
std::string words_after(const CLI::App& app) {
  std::string words;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    words += command->get_name() + " ";
  for (const auto* at = &app; at != nullptr; at = at->get_parent())
    for (const auto* option : at->get_options())
      for (const auto& name : option->get_lnames())
        words += "--" + name + " ";
  return words;
}

/// One `case` line for each command: the words typed so far, without options, and what may come next.
void add_cases(const CLI::App& app, const std::string& path, std::string& script) {
  script += "    '" + path + "') words='" + words_after(app) + "' ;;\n";
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    add_cases(*command, path + (path.empty() ? "" : " ") + command->get_name(), script);
}

std::string bash_script(const CLI::App& app) {
  std::string script = "# bash completion of rollcall: source <(rollcall completion bash)\n"
                       "_rollcall() {\n"
                       "  local current=${COMP_WORDS[COMP_CWORD]} words= path= word i\n"
                       "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
                       "    word=${COMP_WORDS[i]}\n"
                       "    [[ $word == -* ]] || path+=${path:+ }$word\n"
                       "  done\n"
                       "  # Arguments follow the command's words: the longest known beginning counts.\n"
                       "  while :; do\n"
                       "    case $path in\n";
  add_cases(app, "", script);
  script += "    esac\n"
            "    [[ -n $words || -z $path ]] && break\n"
            "    [[ $path == *' '* ]] && path=${path% *} || path=\n"
            "  done\n"
            "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
            "}\n"
            "complete -o default -F _rollcall rollcall\n";
  return script;
}

} // namespace

void add_completion(CLI::App& app, session& with) {
  auto* completion = app.add_subcommand("completion", "shell completion");
  completion->require_subcommand(1);
  auto* bash = completion->add_subcommand("bash", "a script for bash: source <(rollcall completion bash)");
  on_chosen(*bash, with, [&app](session&) -> core::result<exit_code> {
    print(bash_script(app));
    return exit_code::done;
  });
}

} // namespace rollcall::cli
