using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using FedHe.Crypto.Identities;
using FedHe.Hosting.Approvals;
using FedHe.Hosting.Authorities;
using FedHe.Hosting.Epochs;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Parties;
using FedHe.Hosting.Tests.Support;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace FedHe.Hosting.Tests.Audit;

/// <summary>The audit log of a hosted key authority.</summary>
public sealed class AuthorityAuditTests : IDisposable
{
    private const string NoServer = "https://127.0.0.1:9/fedhe/v1";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly SmallFederation _federation = new();
    private readonly AdministratorIdentity _anna = AdministratorIdentity.Create("anna");

    private string LogPath => PathOf(PartyFiles.AuditLog);

    public void Dispose()
    {
        _federation.Dispose();
        _anna.Dispose();
    }

    [Fact]
    public async Task Grant_IsInTheLog_WithWhoApprovedIt_AndWithTheDigestThatTheServerHas()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using IHost authority = Build(server.Address, approvals: true);
        using IHost client = PartyHosts.Build(_federation, server.Address, "c1", (services, section) =>
        {
            services.AddKeyedSingleton<ILocalTrainer>(FedHeHostingExtensions.DefaultName, new SteadyTrainer("c1"));
            services.AddFedHeClient(section).StartFrom(_ => SmallModel.Initial);
        });
        await authority.StartAsync();
        await client.StartAsync();
        string folder = _federation.FolderOf(SmallFederation.Authority);
        await WaitForAsync(() => ApprovalFiles.ReadRequests(folder).Count == 1);
        ApprovalRequest request = ApprovalFiles.ReadRequests(folder).Single().Request;
        File.WriteAllBytes(PathOf($"{PartyFiles.Approvals}/anna"), BytesOf(Approval.Sign(request.Subject, DateTimeOffset.MaxValue, _anna)));
        await WaitForAsync(() => File.Exists(Path.Combine(_federation.FolderOf("c1"), PartyFiles.ClientKeysOf(1))));
        await client.StopAsync();
        await authority.StopAsync();

        AuditReport report = Verify();
        report.Faults.Should().BeEmpty();
        report.Entries.Select(entry => entry.Kind).Should().Equal(AuditKind.Began, AuditKind.Started, AuditKind.ApprovalsAwaited, AuditKind.KeysGranted);
        report.Entries[1].Find("administrators").Should().Be($"anna={Fingerprint("anna", _anna.VerificationKey).Replace(" ", string.Empty, StringComparison.Ordinal)}");
        (report.Entries[2].Find("client"), report.Entries[2].Find("missing"), report.Entries[2].Find("approvedBy")).Should().Be(("c1", "1", string.Empty));
        AuditEntry granted = report.Entries[3];
        (granted.Find("client"), granted.Find("approvedBy")).Should().Be(("c1", "anna"));
        granted.Find("fingerprint").Should().Be(Fingerprint("c1", _federation.Identities["c1"].VerificationKey));
        AuditReport servers = AuditLog.Verify(File.ReadAllBytes(Path.Combine(_federation.FolderOf("server"), PartyFiles.AuditLog)), _federation.Job);
        servers.Entries.Single(entry => entry.Kind == AuditKind.KeysGranted).Find("digest").Should().Be(granted.Find("digest"), "two parties say the same of one grant");

        // The request had the head of the log, which the administrator holds the log against.
        request.AuditHead!.IsOf(_federation.Job, AuditAuthor.Authority).Should().BeTrue();
        AuditLog.Verify(File.ReadAllBytes(LogPath), _federation.Job, AuditAuthor.Authority, request.AuditHead).VouchedFor.Should().Be(3);
    }

    [Fact]
    public async Task Plans_AndRefusals_AreInTheLog()
    {
        ClientCard card = _federation.Introduce("c5");
        await TakeAsync("""{ "epoch": 7 }""");
        await TakeAsync($$"""{ "epoch": 2, "join": { "c5": "{{card.Fingerprint}}" } }""");

        AuditReport report = Verify();
        report.Faults.Should().BeEmpty();
        report.Entries.Single(entry => entry.Kind == AuditKind.EpochRefused).Find("reason").Should().Be("WrongNumber");
        AuditEntry planned = report.Entries.Single(entry => entry.Kind == AuditKind.EpochPlanned);
        planned.Find("joining").Should().Be($"c5={card.Fingerprint.Replace(" ", string.Empty, StringComparison.Ordinal)}");
        (planned.Find("epoch"), planned.Find("leaving"), planned.Find("approvedBy")).Should().Be(("2", string.Empty, null));
        report.Entries.Count(entry => entry.Kind == AuditKind.Started).Should().Be(2);
    }

    [Fact]
    public async Task Log_OfTheAuthority_IsNotOneOfTheServer()
    {
        await StartAndStopAsync();

        AuditLog.Verify(File.ReadAllBytes(LogPath), _federation.Job).Faults.Select(fault => fault.Error).Should().OnlyContain(error => error == AuditError.BadSignature);
        AuditHead head = Verify().Head!;
        (head.IsOf(_federation.Job), head.IsOf(_federation.Job, AuditAuthor.Authority)).Should().Be((false, true));

        // What is signed has another label than what the server signs, so that one key for both would make no log of the one a log of the other.
        byte[] number = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, head.Number);
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(_federation.Job.Authority.VerificationKey.Encoded, out _);
        byte[] signed = [.. "FedHe authority audit entry v1\0"u8, .. BytesOf(_federation.Job.Digest), .. number, .. BytesOf(head.Digest)];
        key.VerifyData(signed, Convert.FromHexString(head.ToString().Split('.')[2]), HashAlgorithmName.SHA256).Should().BeTrue();
    }

    [Theory]
    [InlineData("change")]
    [InlineData("remove")]
    [InlineData("cut two")]
    [InlineData("server")]
    public async Task Log_ThatSomebodyHandled_StopsTheAuthority(string how)
    {
        await StartAndStopAsync();
        await StartAndStopAsync();
        string[] lines = await File.ReadAllLinesAsync(LogPath);
        lines.Should().HaveCount(3, "the first process writes two entries");
        switch (how)
        {
            case "change":
                lines[1] = lines[1].Replace("Started", "Resumed", StringComparison.Ordinal);
                break;
            case "remove":
                lines = [lines[0], lines[2]];
                break;
            case "cut two":
                lines = [lines[0]];
                break;
            default:
                using (var server = ServerIdentity.Load(await File.ReadAllBytesAsync(Path.Combine(_federation.FolderOf("server"), PartyFiles.Identity)), _federation.Protector))
                {
                    lines = [Encoding.UTF8.GetString(new AuditChain(_federation.Job, server).Append(DateTimeOffset.UnixEpoch, AuditKind.Began)).TrimEnd('\n')];
                }

                break;
        }

        await File.WriteAllTextAsync(LogPath, string.Concat(lines.Select(line => $"{line}\n")));
        using IHost authority = Build(NoServer);

        (await authority.Awaiting(one => one.StartAsync()).Should().ThrowAsync<HostingException>()).Which.Error.Should().Be(HostingError.FileRefused);
    }

    [Fact]
    public async Task Log_WhoseLastEntryIsTornOrGone_IsMended()
    {
        await StartAndStopAsync();
        byte[] whole = await File.ReadAllBytesAsync(LogPath);
        await File.WriteAllBytesAsync(LogPath, whole[..^7]);

        await StartAndStopAsync();

        AuditReport report = Verify();
        report.Faults.Should().BeEmpty();
        report.Entries.Select(entry => entry.Kind).Should().Equal(AuditKind.Began, AuditKind.Started, AuditKind.Repaired, AuditKind.Started);
    }

    [Fact]
    public async Task Plan_WithoutAnEntryOnTheDisk_DoesNotLeave()
    {
        // Guard: the entry is written first. Its file is taken away while the authority runs.
        await using TestServer server = await TestServer.StartAsync(_federation);
        using IHost authority = Build(server.Address);
        await authority.StartAsync();
        File.Delete(LogPath);
        Directory.CreateDirectory(LogPath);
        _federation.Request("""{ "epoch": 2 }""");
        await WaitForAsync(() => authority.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);

        (await authority.Awaiting(one => one.StopAsync()).Should().ThrowAsync<HostingException>()).Which.Error.Should().Be(HostingError.FolderNotWritable);
        _federation.HasAtTheAuthority(PartyFiles.PlanOf(2)).Should().BeFalse();
        _federation.HasAtTheAuthority(PartyFiles.EpochRequest).Should().BeTrue();
    }

    [Fact]
    public async Task Grant_WithoutAnEntryOnTheDisk_DoesNotLeave()
    {
        // Guard: the entry is written first. Its file is taken away while a request waits for an approval.
        await using TestServer server = await TestServer.StartAsync(_federation);
        using HttpClient client = server.ConnectAs("c1");
        using var asked = new KeyRequest(_federation.Job, _federation.Identities["c1"]);
        (await client.PostAsync(server.MessagesOf("c1"), asked.Bytes)).StatusCode.Should().Be(HttpStatusCode.Accepted);
        using IHost authority = Build(server.Address, approvals: true);
        await authority.StartAsync();
        await WaitForAsync(() => ApprovalFiles.ReadRequests(_federation.FolderOf(SmallFederation.Authority)).Count == 1);
        ApprovalSubject subject = ApprovalFiles.ReadRequests(_federation.FolderOf(SmallFederation.Authority)).Single().Request.Subject;
        File.Delete(LogPath);
        Directory.CreateDirectory(LogPath);
        File.WriteAllBytes(PathOf($"{PartyFiles.Approvals}/anna"), BytesOf(Approval.Sign(subject, DateTimeOffset.MaxValue, _anna)));
        await WaitForAsync(() => authority.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);

        (await authority.Awaiting(one => one.StopAsync()).Should().ThrowAsync<HostingException>()).Which.Error.Should().Be(HostingError.FolderNotWritable);
        (await client.GetAsync(new Uri($"{server.MessagesOf("c1")}/next?wait=0"))).StatusCode.Should().Be(HttpStatusCode.NoContent);
    }

    /// <summary>An approval that ends between its count and the signature has to be given again, and what was asked goes on to be asked.</summary>
    [Fact]
    public void Plan_WhoseApprovalEndsBeforeItIsSigned_Waits()
    {
        _federation.Request("""{ "epoch": 2 }""");
        var time = new EndingTime();
        using ServiceProvider services = Services();
        using PartyFolder folder = PartyFolder.Open(_federation.FolderOf(SmallFederation.Authority));
        using PartyProtector protector = PartyProtector.Open(services, "small", passwordFile: null);
        using AuthorityKeys keys = AuthorityKeys.Load(folder, _federation.Job, protector, "small", services);
        EpochFiles epochs = EpochFiles.Read(folder, _federation.Job);
        AuthorityAudit audit = AuthorityAudit.Open(folder, _federation.Job, keys, epochs, rules: null, TimeProvider.System);
        var approvals = new ApprovalDesk(folder, epochs, audit, NullLogger.Instance);
        var gate = new ApprovalGate(_federation.Job, new ApprovalRules(1, [KeyValuePair.Create("anna", _anna.VerificationKey)]), approvals, time);
        keys.Demand(gate);
        var desk = new EpochDesk(folder, protector, epochs, keys, approvals, gate, audit, NullLogger.Instance);
        desk.TakeRequest();
        ApprovalSubject subject = ApprovalFiles.ReadRequests(folder.Location).Single().Request.Subject;
        File.WriteAllBytes(PathOf($"{PartyFiles.Approvals}/anna"), BytesOf(Approval.Sign(subject, time.End, _anna)));
        approvals.Refresh(force: true);

        time.Left = 1;
        desk.TakeRequest();

        _federation.HasAtTheAuthority(PartyFiles.PlanOf(2)).Should().BeFalse();
        _federation.HasAtTheAuthority(PartyFiles.EpochRequest).Should().BeTrue("the operator wants it still");
        Verify().Entries.Should().NotContain(entry => entry.Kind == AuditKind.EpochRefused);
        time.Left = 2;
        desk.TakeRequest();
        _federation.HasAtTheAuthority(PartyFiles.PlanOf(2)).Should().BeTrue();
    }

    [Fact]
    public void Grant_ForANewRequest_HasAnEntry_HoweverManyOldOnesCameBefore()
    {
        // Guard: a server that sends an old request again and again hides no grant for a request that somebody else made.
        var c1 = new ClientId("c1");
        byte[] old = [1], stolen = [2];
        Note(audit => Enumerable.Range(0, 40).ToList().ForEach(_ => audit.NoteAnswer(old, c1, Granted(c1, 7))), audit => audit.NoteAnswer(stolen, c1, Granted(c1, 8)));

        AuditEntry[] granted = [.. Verify().Entries.Where(entry => entry.Kind == AuditKind.KeysGranted)];
        granted.Should().HaveCount(17, "entries alike are limited");
        granted[^1].Find("digest").Should().Be(Digest.Compute([8]).ToString());
    }

    [Fact]
    public void Refusals_OfNamesThatNobodyVerified_AreFewInTheLog()
    {
        // Guard: a server that invents names, or sends requests with wrong signatures, fills no disk.
        var reasons = new[] { KeyRefusalReason.UnknownClient, KeyRefusalReason.BadSignature, KeyRefusalReason.UnknownKey, KeyRefusalReason.WrongJob };
        Note(audit =>
        {
            foreach (int i in Enumerable.Range(0, 100))
            {
                var invented = new ClientId($"x{i}");
                Array.ForEach(reasons, reason => audit.NoteAnswer([1], invented, new AuthorityStep { Answer = new byte[] { 1 }, Client = invented, Refusal = reason }));
            }

            foreach (string name in PartyNames.Clients)
            {
                var client = new ClientId(name);
                audit.NoteAnswer([1], client, new AuthorityStep { Answer = new byte[] { 1 }, Client = client, Refusal = KeyRefusalReason.NotAuthenticated });
            }
        });

        ILookup<string?, AuditEntry> refused = Verify().Entries.Where(entry => entry.Kind == AuditKind.KeysRefused).ToLookup(entry => entry.Find("reason"));
        Array.ForEach(reasons, reason => refused[reason.ToString()].Should().HaveCount(16));
        refused[nameof(KeyRefusalReason.NotAuthenticated)].Select(entry => entry.Find("client")).Should().Equal(PartyNames.Clients, "their signatures were verified");
    }

    [Fact]
    public async Task Log_ThatWasTakenAway_BeginsAnewAndSaysSo()
    {
        await StartAndStopAsync();
        Verify().Entries[0].Find("log").Should().Be("first");
        File.Delete(LogPath);
        File.Delete(PathOf(PartyFiles.NewestAudit));

        await StartAndStopAsync();

        Verify().Faults.Should().BeEmpty();
        Verify().Entries[0].Find("log").Should().Be("an earlier one is gone");
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }

    private static string Fingerprint(string name, VerificationKey key) => new ClientCard(new ClientId(name), key).Fingerprint;

    private static byte[] BytesOf(Digest digest) => Convert.FromHexString(digest.ToString());

    private static byte[] BytesOf(Approval approval)
    {
        var bytes = new ArrayBufferWriter<byte>();
        approval.WriteTo(bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private AuthorityStep Granted(ClientId client, byte answer) => new()
    {
        Answer = new[] { answer },
        Client = client,
        Refusal = null,
        KeyId = _federation.Job.Authority.KeyId,
        ClientKey = _federation.Identities[client.Value].VerificationKey,
    };

    /// <summary>Makes entries in the log of the authority, without a host.</summary>
    private void Note(params Action<AuthorityAudit>[] notes)
    {
        using ServiceProvider services = Services();
        using PartyFolder folder = PartyFolder.Open(_federation.FolderOf(SmallFederation.Authority));
        using PartyProtector protector = PartyProtector.Open(services, "small", passwordFile: null);
        using AuthorityKeys keys = AuthorityKeys.Load(folder, _federation.Job, protector, "small", services);
        AuthorityAudit audit = AuthorityAudit.Open(folder, _federation.Job, keys, EpochFiles.Read(folder, _federation.Job), rules: null, TimeProvider.System);
        Array.ForEach(notes, note => note(audit));
    }

    private ServiceProvider Services() => new ServiceCollection()
        .AddSingleton<ISecretProtector>(_federation.Protector)
        .AddKeyedSingleton<IClientAuthenticator>("small", new RosterAuthenticator())
        .BuildServiceProvider();

    private AuditReport Verify() => AuditLog.Verify(File.ReadAllBytes(LogPath), _federation.Job, AuditAuthor.Authority);

    private string PathOf(string file) => Path.Combine(_federation.FolderOf(SmallFederation.Authority), file);

    private async Task StartAndStopAsync()
    {
        using IHost authority = Build(NoServer);
        await authority.StartAsync();
        await authority.StopAsync();
    }

    /// <summary>Runs the authority until it has taken a request, without a server.</summary>
    private async Task TakeAsync(string request)
    {
        _federation.Request(request);
        using IHost authority = Build(NoServer);
        await authority.StartAsync();
        await WaitForAsync(() => !_federation.HasAtTheAuthority(PartyFiles.EpochRequest));
        await authority.StopAsync();
    }

    private IHost Build(string server, bool approvals = false) => PartyHosts.Build(
        _federation,
        server,
        SmallFederation.Authority,
        (services, section) => services.AddFedHeKeyAuthority(section).Federation.AuthenticateByRosterAlone(),
        settings =>
        {
            if (approvals)
            {
                settings["FedHe:Approvals"] = "1";
                settings["FedHe:Administrators:anna"] = Convert.ToBase64String(_anna.VerificationKey.Encoded);
            }
        });

    /// <summary>A clock answers a number of questions with a time before an end, and all later ones with a time behind it.</summary>
    private sealed class EndingTime : TimeProvider
    {
        public DateTimeOffset End { get; } = DateTimeOffset.UnixEpoch.AddYears(60);

        public int Left { get; set; }

        public override DateTimeOffset GetUtcNow() => Left-- > 0 ? End.AddHours(-1) : End.AddHours(1);
    }
}
