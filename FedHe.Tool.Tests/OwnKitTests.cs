using System.Text.Json;
using System.Text.Json.Nodes;
using FedHe.Hosting.Epochs;
using FedHe.Hosting.Folders;
using FedHe.Tool.Folders;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>A client that makes its identity and its certificate itself.</summary>
public sealed class OwnKitTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-own-kit-");

    private string Mine => PathOf("mine");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task OwnKit_OfAClient_NeverLeavesIt()
    {
        ToolResult made = await MakeAsync();
        ToolResult result = await ProvisionAsync("kits");

        string kit = PathOf("kits/north");
        Directory.GetFiles(kit, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(kit, file)).Should().BeEquivalentTo(
            KitFiles.Settings, KitFiles.Readme, KitFiles.Start, Path.Combine("party", PartyFiles.Job));
        string digest = DigestOf(result);
        ToolResult wrong = await JoinAsync(kit, new string('0', 64));
        wrong.ExitCode.Should().Be(ExitCodes.Refused);
        wrong.Errors.Should().Contain("not the one that was told");
        ToolResult other = await JoinAsync(PathOf("kits/south"), digest);
        other.ExitCode.Should().Be(ExitCodes.Refused);
        other.Errors.Should().Contain("does not name the client");
        File.Exists(Path.Combine(Mine, KitFiles.Settings)).Should().BeFalse();
        (await JoinAsync(kit, digest)).ExitCode.Should().Be(ExitCodes.Done);
        JsonElement status = (await Fedhe.DoAsync("status", "--kit", Mine, "--json")).Json;
        status.GetProperty("party").GetString().Should().Be("north");
        status.GetProperty("digest").GetString().Should().Be(digest);
        PinsOfTheServer(kits: "kits")["north"]![0]!.GetValue<string>().Should().Be(made.Json.GetProperty("pin").GetString());
    }

    [Fact]
    public async Task Provision_ShowsWhatCardsSay()
    {
        ToolResult made = await MakeAsync();
        ToolResult result = await ProvisionAsync("kits");

        JsonElement card = result.Json.GetProperty("cards").EnumerateArray().Should().ContainSingle().Subject;
        card.GetProperty("name").GetString().Should().Be("north");
        card.GetProperty("fingerprint").GetString().Should().Be(made.Json.GetProperty("fingerprint").GetString());
        card.GetProperty("pin").GetString().Should().Be(made.Json.GetProperty("pin").GetString());
        ToolResult text = await Fedhe.DoAsync("provision", PathOf("project.yaml"), "-o", PathOf("text"));
        text.Output.Should().Contain($"north: fingerprint {card.GetProperty("fingerprint")}; pin {card.GetProperty("pin")}");
    }

    [Fact]
    public async Task Join_ShowsWhatTheDigestDoesNotCover()
    {
        await MakeAsync();
        ToolResult result = await ProvisionAsync("kits");
        ToolResult joined = await Fedhe.DoAsync("kit", "join", Mine, PathOf("kits/north"), "--expect", DigestOf(result), "--json");

        string pin = result.Json.GetProperty("serverPin").GetString()!;
        joined.Json.GetProperty("server").GetString().Should().Be("https://fedhe.example/fedhe/v1");
        joined.Json.GetProperty("serverKeys").EnumerateArray().Select(one => one.GetString()).Should().Equal(pin);
        joined.Json.GetProperty("samples").GetInt64().Should().Be(1200);
        ToolResult again = await Fedhe.DoAsync("kit", "join", Mine, PathOf("kits/north"), "--expect", DigestOf(result));
        again.Output.Should().Contain("https://fedhe.example/fedhe/v1").And.Contain(pin).And.Contain("1200 samples");
    }

    [Fact]
    public async Task Join_OfAFolderThatIsInAnotherJob_IsRefused()
    {
        await MakeAsync();
        string first = DigestOf(await ProvisionAsync("kits"));
        string second = DigestOf(await ProvisionAsync("others"));
        (await JoinAsync(PathOf("kits/north"), first)).ExitCode.Should().Be(ExitCodes.Done);

        ToolResult result = await JoinAsync(PathOf("others/north"), second);
        result.ExitCode.Should().Be(ExitCodes.Refused);
        result.Errors.Should().Contain("in another job already");
        JobFile.Read(Path.Combine(Mine, "party", PartyFiles.Job)).Digest.ToString().Should().Be(first);
        (await JoinAsync(PathOf("kits/north"), first)).ExitCode.Should().Be(ExitCodes.Done, "a client that was interrupted joins its job again");
    }

    [Fact]
    public async Task Card_OfAKit_IsACardForEverybody()
    {
        ToolResult made = await MakeAsync();
        byte[] bytes = await File.ReadAllBytesAsync(PathOf("north.card"));

        ClientCard.TryRead(bytes, out ClientCard? hosts).Should().BeTrue("an authority plans epochs with it");
        PartyCard folders = PartyCard.TryRead(bytes)!;
        foreach ((string name, string fingerprint) in ((string, string)[])[(hosts!.Client.Value, hosts.Fingerprint), (folders.Name, folders.Fingerprint)])
        {
            name.Should().Be("north");
            fingerprint.Should().Be(made.Json.GetProperty("fingerprint").GetString());
        }

        // The cards of folders and of hosts are the same bytes.
        folders.Write().Should().Equal(hosts.Write());
        hosts.Key.Equals(folders.Key).Should().BeTrue();
    }

    [Theory]
    [InlineData("pin")]
    [InlineData("key")]
    [InlineData("name")]
    [InlineData("fedhe")]
    public async Task Card_WithoutAPart_IsNone(string part)
    {
        await MakeAsync();
        var card = (JsonObject)JsonNode.Parse(await File.ReadAllBytesAsync(PathOf("north.card")))!;
        card.Remove(part).Should().BeTrue();
        await File.WriteAllTextAsync(PathOf("north.card"), card.ToJsonString());

        (await RunAsync("kits")).Errors.Should().Contain("is no card that 'fedhe kit new' made");
    }

    private async Task<ToolResult> MakeAsync()
    {
        ToolResult made = await Fedhe.DoAsync("kit", "new", Mine, "north", "--json");
        File.Copy(made.Json.GetProperty("card").GetString()!, PathOf("north.card"));
        return made;
    }

    private async Task<ToolResult> ProvisionAsync(string kits)
    {
        ToolResult result = await RunAsync(kits);
        result.ExitCode.Should().Be(ExitCodes.Done, result.Errors);
        return result;
    }

    private async Task<ToolResult> RunAsync(string kits)
    {
        SmallModel.Write(PathOf("start.safetensors"), 0, 0);
        await File.WriteAllTextAsync(PathOf("project.yaml"), """
            name: heart
            server: https://fedhe.example
            clients: { north: { samples: 1200, card: north.card }, south: , west: , east: }
            model: start.safetensors
            bound: 8
            """);
        return await Fedhe.RunAsync(["provision", PathOf("project.yaml"), "-o", PathOf(kits), "--json"]);
    }

    private Task<ToolResult> JoinAsync(string kit, string digest) => Fedhe.RunAsync(["kit", "join", Mine, kit, "--expect", digest]);

    private JsonObject PinsOfTheServer(string kits)
        => (JsonObject)JsonNode.Parse(File.ReadAllBytes(PathOf($"{kits}/server/{KitFiles.Settings}")))!["FedHe"]!["Jobs"]!["heart"]!["ClientKeys"]!;

    private static string DigestOf(ToolResult provisioned) => provisioned.Json.GetProperty("digest").GetString()!;

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);
}
