using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using FedHe.Hosting.Epochs;
using FedHe.Hosting.Folders;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>Administrators of a key authority: their kits, what they are asked, and what they sign.</summary>
public sealed class ApproveTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-approve-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Administrators_HaveKits_AndTheAuthorityKnowsTheirKeys()
    {
        ToolResult made = await ProvisionAsync();

        made.Json.GetProperty("approvals").GetInt32().Should().Be(2);
        string kit = KitOf("anna");
        Directory.GetFiles(kit, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(kit, file)).Should().BeEquivalentTo(
            KitFiles.Settings, KitFiles.Readme, KitFiles.Password, Path.Combine("party", PartyFiles.Job), Path.Combine("party", PartyFiles.Identity));
        JsonNode settings = JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(KitOf("authority"), KitFiles.Settings)))!["FedHe"]!;
        settings["Approvals"]!.GetValue<int>().Should().Be(2);
        settings["Administrators"]!.AsObject().Select(one => one.Key).Should().Equal("anna", "ben", "carla");
        JsonElement status = (await Fedhe.DoAsync("status", "--kit", KitOf("authority"), "--json")).Json;
        status.GetProperty("administrators").EnumerateArray().Select(one => one.GetString()).Should().Equal("anna", "ben", "carla");
        status.GetProperty("waiting").GetArrayLength().Should().Be(0);
        (await Fedhe.DoAsync("status", "--kit", kit, "--json")).Json.GetProperty("role").GetString().Should().Be("Administrator");
    }

    [Fact]
    public async Task Request_IsShownFirst_AndSignedWithTheFingerprintThatWasCompared()
    {
        await ProvisionAsync();
        FederationJob job = Job();
        string request = Ask(ApprovalRequest.OfGrant(job, new ClientId("north"), []));
        job.Roster.TryGetKey(new ClientId("north"), out VerificationKey? key).Should().BeTrue();
        string fingerprint = new ClientCard(new ClientId("north"), key!).Fingerprint;

        ToolResult shown = await Fedhe.RunAsync(["approve", request, "--kit", KitOf("anna")]);
        shown.ExitCode.Should().Be(ExitCodes.TryAgain);
        shown.Output.Should().Contain("Client north gets the key of epoch 1").And.Contain(fingerprint);
        shown.Errors.Should().Contain("Nothing is signed");
        ToolResult other = await Fedhe.RunAsync(["approve", request, "--kit", KitOf("anna"), "--expect", fingerprint, new string('0', 32)]);
        other.ExitCode.Should().Be(ExitCodes.Refused, "the client told another fingerprint than the request has");
        Directory.Exists(Path.Combine(KitOf("anna"), "approvals")).Should().BeFalse();

        ToolResult signed = await Fedhe.DoAsync("approve", request, "--kit", KitOf("anna"), "--expect", fingerprint, "--json");
        string approval = signed.Json.GetProperty("approvals").EnumerateArray().Single().GetString()!;
        (await StatusAsync()).GetProperty("missing").GetInt32().Should().Be(2, "it is not with the authority yet");
        Bring(approval);
        Bring(approval);
        JsonElement one = await StatusAsync();
        one.GetProperty("missing").GetInt32().Should().Be(1);
        one.GetProperty("approvedBy").EnumerateArray().Select(name => name.GetString()).Should().Equal("anna");
        one.GetProperty("others").EnumerateArray().Select(name => name.GetString()).Should().Equal("ben", "carla");
        (await Fedhe.DoAsync("status", "--kit", KitOf("authority"))).Output.Should().Contain("approved by anna; 1 more of ben, carla");
        Bring((await Fedhe.DoAsync("approve", request, "--kit", KitOf("carla"), "--expect", fingerprint.Replace(" ", string.Empty, StringComparison.Ordinal), "--json"))
            .Json.GetProperty("approvals").EnumerateArray().Single().GetString()!);
        (await StatusAsync()).GetProperty("missing").GetInt32().Should().Be(0);
    }

    [Fact]
    public async Task Plan_WhoseFileIsReplacedAfterTheLook_IsNotSigned()
    {
        await ProvisionAsync();
        FederationJob job = Job();
        using var five = ClientIdentity.Create(new ClientId("five"));
        ClientRoster joined = job.Roster.With([KeyValuePair.Create(five.Client, five.VerificationKey)], []);
        using GroupKeyAuthority authority = LoadAuthority(job);
        string request = Ask(ApprovalRequest.OfPlan(authority.DraftEpoch(job, joined), []));
        ToolResult shown = await Fedhe.RunAsync(["approve", request, "--kit", KitOf("anna"), "--json"]);
        shown.ExitCode.Should().Be(ExitCodes.TryAgain);
        string[] fingerprints = [.. shown.Json.GetProperty("fingerprints").EnumerateArray().Select(one => one.GetString()!)];
        fingerprints.Should().HaveCount(2, "of the client that joins, and of the plan").And.Contain(ClientCard.Of(five).Fingerprint);
        JsonElement asked = shown.Json.GetProperty("asked").EnumerateArray().Single();
        asked.GetProperty("what").GetString().Should().Be("Epoch 2 is planned");
        (Names(asked, "joining"), Names(asked, "leaving"), Names(asked, "retired")).Should().Be(("five", string.Empty, string.Empty));
        (await Fedhe.RunAsync(["approve", request, "--kit", KitOf("anna"), "--expect", ClientCard.Of(five).Fingerprint])).ExitCode.Should().Be(ExitCodes.TryAgain, "the plan was not compared");

        // Guard: a plan that lets the same client in, and does something else too, needs another comparison.
        EpochDraft other = authority.DraftEpoch(job, joined, [new ClientId("west")]);
        File.Copy(Ask(ApprovalRequest.OfPlan(other, [])), request, overwrite: true);
        ToolResult swapped = await Fedhe.RunAsync(["approve", request, "--kit", KitOf("anna"), "--expect", .. fingerprints]);

        swapped.ExitCode.Should().Be(ExitCodes.Refused);
        Directory.Exists(Path.Combine(KitOf("anna"), "approvals")).Should().BeFalse();
        request = Ask(ApprovalRequest.OfPlan(authority.DraftEpoch(job, joined), []));
        shown = await Fedhe.RunAsync(["approve", request, "--kit", KitOf("anna"), "--json"]);
        ToolResult signed = await Fedhe.DoAsync(["approve", request, "--kit", KitOf("anna"), "--expect", .. shown.Json.GetProperty("fingerprints").EnumerateArray().Select(one => one.GetString()!), "--json"]);
        signed.Json.GetProperty("asked").GetArrayLength().Should().Be(1);
        signed.Json.GetProperty("approvals").GetArrayLength().Should().Be(1);
    }

    [Fact]
    public async Task Heads_OfTheAuthoritysLog_AreKept_AndOneThatContradictsThemIsRefused()
    {
        await ProvisionAsync();
        FederationJob job = Job();
        job.Roster.TryGetKey(new ClientId("north"), out VerificationKey? key).Should().BeTrue();
        string fingerprint = new ClientCard(new ClientId("north"), key!).Fingerprint, heads = Path.Combine(KitOf("anna"), KitFiles.Party, PartyFiles.AuditHeads);
        using GroupKeyAuthority authority = LoadAuthority(job);
        AuditChain chain = authority.CreateAuditChain(job), other = authority.CreateAuditChain(job);
        chain.Append(DateTimeOffset.UnixEpoch, AuditKind.Began);
        other.Append(DateTimeOffset.UnixEpoch, AuditKind.Started);

        ToolResult without = await ApproveAsync(head: null);
        without.Json.GetProperty("withoutHead").GetInt32().Should().Be(1, "a request without a head is no evidence");
        (await ApproveAsync(chain.Head)).Json.GetProperty("withoutHead").GetInt32().Should().Be(0);
        (await ApproveAsync(chain.Head)).ExitCode.Should().Be(ExitCodes.Done);
        (await File.ReadAllLinesAsync(heads)).Should().Equal(chain.Head!.ToString());

        // Guard: the authority shows another beginning of its log than before.
        ToolResult anew = await ApproveAsync(other.Head);
        (anew.ExitCode, anew.Errors.Contains("was written anew", StringComparison.Ordinal)).Should().Be((ExitCodes.Refused, true));
        AuditHead.TryParse($"2.{new string('0', 64)}.{new string('0', 128)}", out AuditHead? forged).Should().BeTrue();
        (await ApproveAsync(forged)).Errors.Should().Contain("did not sign");
        (await File.ReadAllLinesAsync(heads)).Should().Equal(chain.Head.ToString());

        Task<ToolResult> ApproveAsync(AuditHead? head)
            => Fedhe.RunAsync(["approve", Ask(ApprovalRequest.OfGrant(job, new ClientId("north"), [], head)), "--kit", KitOf("anna"), "--expect", fingerprint, "--json"]);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("91")]
    public async Task Days_OutsideOfTheirRange_AreRefused(string days)
    {
        await ProvisionAsync();
        string request = Ask(ApprovalRequest.OfGrant(Job(), new ClientId("north"), []));

        (await Fedhe.RunAsync(["approve", request, "--kit", KitOf("anna"), "--days", days])).ExitCode.Should().Be(ExitCodes.WrongUsage);
    }

    [Fact]
    public async Task Request_OfAnotherJob_OrOfNobody_IsRefused()
    {
        await ProvisionAsync();
        FederationJob job = Job();
        await ProvisionAsync("others");
        string other = Ask(ApprovalRequest.OfGrant(Job("others"), new ClientId("north"), []));
        string garbage = PathOf("garbage");
        await File.WriteAllBytesAsync(garbage, new byte[500]);

        (await Fedhe.RunAsync(["approve", other, "--kit", KitOf("anna")])).Should().Match<ToolResult>(result => result.ExitCode == ExitCodes.Refused && result.Errors.Contains("not what the authority of this job could ask"));
        (await Fedhe.RunAsync(["approve", garbage, "--kit", KitOf("anna")])).Errors.Should().Contain("is no request");
        (await Fedhe.RunAsync(["approve", PathOf("nowhere"), "--kit", KitOf("anna")])).Errors.Should().Contain("There is no request");
        string own = Ask(ApprovalRequest.OfGrant(job, new ClientId("north"), []));
        (await Fedhe.RunAsync(["approve", own, "--kit", KitOf("north")])).Errors.Should().Contain("this command is for an administrator");
    }

    [Fact]
    public async Task Administrator_WhoseKeyNeverLeaves_ApprovesLikeTheOthers()
    {
        ToolResult card = await Fedhe.DoAsync("kit", "new", PathOf("mine"), "anna", "--administrator", "--json");
        ToolResult made = await ProvisionAsync(administrators: $"{{ anna: {{ card: {card.Json.GetProperty("card").GetString()} }}, ben: , carla: }}");
        Directory.GetFiles(KitOf("anna"), "*", SearchOption.AllDirectories).Should().NotContain(file => file.EndsWith(PartyFiles.Identity, StringComparison.Ordinal));
        (await Fedhe.DoAsync("provision", PathOf("project.yaml"), "-o", PathOf("again"))).Output.Should().Contain(card.Json.GetProperty("fingerprint").GetString());

        await Fedhe.DoAsync("kit", "join", PathOf("mine"), KitOf("anna"), "--expect", made.Json.GetProperty("digest").GetString()!);
        (await Fedhe.RunAsync(["kit", "join", PathOf("mine"), KitOf("ben"), "--expect", made.Json.GetProperty("digest").GetString()!])).ExitCode.Should().Be(ExitCodes.Refused);
        string request = Ask(ApprovalRequest.OfGrant(Job(), new ClientId("south"), []));
        ToolResult shown = await Fedhe.RunAsync(["approve", request, "--kit", PathOf("mine"), "--json"]);
        Bring((await Fedhe.DoAsync("approve", request, "--kit", PathOf("mine"), "--expect", shown.Json.GetProperty("fingerprints")[0].GetString()!, "--json"))
            .Json.GetProperty("approvals")[0].GetString()!);

        (await StatusAsync()).GetProperty("approvedBy").EnumerateArray().Select(name => name.GetString()).Should().Equal("anna");
    }

    [Theory]
    [InlineData("{ approvals: 4, administrators: [ anna, ben, carla ] }", "from 1 to the number of administrators, which is 3")]
    [InlineData("{ approvals: 0, administrators: [ anna ] }", "from 1 to the number")]
    [InlineData("{ administrators: [ anna ] }", "needs approvals and administrators")]
    [InlineData("{ approvals: 1, administrators: [ anna, Anna ] }", "there twice")]
    [InlineData("{ approvals: 1, administrators: [ north ] }", "there twice")]
    [InlineData("{ approvals: 1, administrators: [ server ] }", "cannot have the name")]
    [InlineData("{ approvals: 1, administrators: { anna: { card: project.yaml } } }", "is no card")]
    [InlineData("{ approvals: 1, admins: [ anna ] }", "has no key 'admins'")]
    public async Task Project_WhoseAuthorityCannotWork_IsRefusedAtItsLine(string authority, string message)
    {
        ToolResult result = await RunAsync("kits", authority);

        result.ExitCode.Should().Be(ExitCodes.Refused);
        result.Errors.Should().Contain(message).And.Contain("line 6");
    }

    private async Task<JsonElement> StatusAsync()
        => (await Fedhe.DoAsync("status", "--kit", KitOf("authority"), "--json")).Json.GetProperty("waiting").EnumerateArray().Single();

    private async Task<ToolResult> ProvisionAsync(string kits = "kits", string administrators = "[ anna, ben, carla ]")
    {
        ToolResult result = await RunAsync(kits, $"{{ approvals: 2, administrators: {administrators} }}");
        result.ExitCode.Should().Be(ExitCodes.Done, result.Errors);
        return result;
    }

    private async Task<ToolResult> RunAsync(string kits, string authority)
    {
        SmallModel.Write(PathOf("start.safetensors"), 0, 0);
        await File.WriteAllTextAsync(PathOf("project.yaml"), $"""
            name: heart
            server: https://fedhe.example
            clients: [ north, south, west, east ]
            model: start.safetensors
            bound: 8
            authority: {authority}
            """);
        return await Fedhe.RunAsync(["provision", PathOf("project.yaml"), "-o", PathOf(kits), "--json"]);
    }

    private FederationJob Job(string kits = "kits") => JobFile.Read(PathOf($"{kits}/authority/{KitFiles.Party}/{PartyFiles.Job}"));

    private string Ask(ApprovalRequest request)
    {
        string folder = Path.Combine(KitOf("authority"), KitFiles.Party, PartyFiles.ApprovalRequests);
        Directory.CreateDirectory(folder);
        var bytes = new ArrayBufferWriter<byte>();
        request.WriteTo(bytes);
        string path = Path.Combine(folder, $"{request.Subject.Digest}.request");
        File.WriteAllBytes(path, bytes.WrittenSpan);
        return path;
    }

    private void Bring(string approval)
    {
        string folder = Path.Combine(KitOf("authority"), KitFiles.Party, PartyFiles.Approvals);
        Directory.CreateDirectory(folder);
        File.Copy(approval, Path.Combine(folder, $"{Guid.NewGuid()}.approval"));
    }

    private static string Names(JsonElement asked, string what) => string.Join(' ', asked.GetProperty(what).EnumerateArray().Select(one => one.GetString()));

    private GroupKeyAuthority LoadAuthority(FederationJob job) => GroupKeyAuthority.Load(
        File.ReadAllBytes(Path.Combine(KitOf("authority"), KitFiles.Party, PartyFiles.AuthorityKeys)),
        new QuickProtector(File.ReadAllText(Path.Combine(KitOf("authority"), KitFiles.Password)).Trim()),
        job.RoundKeyParameters!,
        job.Roster,
        new RosterAuthenticator());

    private string KitOf(string party) => PathOf($"kits/{party}");

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);
}
