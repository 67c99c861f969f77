using FedHe.Orchestration.Protection;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FedHe.Tool.Output;

/// <summary>Where a command writes: results to the output, everything else to the errors.</summary>
internal sealed class ToolConsole(TextWriter output, TextWriter errors, bool isInteractive)
{
    public TextWriter Output { get; } = output;

    public TextWriter Errors { get; } = errors;

    /// <summary>Makes what protects secrets under a password.</summary>
    public Func<string, ISecretProtector> ProtectorOf { get; init; } = password => new PasswordProtector(password);

    /// <summary>Whether the output is a terminal, on which lines may change.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Whether a person sits before the errors, who may be asked and shown a progress bar.</summary>
    public bool IsInteractive { get; } = isInteractive;

    public static ToolConsole OfTheProcess() => new(Console.Out, Console.Error, !Console.IsErrorRedirected && !Console.IsInputRedirected) { IsTerminal = !Console.IsOutputRedirected };

    /// <summary>Asks for a secret without showing it.</summary>
    public string AskForSecret(string question) => Ansi().Prompt(new TextPrompt<string>(question).Secret(null));

    /// <summary>Shows a bar on the errors while work runs, if somebody looks.</summary>
    public async Task<T> WithProgressAsync<T>(string title, Func<IProgress<double>?, Task<T>> work)
    {
        if (!IsInteractive)
        {
            return await work(null);
        }

        return await Ansi().Progress().AutoClear(true).StartAsync(async context =>
        {
            ProgressTask bar = context.AddTask(Markup.Escape(title), autoStart: true, maxValue: 1);
            bar.IsIndeterminate = true;
            return await work(new Progress<double>(share =>
            {
                bar.IsIndeterminate = false;
                bar.Value = share;
            }));
        });
    }

    /// <summary>Shows something on the terminal that changes, as long as work runs.</summary>
    /// <param name="first">What is shown at first.</param>
    /// <param name="work">The work, which gets what shows something else.</param>
    public async Task<T> WithLiveAsync<T>(IRenderable first, Func<Action<IRenderable>, Task<T>> work)
    {
        IAnsiConsole terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Output) });
        return await terminal.Live(first).Overflow(VerticalOverflow.Ellipsis).StartAsync(context => work(shown =>
        {
            context.UpdateTarget(shown);
            context.Refresh();
        }));
    }

    private IAnsiConsole Ansi() => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Errors) });
}
