using System.Text.Json.Nodes;
using FedHe.Hosting.Folders;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>The kit of a client that joins a job later, and its pin in the settings of the server. <see cref="RunningKitTests"/> runs such a client.</summary>
public sealed class LateKitTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-late-kit-");

    private string Kits => PathOf("kits");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Kit_OfAClientThatJoins_HasTheJobAndItsServer_AndNothingElseChanges()
    {
        await ProvisionAsync();
        Dictionary<string, byte[]> before = Directory.GetFiles(Kits, "*", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllBytes);
        await WriteProjectAsync(five: "five: { samples: 70 }");

        ToolResult made = await Fedhe.DoAsync("kit", "add", PathOf("project.yaml"), "--name", "five", "-o", Kits, "--json");

        string kit = Path.Combine(Kits, "five");
        JsonNode settings = JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(kit, KitFiles.Settings)))!;
        JsonNode north = JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(Kits, "north", KitFiles.Settings)))!;
        foreach (string same in (string[])["Server", "ServerKeys"])
        {
            settings["FedHe"]![same]!.ToJsonString().Should().Be(north["FedHe"]![same]!.ToJsonString());
        }

        settings["Kit"]!["Samples"]!.GetValue<int>().Should().Be(70);
        JobFile.Read(Path.Combine(kit, KitFiles.Party, PartyFiles.Job)).Digest.Should().Be(JobFile.Read(Path.Combine(Kits, "north", KitFiles.Party, PartyFiles.Job)).Digest);
        (await File.ReadAllTextAsync(Path.Combine(kit, KitFiles.Readme))).Should().Contain("joins a job that runs");
        before.Should().OnlyContain(file => File.ReadAllBytes(file.Key).SequenceEqual(file.Value));
        made.Json.GetProperty("card").GetString().Should().Be(Path.Combine(kit, "five.card"));

        // The server's own kit, or a client's, has what is needed too.
        foreach (string from in (string[])["server", "north"])
        {
            await Fedhe.DoAsync("kit", "add", PathOf("project.yaml"), "--name", "five", "-o", PathOf(from), "--from", Path.Combine(Kits, from));
            JsonNode other = JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(PathOf(from), "five", KitFiles.Settings)))!;
            other["FedHe"]!["ServerKeys"]!.ToJsonString().Should().Be(north["FedHe"]!["ServerKeys"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task Kit_FromAServerWhoseCertificateLiesElsewhere_HasItsPin()
    {
        await ProvisionAsync();
        await WriteProjectAsync(five: "five: ");
        string server = Path.Combine(Kits, "server"), elsewhere = PathOf("elsewhere.pem");
        JsonNode pins = JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(Kits, "north", KitFiles.Settings)))!["FedHe"]!["ServerKeys"]!;
        File.Move(Path.Combine(server, KitFiles.Certificate), elsewhere);
        ToolResult missing = await Fedhe.RunAsync(["kit", "add", PathOf("project.yaml"), "--name", "five", "-o", PathOf("none"), "--from", server]);
        missing.ExitCode.Should().Be(ExitCodes.Refused);
        missing.Errors.Should().Contain("names as the server's certificate").And.Contain("--from");

        await NameCertificatesAsync(elsewhere);
        await Fedhe.DoAsync("kit", "add", PathOf("project.yaml"), "--name", "five", "-o", PathOf("made"), "--from", server);
        JsonNode settings = JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(PathOf("made"), "five", KitFiles.Settings)))!;
        settings["FedHe"]!["ServerKeys"]!.ToJsonString().Should().Be(pins.ToJsonString());

        await NameCertificatesAsync(elsewhere, Path.Combine(Kits, "north", KitFiles.Certificate));
        (await Fedhe.RunAsync(["kit", "add", PathOf("project.yaml"), "--name", "five", "-o", PathOf("none"), "--from", server])).Errors.Should().Contain("several with different keys");
        Directory.Exists(Path.Combine(PathOf("none"), "five")).Should().BeFalse();
    }

    [Fact]
    public async Task Kit_ThatCannotJoin_IsNotMade()
    {
        await ProvisionAsync();
        (await AddAsync("five")).Errors.Should().Contain("names no client 'five'");
        (await AddAsync("north")).Errors.Should().Contain("is a client of the job already");
        await WriteProjectAsync(five: "five: ", name: "lung");
        (await AddAsync("five")).Errors.Should().Contain("another job");
        await WriteProjectAsync(five: "five: ");
        SmallModel.Write(PathOf("start.safetensors"), 1, 0);
        (await AddAsync("five")).Errors.Should().Contain("not the one that the clients of the job started from");
        Directory.Exists(Path.Combine(Kits, "five")).Should().BeFalse();
    }

    [Fact]
    public async Task Kit_OfAJobWithoutEpochs_IsNotMade()
    {
        await ProvisionAsync("keys: authority");
        await WriteProjectAsync(five: "five: ", more: "keys: authority");

        (await AddAsync("five")).Errors.Should().Contain("nobody joins it");
    }

    [Fact]
    public async Task Pin_OfAClient_ComesIntoTheSettingsOnce_AndOfNobodyTwice()
    {
        await ProvisionAsync();
        await WriteProjectAsync(five: "five: ");
        ToolResult made = await Fedhe.DoAsync("kit", "add", PathOf("project.yaml"), "--name", "five", "-o", Kits, "--json");
        string card = made.Json.GetProperty("card").GetString()!;
        string pin = made.Json.GetProperty("pin").GetString()!;
        string settings = Path.Combine(Kits, "server", KitFiles.Settings);
        JsonNode before = JsonNode.Parse(await File.ReadAllBytesAsync(settings))!;

        await Fedhe.DoAsync("server", "admit", card, "--kit", Path.Combine(Kits, "server"), "--expect", pin);

        JsonNode after = JsonNode.Parse(await File.ReadAllBytesAsync(settings))!;
        after["FedHe"]!["Jobs"]!["heart"]!["ClientKeys"]!["five"]![0]!.GetValue<string>().Should().Be(pin);
        after["FedHe"]!["Jobs"]!["heart"]!["ClientKeys"]!.AsObject().Remove("five");
        JsonNode.DeepEquals(after, before).Should().BeTrue("nothing else has changed");

        // The same certificate under another name, and another one under the same name.
        JsonNode other = JsonNode.Parse(await File.ReadAllBytesAsync(card))!;
        other["name"] = "six";
        await File.WriteAllTextAsync(PathOf("six.card"), other.ToJsonString());
        (await Fedhe.RunAsync(["server", "admit", PathOf("six.card"), "--kit", Path.Combine(Kits, "server"), "--expect", pin])).Errors.Should().Contain("has this pin for five already");
        other["name"] = "five";
        other["pin"] = new string('a', 64);
        await File.WriteAllTextAsync(PathOf("other.card"), other.ToJsonString());
        (await Fedhe.RunAsync(["server", "admit", PathOf("other.card"), "--kit", Path.Combine(Kits, "server"), "--expect", new string('a', 64)])).Errors.Should().Contain("has another pin for five already");
    }

    [Theory]
    [InlineData("name", "differs from north in capitals alone")]
    [InlineData("authority", "has this pin for the authority already")]
    [InlineData("comments", "by hand")]
    [InlineData("shape", "by hand")]
    [InlineData("busy", "is being changed")]
    public async Task Pin_ThatWouldLeaveTheSettingsUnusable_IsNotWritten(string why, string words)
    {
        await ProvisionAsync();
        await WriteProjectAsync(five: "five: ");
        ToolResult made = await Fedhe.DoAsync("kit", "add", PathOf("project.yaml"), "--name", "five", "-o", Kits, "--json");
        string server = Path.Combine(Kits, "server"), settings = Path.Combine(server, KitFiles.Settings);
        JsonNode card = JsonNode.Parse(await File.ReadAllBytesAsync(made.Json.GetProperty("card").GetString()!))!;
        JsonNode written = JsonNode.Parse(await File.ReadAllBytesAsync(settings))!;
        FileStream? busy = null;
        switch (why)
        {
            case "name":
                card["name"] = "North";
                break;
            case "authority":
                card["pin"] = written["FedHe"]!["Jobs"]!["heart"]!["AuthorityKeys"]![0]!.GetValue<string>();
                break;
            case "comments":
                await File.AppendAllTextAsync(settings, "// ours\n");
                break;
            case "shape":
                written["FedHe"]!["Jobs"]!["heart"]!.AsObject().Remove("ClientKeys");
                await File.WriteAllTextAsync(settings, written.ToJsonString());
                break;
            default:
                busy = new FileStream($"{settings}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                break;
        }

        using FileStream? held = busy;
        byte[] before = await File.ReadAllBytesAsync(settings);
        await File.WriteAllTextAsync(PathOf("changed.card"), card.ToJsonString());

        ToolResult result = await Fedhe.RunAsync(["server", "admit", PathOf("changed.card"), "--kit", server, "--expect", card["pin"]!.GetValue<string>()]);

        result.ExitCode.Should().NotBe(ExitCodes.Done);
        result.Errors.Should().Contain(words);
        (await File.ReadAllBytesAsync(settings)).Should().Equal(before);
    }

    [Fact]
    public async Task Pin_OfAClient_ForAJobWithoutEpochs_IsRefused_AndSettingsKeepTheirMode()
    {
        await ProvisionAsync();
        await WriteProjectAsync(five: "five: ");
        ToolResult made = await Fedhe.DoAsync("kit", "add", PathOf("project.yaml"), "--name", "five", "-o", Kits, "--json");
        string card = made.Json.GetProperty("card").GetString()!, pin = made.Json.GetProperty("pin").GetString()!, settings = Path.Combine(Kits, "server", KitFiles.Settings);
        const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(settings, Readable);
        }

        await Fedhe.DoAsync("server", "admit", card, "--kit", Path.Combine(Kits, "server"), "--expect", pin);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(settings).Should().Be(Readable, "the account of the server may be another one in the same group");
        }

        Directory.Delete(Kits, recursive: true);
        await ProvisionAsync("keys: authority");
        ToolResult own = await Fedhe.DoAsync("kit", "new", PathOf("mine"), "five", "--json");
        JsonNode read = JsonNode.Parse(await File.ReadAllBytesAsync(own.Json.GetProperty("card").GetString()!))!;
        (await Fedhe.RunAsync(["server", "admit", own.Json.GetProperty("card").GetString()!, "--kit", Path.Combine(Kits, "server"), "--expect", read["pin"]!.GetValue<string>()]))
            .Errors.Should().Contain("nobody joins it");
    }

    [Fact]
    public async Task Join_OfALateKitForAnotherCard_IsRefused()
    {
        await ProvisionAsync();
        ToolResult own = await Fedhe.DoAsync("kit", "new", PathOf("mine"), "five", "--json");
        ToolResult strange = await Fedhe.DoAsync("kit", "new", PathOf("strange"), "five", "--json");
        await WriteProjectAsync(five: $"five: {{ card: {strange.Json.GetProperty("card").GetString()} }}");
        ToolResult made = await Fedhe.DoAsync("kit", "add", PathOf("project.yaml"), "--name", "five", "-o", Kits, "--json");
        string digest = made.Json.GetProperty("digest").GetString()!;

        // Guard: the job does not name the client, so that the kit alone says for whom it is.
        (await Fedhe.RunAsync(["kit", "join", PathOf("mine"), Path.Combine(Kits, "five"), "--expect", digest])).ExitCode.Should().Be(ExitCodes.Refused);
        (await Fedhe.DoAsync("kit", "join", PathOf("strange"), Path.Combine(Kits, "five"), "--expect", digest)).ExitCode.Should().Be(ExitCodes.Done);
        own.Json.GetProperty("fingerprint").GetString().Should().NotBe(strange.Json.GetProperty("fingerprint").GetString());
    }

    private Task<ToolResult> AddAsync(string name) => Fedhe.RunAsync(["kit", "add", PathOf("project.yaml"), "--name", name, "-o", Kits]);

    private async Task ProvisionAsync(string more = "")
    {
        SmallModel.Write(PathOf("start.safetensors"), 0, 0);
        await WriteProjectAsync(more: more);
        await Fedhe.DoAsync("provision", PathOf("project.yaml"), "-o", Kits);
    }

    private Task WriteProjectAsync(string five = "", string name = "heart", string more = "") => File.WriteAllTextAsync(PathOf("project.yaml"), $$"""
        name: {{name}}
        server: https://fedhe.example
        clients: { north: , south: , west: , east: , {{five}} }
        model: start.safetensors
        bound: 8
        {{more}}
        """);

    /// <summary>Writes endpoints with certificates into the settings of the server.</summary>
    private async Task NameCertificatesAsync(params string[] paths)
    {
        string path = Path.Combine(Kits, "server", KitFiles.Settings);
        JsonNode settings = JsonNode.Parse(await File.ReadAllBytesAsync(path))!;
        settings["Kestrel"]!["Endpoints"] = new JsonObject(paths.Select((certificate, i) => KeyValuePair.Create(
            $"Https{i}", (JsonNode?)new JsonObject { ["Url"] = "https://127.0.0.1:0", ["Certificate"] = new JsonObject { ["Path"] = certificate } })));
        await File.WriteAllTextAsync(path, settings.ToJsonString());
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);
}
