using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;

namespace FedHe.Tool.Tests.Support;

/// <summary>Kits of a job on this machine, whose parties run within the test process.</summary>
internal sealed class RunningKits : IAsyncDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-kits-");
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task<ToolResult>> _running = [];

    private RunningKits()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public int Port { get; }

    /// <summary>The path of the kit of a party.</summary>
    public string this[string party] => Path.Combine(_folder.FullName, "kits", party);

    /// <summary>The path of the folder with all kits.</summary>
    public string Folder => Path.Combine(_folder.FullName, "kits");

    /// <summary>The path of the project.</summary>
    public string Project => Path.Combine(_folder.FullName, "project.yaml");

    /// <summary>The folder of a client that makes its own keys.</summary>
    public string Own => Path.Combine(_folder.FullName, "own");

    /// <summary>Provisions a job.</summary>
    /// <param name="lines">The lines of the project, but for its name, its server and its model.</param>
    public static async Task<RunningKits> ProvisionAsync(params string[] lines)
    {
        var kits = new RunningKits();
        SmallModel.Write(Path.Combine(kits._folder.FullName, "start.safetensors"), 0, 0);
        string project = kits.Project;
        string server = string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{kits.Port}");
        await File.WriteAllLinesAsync(project, ["name: heart", $"server: {server}", $"listen: {server}", "model: start.safetensors", "bound: 8", .. lines]);

        // Hosts read their secrets by the password in the kit, and derive its key as in earnest.
        Fedhe.UsesPasswords = true;
        ToolResult made = await Fedhe.RunAsync(["provision", project, "-o", Path.Combine(kits._folder.FullName, "kits")]);
        if (made.ExitCode != ExitCodes.Done)
        {
            await kits.DisposeAsync();
            throw new InvalidOperationException(made.Errors);
        }

        foreach (string party in Directory.GetDirectories(Path.Combine(kits._folder.FullName, "kits")))
        {
            kits.Quicken(Path.GetFileName(party));
        }

        return kits;
    }

    /// <summary>Writes a client that joins into the project, as the person who provisions the kits does.</summary>
    /// <param name="client">The name of the client.</param>
    /// <param name="ownsKeys">Whether the client makes its keys itself.</param>
    public async Task AddToProjectAsync(string client, bool ownsKeys)
    {
        string entry = ownsKeys ? $"{{ card: {(await Fedhe.DoAsync("kit", "new", Own, client, "--json")).Json.GetProperty("card").GetString()} }}" : string.Empty;
        string[] lines = await File.ReadAllLinesAsync(Project);
        await File.WriteAllLinesAsync(Project, lines.Select(line => line.StartsWith("clients:", StringComparison.Ordinal)
            ? $"clients: {{ {string.Join(", ", line.Split('[', ']')[1].Split(',').Select(name => $"{name.Trim()}: "))}, {client}: {entry} }}"
            : line));
    }

    /// <summary>Makes the kit of a client that joins.</summary>
    public async Task<ToolResult> ProvisionLateAsync(string client)
    {
        ToolResult made = await Fedhe.DoAsync("kit", "add", Project, "--name", client, "-o", Folder, "--json");
        Quicken(client);
        return made;
    }

    /// <summary>Changes the settings of a party as an operator does, by a file that is written anew in its place.</summary>
    public void Change(string party, Action<JsonObject> change)
    {
        string path = Path.Combine(this[party], KitFiles.Settings);
        var settings = (JsonObject)JsonNode.Parse(File.ReadAllBytes(path))!;
        change(settings);
        File.WriteAllText(path, settings.ToJsonString());
    }

    /// <summary>Starts a party.</summary>
    public Task<ToolResult> Start(params string[] words)
    {
        Task<ToolResult> running = Task.Run(() => Fedhe.RunAsync(words, _ending.Token));
        _running.Add(running);
        return running;
    }

    public Task<ToolResult> StartServer() => Start("server", "run", "--kit", this["server"]);

    public Task<ToolResult> StartAuthority() => Start("authority", "run", "--kit", this["authority"]);

    /// <summary>Starts a client, whose training takes a moment and changes nothing.</summary>
    public Task<ToolResult> StartClient(string client) => StartClientIn(this[client]);

    /// <summary>Starts a client from a folder that is its kit.</summary>
    public Task<ToolResult> StartClientIn(string kit) => Start(
        "client", "run", "--kit", kit, "--samples", "10", "--", "sh", "-c", "sleep 0.1; cp \"$FEDHE_GLOBAL_MODEL\" \"$FEDHE_LOCAL_MODEL\"");

    public Task<ToolResult> StatusAsync(string party) => Fedhe.DoAsync("status", "--kit", this[party], "--json");

    /// <summary>Waits until something is so, and fails where a party ends before.</summary>
    public async Task WaitForAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(Longest);
        while (!await isSo())
        {
            if (_running.Find(party => party.IsCompleted && (!party.IsCompletedSuccessfully || party.Result.ExitCode != ExitCodes.Done)) is Task<ToolResult> ended)
            {
                throw new InvalidOperationException($"A party ended: {(await ended).Errors}");
            }

            await Task.Delay(Pause, limit.Token);
        }
    }

    public Task WaitForAsync(Func<bool> isSo) => WaitForAsync(() => Task.FromResult(isSo()));

    /// <summary>Has a party log little and ask often.</summary>
    private void Quicken(string party) => Change(party, settings =>
    {
        if (settings["FedHe"] is null)
        {
            // An administrator runs nothing.
            return;
        }

        settings["Logging"]!["LogLevel"]!["FedHe"] = "Error";
        if (settings["FedHe"]!["Server"] is not null)
        {
            settings["FedHe"]!["LongPoll"] = "00:00:01";
            settings["FedHe"]!["LastRetry"] = "00:00:01";
        }
    });

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_running).WaitAsync(Longest);
        Fedhe.UsesPasswords = false;
        _ending.Dispose();
        _folder.Delete(recursive: true);
    }
}
