/** The completion scripts for bash, zsh and fish, made from the program's tables. Pure. */

import { ALIASES, type CommandName, COMMANDS, type Flag, FLAGS } from "../args/flag_table.ts";

const ROWS: readonly Flag[] = FLAGS;
/** Every word that can be a command, and the command whose flags it takes. */
const WORDS = [...COMMANDS.map(({ name, summary }) => ({ name, of: name, summary })), ...ALIASES];
const SHELLS = ["bash", "zsh", "fish"] as const;

/** The file that `tftp completions SHELL` prints. */
export function completions(shell: "bash" | "zsh" | "fish"): string {
  return { bash: bashFile, zsh: zshFile, fish: fishFile }[shell]();
}

/** The values of a flag, if they can be listed. */
function choicesOf({ takes }: Flag): readonly string[] {
  if (takes.kind === "choice") return takes.choices;
  return takes.kind === "integer" ? takes.words ?? [] : [];
}

function isPath({ name, takes }: Flag): boolean {
  return takes.kind === "text" && (takes.path === true || name === "dir");
}

function flagsOf(command: CommandName): readonly Flag[] {
  const own = ROWS.filter((row) => row.commands.includes(command));
  if (command !== "doctor") return own;
  // After --serve it takes those of serve.
  return uniqueByName([...own, ...flagsOf("serve")]);
}

function written(flag: Flag): string[] {
  return [`--${flag.name}`, ...(flag.short === undefined ? [] : [`-${flag.short}`])];
}

function takesNextWord(flag: Flag): boolean {
  return flag.takes.kind !== "switch" && flag.bare === undefined;
}

function bashFile(): string {
  const cases = WORDS.map(({ name, of }) => {
    const words = flagsOf(of).flatMap(written).join(" ");
    return `    ${name}) flags="${words}" ;;`;
  });
  const values = uniqueByName(ROWS.filter(takesNextWord)).map((flag) => {
    const pattern = written(flag).join("|");
    const words = choicesOf(flag);
    if (words.length > 0) {
      return `    ${pattern}) COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$word")); return ;;`;
    }
    return isPath(flag)
      ? `    ${pattern}) COMPREPLY=($(compgen -f -- "$word")); return ;;`
      : `    ${pattern}) return ;;`;
  });
  return `# bash completion for tftp: made by \`tftp completions bash\`.
_tftp() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command="" flags="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
    ${commandNames().join("|")}) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  case $before in
${values.join("\n")}
  esac
  case $command in
${cases.join("\n")}
    *) COMPREPLY=($(compgen -W "${
    commandNames().join(" ")
  } --help --version" -- "$word")); return ;;
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$word"))
  elif [[ $command == put || $command == push || $command == serve ]]; then
    COMPREPLY=($(compgen -f -- "$word"))
  elif [[ $command == completions ]]; then
    COMPREPLY=($(compgen -W "${SHELLS.join(" ")}" -- "$word"))
  fi
}
complete -o filenames -F _tftp tftp
`;
}

function zshFile(): string {
  const cases = WORDS.map(({ name, of }) => {
    const operands = {
      push: ["'1:file:_files'"],
      put: ["'*:file:_files'"],
      serve: ["'*:folder:_files -/'"],
      completions: [`'1:shell:(${SHELLS.join(" ")})'`],
    }[name as string] ?? [];
    const specs = [...flagsOf(of).flatMap(zshSpecs), ...operands];
    return `    ${name})\n      _arguments ${
      specs.map((spec) => `\\\n        ${spec}`).join(" ")
    }\n      ;;`;
  });
  const commands = WORDS.map(({ name, summary }) => `      '${name}:${zshText(summary)}'`);
  return `#compdef tftp
# zsh completion for tftp: made by \`tftp completions zsh\`.
_tftp() {
  local -a commands
  if (( CURRENT == 2 )); then
    commands=(
${commands.join("\n")}
    )
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join("\n")}
  esac
}
if [[ $funcstack[1] == _tftp ]]; then
  _tftp "$@"
else
  compdef _tftp tftp
fi
`;
}

function zshSpecs(flag: Flag): string[] {
  const help = zshText(flag.help.split(/[.;:]/)[0]!).replaceAll(/[[\]]/g, "");
  return written(flag).map((word) => {
    if (flag.takes.kind === "switch") return `'${word}[${help}]'`;
    const words = choicesOf(flag);
    const action = words.length > 0 ? `(${words.join(" ")})` : isPath(flag) ? "_files" : " ";
    const attached = flag.bare !== undefined ? "=-" : word.startsWith("--") ? "=" : "";
    const optional = flag.bare === undefined ? "" : ":";
    return `'${word}${attached}[${help}]:${optional}${flag.value ?? "value"}:${action}'`;
  });
}

function zshText(text: string): string {
  return text.replaceAll("'", "'\\''").replaceAll(":", "\\:");
}

function fishFile(): string {
  const unset = `not __fish_seen_subcommand_from ${commandNames().join(" ")}`;
  const lines = WORDS.map(({ name, summary }) =>
    `complete -c tftp -f -n "${unset}" -a ${name} -d '${fishText(summary)}'`
  );
  for (const { name, of } of WORDS) {
    const seen = `-n "__fish_seen_subcommand_from ${name}"`;
    for (const flag of flagsOf(of)) lines.push(`complete -c tftp ${seen}${fishFlag(flag)}`);
  }
  lines.push(`complete -c tftp -n "__fish_seen_subcommand_from put push serve" -F`);
  lines.push(
    `complete -c tftp -f -n "__fish_seen_subcommand_from completions" -a "${SHELLS.join(" ")}"`,
  );
  return `# fish completion for tftp: made by \`tftp completions fish\`.\n${lines.join("\n")}\n`;
}

function fishFlag(flag: Flag): string {
  const { name, short, help, takes, bare } = flag;
  const words = choicesOf(flag);
  const value = takes.kind === "switch" || bare !== undefined
    ? ""
    : words.length > 0
    ? ` -x -a "${words.join(" ")}"`
    : isPath(flag)
    ? " -r -F"
    : " -x";
  const letter = short === undefined ? "" : ` -s ${short}`;
  return `${letter} -l ${name}${value} -d '${fishText(help.split(/[.;:]/)[0]!)}'`;
}

function fishText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
}

function commandNames(): string[] {
  return WORDS.map(({ name }) => name);
}

function uniqueByName(flags: readonly Flag[]): Flag[] {
  return flags.filter((flag, at) => flags.findIndex(({ name }) => name === flag.name) === at);
}
