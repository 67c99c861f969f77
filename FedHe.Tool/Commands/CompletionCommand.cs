using System.CommandLine;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe completion</c>: scripts that let a shell complete commands and options.</summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            _fedhe() {
              local IFS=$'\n'
              COMPREPLY=($(fedhe suggest "${COMP_POINT}" "${COMP_LINE}" 2>/dev/null))
              [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o filenames -F _fedhe fedhe
            """,
        ["zsh"] = """
            _fedhe() {
              local found=("${(@f)$(fedhe suggest "${CURSOR}" "${BUFFER}" 2>/dev/null)}")
              compadd -a found
              _files
            }
            compdef _fedhe fedhe
            """,
        ["fish"] = """
            complete -c fedhe -a '(fedhe suggest (commandline -C) (commandline) 2>/dev/null)'
            """,
        ["pwsh"] = """
            Register-ArgumentCompleter -Native -CommandName fedhe -ScriptBlock {
              param($word, $line, $position)
              fedhe suggest $position "$line" | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
            }
            """,
    };

    public static Command Describe(CommandScope scope)
    {
        Argument<string> shell = new Argument<string>("SHELL") { Description = "bash, zsh, fish or pwsh." }.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completion", "Write a script that completes commands and options in a shell, as in: source <(fedhe completion bash).") { shell };
        return scope.Define(command, (parsed, report) =>
        {
            string script = Scripts[parsed.GetValue(shell)!];
            report.Set("script", script).Line(script);
            return Output.ExitCodes.Done;
        });
    }

    /// <summary>Describes the hidden command that the scripts ask for what may stand at a position of a line.</summary>
    public static Command DescribeSuggestions(CommandScope scope)
    {
        var position = new Argument<int>("POSITION") { Description = "Position of the cursor in the line." };
        var line = new Argument<string>("LINE") { Description = "The line so far." };
        var command = new Command("suggest", "Write what may stand at a position of a command line, one a line, for the completion of shells.") { position, line };
        command.Hidden = true;
        return scope.Define(command, (parsed, report) =>
        {
            string text = parsed.GetValue(line)!;
            foreach (var completion in ToolProgram.Describe(scope).Parse(text).GetCompletions(Math.Clamp(parsed.GetValue(position), 0, text.Length)))
            {
                report.Line(completion.InsertText ?? completion.Label);
            }

            return Output.ExitCodes.Done;
        });
    }
}
