using System.Globalization;
using FedHe.Tool.Output;

namespace FedHe.Tool.Tests.Support;

/// <summary>The folders of a federation whose sums a committee opens. Tests work on copies of prepared ones.</summary>
internal sealed class CommitteeFolders : IDisposable
{
    private static readonly Lazy<Task<CommitteeFolders>> PreparedOfFour = new(() => PrepareAsync(4));

    private CommitteeFolders(string location, string[] clients) => (Location, Clients) = (location, clients);

    public string Location { get; }

    /// <summary>The clients that take part in rounds.</summary>
    public string[] Clients { get; set; }

    public string this[string name] => Path.Combine(Location, name);

    /// <summary>Copies a federation of four clients, all of them members, whose announcements are with the server.</summary>
    public static async Task<CommitteeFolders> OfFourAsync() => (await PreparedOfFour.Value).Copy();

    /// <summary>Copies the folders, so that a test works on its own.</summary>
    public CommitteeFolders Copy()
    {
        var copy = new CommitteeFolders(Directory.CreateTempSubdirectory("fedhe-committee-").FullName, Clients);
        Federation.CopyAll(Location, copy.Location);
        return copy;
    }

    /// <summary>Makes folders, whose cards are with the authority, and no job yet.</summary>
    public static async Task<CommitteeFolders> WithCardsAsync(int clients)
    {
        var made = new CommitteeFolders(
            Directory.CreateTempSubdirectory("fedhe-committee-").FullName,
            [.. Enumerable.Range(1, clients).Select(number => string.Create(CultureInfo.InvariantCulture, $"c{number}"))]);
        SmallModel.Write(made["start.safetensors"], 0, 0);
        await Fedhe.DoAsync("keys", "authority", made["authority"]);
        await Fedhe.DoAsync("keys", "server", made["server"]);
        await Fedhe.DoAsync("deliver", made["server"], made["authority"]);
        foreach (string client in made.Clients)
        {
            await Fedhe.DoAsync("keys", "client", made[client], client, "--samples", "100");
            await Fedhe.DoAsync("deliver", made[client], made["authority"]);
        }

        return made;
    }

    public Task<ToolResult> DescribeJobAsync(params string[] options)
        => Fedhe.RunAsync(["keys", "job", this["authority"], "--model", this["start.safetensors"], "--bound", "8", .. options.Contains("--rounds") ? [] : new[] { "--rounds", "2" }, .. options]);

    /// <summary>Lets everybody join the job that is described, and announce itself.</summary>
    /// <param name="promise">The options by which clients say what they promised.</param>
    public async Task JoinAsync(params string[] promise)
    {
        await Fedhe.DoAsync(["deliver", this["authority"], this["server"], .. Clients.Select(client => this[client])]);
        string digest = File.ReadAllText(this["authority/job.digest"]);
        await Fedhe.DoAsync("keys", "join", this["server"], "--expect", digest);
        foreach (string client in Clients)
        {
            await Fedhe.DoAsync(["keys", "join", this[client], "--expect", digest, .. promise]);
            await Fedhe.DoAsync("deliver", this[client], this["authority"]);
        }

        await Fedhe.DoAsync("keys", "grant", this["authority"]);
        foreach (string client in Clients)
        {
            await Fedhe.DoAsync("deliver", this["authority"], this[client]);
            await Fedhe.DoAsync("keys", "open", this[client]);
            await ToServerAsync(client);
        }
    }

    public Task<ToolResult> FromServerAsync() => Fedhe.DoAsync(["deliver", this["server"], .. Clients.Select(client => this[client])]);

    public Task<ToolResult> ToServerAsync(string client) => Fedhe.DoAsync("deliver", this[client], this["server"]);

    /// <summary>Runs a command of the server until it has what the members owe it, and returns how often members had to answer.</summary>
    public async Task<int> UntilCommitteeAsync(string[] command, params string[] members)
    {
        string[] answering = members.Length > 0 ? members : await MembersAsync();
        for (int times = 0; times < 6; times++)
        {
            ToolResult result = await Fedhe.RunAsync([.. command, this["server"]]);
            if (result.ExitCode == ExitCodes.Done)
            {
                return times;
            }

            result.ExitCode.Should().Be(ExitCodes.TryAgain, result.Errors);
            result.Errors.Should().Contain("waits for its committee");
            await FromServerAsync();
            await AnswerAsync(answering);
        }

        throw new InvalidOperationException($"The committee owes something for ever: {string.Join(' ', command)}");
    }

    public async Task AnswerAsync(params string[] members)
    {
        foreach (string member in members)
        {
            await Fedhe.DoAsync("answer", this[member]);
            await ToServerAsync(member);
        }
    }

    public async Task UploadAsync(string client)
    {
        int number = 1 + Array.IndexOf(Clients, client);
        await Fedhe.DoAsync("encrypt", this[client], "--model", SmallModel.Write(this[$"{client}.safetensors"], number, -0.5f * number));
        await ToServerAsync(client);
    }

    /// <summary>Runs a round from its beginning until all clients have its model.</summary>
    public async Task RunRoundAsync(int round)
    {
        await UntilCommitteeAsync(["round", "open"]);
        await FromServerAsync();
        foreach (string client in Clients)
        {
            await UploadAsync(client);
        }

        (await UntilCommitteeAsync(["aggregate"])).Should().Be(2, "boxes and list");
        await FromServerAsync();
        await DecryptAsync(round);
    }

    public async Task DecryptAsync(int round)
    {
        double average = (Clients.Length + 1) / 2.0;
        foreach (string client in Clients)
        {
            ToolResult opened = await Fedhe.DoAsync("decrypt", this[client], "--json");
            opened.Json.GetProperty("release").GetString().Should().Be("MayBePublished");
            string path = opened.Json.GetProperty("model").GetString()!;
            path.Should().EndWith(string.Create(CultureInfo.InvariantCulture, $"round-{round:D6}.safetensors"));
            SmallModel.Read(path).First.Should().BeApproximately(average, opened.Json.GetProperty("largestError").GetDouble());
            await ToServerAsync(client);
        }
    }

    public async Task<string[]> MembersAsync()
        => [.. (await Fedhe.DoAsync("inspect", this[Clients[0]], "--json")).Json.GetProperty("members").EnumerateArray().Select(one => one.GetString()!)];

    public string[] Files(string folder, string pattern = "*")
        => Directory.Exists(this[folder]) ? [.. Directory.GetFiles(this[folder], pattern).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)] : [];

    public void Dispose()
    {
        if (Directory.Exists(Location))
        {
            Directory.Delete(Location, recursive: true);
        }
    }

    private static async Task<CommitteeFolders> PrepareAsync(int clients)
    {
        CommitteeFolders made = await WithCardsAsync(clients);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => made.Dispose();
        (await made.DescribeJobAsync()).ExitCode.Should().Be(ExitCodes.Done);
        await made.JoinAsync();
        return made;
    }
}
