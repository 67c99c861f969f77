namespace FedHe.Tool.Tests.Support;

/// <summary>
/// The folders of a federation of four clients, of whom three are a quorum, and who share an authority's key. Tests work on copies of
/// prepared ones.
/// </summary>
internal sealed class Federation : IDisposable
{
    public static readonly string[] Clients = ["c1", "c2", "c3", "c4"];

    private static readonly Lazy<Task<Federation>> Prepared = new(() => PrepareAsync(Clients, "--keys", "authority"));

    private Federation(string location) => Location = location;

    public string Location { get; }

    public string this[string name] => Path.Combine(Location, name);

    /// <summary>Copies a federation whose clients have their keys, and whose announcements are with the server.</summary>
    public static async Task<Federation> AnnouncedAsync()
    {
        Federation prepared = await Prepared.Value;
        var copy = new Federation(Directory.CreateTempSubdirectory("fedhe-tool-").FullName);
        CopyAll(prepared.Location, copy.Location);
        return copy;
    }

    public static void CopyAll(string from, string to)
    {
        foreach (string folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(folder.Replace(from, to, StringComparison.Ordinal));
        }

        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, file.Replace(from, to, StringComparison.Ordinal));
        }
    }

    /// <summary>As <see cref="AnnouncedAsync"/>, with the first round open and its invitations delivered.</summary>
    public static async Task<Federation> InvitedAsync()
    {
        Federation federation = await AnnouncedAsync();
        await Fedhe.DoAsync("round", "open", federation["server"]);
        await federation.DeliverFromServerAsync();
        return federation;
    }

    public Task<ToolResult> DeliverFromServerAsync() => Fedhe.DoAsync(["deliver", this["server"], .. Clients.Select(client => this[client])]);

    public Task<ToolResult> DeliverToServerAsync(string client) => Fedhe.DoAsync("deliver", this[client], this["server"]);

    /// <summary>Lets a client upload a model of its own, and delivers it.</summary>
    public async Task UploadAsync(string client)
    {
        int number = 1 + Array.IndexOf(Clients, client);
        await Fedhe.DoAsync("encrypt", this[client], "--model", SmallModel.Write(this[$"{client}.safetensors"], number, -0.5f * number));
        await DeliverToServerAsync(client);
    }

    public string[] Files(string folder, string pattern = "*")
        => Directory.Exists(this[folder]) ? [.. Directory.GetFiles(this[folder], pattern).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)] : [];

    public void Dispose()
    {
        if (Directory.Exists(Location))
        {
            Directory.Delete(Location, recursive: true);
        }
    }

    /// <summary>Makes a federation of two clients whose secrets are under a password, with the first round open and delivered.</summary>
    public static async Task<Federation> WithPasswordsAsync()
    {
        Federation federation = await PrepareAsync(Clients[..2], "--minimum-contributors", "2");
        await Fedhe.DoAsync("round", "open", federation["server"]);
        await Fedhe.DoAsync(["deliver", federation["server"], .. Clients[..2].Select(client => federation[client])]);
        return federation;
    }

    private static async Task<Federation> PrepareAsync(string[] clients, params string[] options)
    {
        var made = new Federation(Directory.CreateTempSubdirectory("fedhe-tool-prepared-").FullName);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => made.Dispose();
        SmallModel.Write(made["start.safetensors"], 0, 0);
        await Fedhe.DoAsync("keys", "authority", made["authority"]);
        await Fedhe.DoAsync("keys", "server", made["server"]);
        await Fedhe.DoAsync("deliver", made["server"], made["authority"]);
        foreach (string client in clients)
        {
            await Fedhe.DoAsync("keys", "client", made[client], client, "--samples", "100");
            await Fedhe.DoAsync("deliver", made[client], made["authority"]);
        }

        await Fedhe.DoAsync(["keys", "job", made["authority"], "--model", made["start.safetensors"], "--bound", "8", "--rounds", "2", .. options]);
        await Fedhe.DoAsync(["deliver", made["authority"], made["server"], .. clients.Select(client => made[client])]);
        string digest = File.ReadAllText(Path.Combine(made["authority"], "job.digest"));
        await Fedhe.DoAsync("keys", "join", made["server"], "--expect", digest);
        foreach (string client in clients)
        {
            await Fedhe.DoAsync("keys", "join", made[client], "--expect", digest);
            await Fedhe.DoAsync("deliver", made[client], made["authority"]);
        }

        await Fedhe.DoAsync("keys", "grant", made["authority"]);
        foreach (string client in clients)
        {
            await Fedhe.DoAsync("deliver", made["authority"], made[client]);
            await Fedhe.DoAsync("keys", "open", made[client]);
            await made.DeliverToServerAsync(client);
        }

        return made;
    }
}
