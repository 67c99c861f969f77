using System.CommandLine;
using Microsoft.Extensions.Hosting;

namespace FedHe.Tool.Commands;

/// <summary>The options of a party that runs from its kit.</summary>
internal sealed class RunOptions
{
    private readonly Option<DirectoryInfo> _kit = KitOption();

    private readonly Option<bool> _stopWithInput = new("--stop-with-input")
    {
        Description = "End when the standard input ends, so that a program that starts this one leaves nothing behind.",
    };

    /// <summary>Describes the option that names a kit.</summary>
    public static Option<DirectoryInfo> KitOption() => new("--kit") { Description = "Folder of the party's kit, from 'fedhe provision'.", Required = true };

    public void AddTo(Command command)
    {
        command.Options.Add(_kit);
        command.Options.Add(_stopWithInput);
    }

    public string KitOf(ParseResult parsed) => parsed.GetValue(_kit)!.FullName;

    /// <summary>Runs a host until it is told to end, and returns what it ended with, or null where it was interrupted.</summary>
    /// <param name="host">The host.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="ended">The task whose completion ends the host, or null for a host that runs until it is told to end.</param>
    /// <param name="cancellationToken">Ends the host.</param>
    public async Task<T?> RunAsync<T>(IHost host, ParseResult parsed, Task<T>? ended, CancellationToken cancellationToken)
        where T : class
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (parsed.GetValue(_stopWithInput))
        {
            _ = EndWithInputAsync(ending);
        }

        Task running = host.RunAsync(ending.Token);
        await (ended is null ? running : Task.WhenAny(running, ended));
        await ending.CancelAsync();
        await running;
        return ended?.IsCompletedSuccessfully == true ? await ended : null;
    }

    private static async Task EndWithInputAsync(CancellationTokenSource ending)
    {
        await using Stream input = Console.OpenStandardInput();
        await input.CopyToAsync(Stream.Null, CancellationToken.None);
        try
        {
            await ending.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // The host has ended before.
        }
    }
}
