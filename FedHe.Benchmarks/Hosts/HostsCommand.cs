using System.CommandLine;
using System.Text.Json;
using static FedHe.Benchmarks.CommandOptions;

namespace FedHe.Benchmarks.Hosts;

/// <summary>
/// The command <c>hosts</c> runs one round between a hosted server, in a process of its own, and simulated clients who reach it over TLS.
/// </summary>
internal static class HostsCommand
{
    public const string Server = "hosts-server";

    private const string Committee = "committee";
    private static readonly JsonSerializerOptions JsonOptions = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    public static Command Create()
    {
        Option<int> clients = Number("--clients", "Clients of the round.", 20, minimum: 4, maximum: 10_000);
        Option<int> parameters = Number("--params", "Parameters of the model.", 79_510);
        Option<string> keys = Choice("--keys", "Who opens the sum.", Committee, [Committee, "authority"]);
        var postgresql = new Option<string?>("--postgresql") { Description = "Connection string of a database to keep the server in; left out, its folder. The account makes a schema, which is deleted again." };
        Option<FileInfo?> json = Json();
        var command = new Command("hosts", "Run a round between a hosted server and many clients over TLS on this machine.") { clients, parameters, keys, postgresql, json };
        command.SetAction(async (result, cancellationToken) =>
        {
            using HostsDatabase? database = result.GetValue(postgresql) is string connection ? new HostsDatabase(connection) : null;
            using var federation = new HostsFederation(result.GetValue(clients), result.GetValue(parameters), result.GetValue(keys) == Committee, database);
            HostsResult figures = await HostedRound.RunAsync(federation, cancellationToken).ConfigureAwait(false);
            string text = JsonSerializer.Serialize(figures, JsonOptions);
            Console.WriteLine(text);
            if (result.GetValue(json) is FileInfo file)
            {
                await File.WriteAllTextAsync(file.FullName, text, cancellationToken).ConfigureAwait(false);
            }

            return figures.IsComplete ? 0 : 1;
        });
        return command;
    }

    /// <summary>Makes the command that the process of the server runs; it is not for people.</summary>
    public static Command CreateServer()
    {
        var folder = new Argument<DirectoryInfo>("folder");
        var command = new Command(Server, "Serve the job of a folder until the standard input ends.") { folder };
        command.Hidden = true;
        command.SetAction((result, cancellationToken) => HostServer.RunAsync(result.GetRequiredValue(folder).FullName, cancellationToken));
        return command;
    }
}
