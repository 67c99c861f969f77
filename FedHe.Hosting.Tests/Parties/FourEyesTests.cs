using System.Buffers;
using FedHe.Hosting.Approvals;
using FedHe.Hosting.Epochs;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Tests.Support;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.DependencyInjection;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace FedHe.Hosting.Tests.Parties;

/// <summary>A key authority of which two of three administrators must approve what it grants and plans.</summary>
public sealed class FourEyesTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly List<AdministratorIdentity> _administrators = [.. new[] { "anna", "ben", "carla" }.Select(AdministratorIdentity.Create)];
    private SmallFederation _federation = new();
    private int _dropped;

    private string Folder => _federation.FolderOf(SmallFederation.Authority);

    public void Dispose()
    {
        _federation.Dispose();
        _administrators.ForEach(one => one.Dispose());
    }

    [Theory]
    [InlineData(JobMode.Committee)]
    [InlineData(JobMode.RoundKeys)]
    public async Task Clients_WaitForTheirKeys_UntilEnoughAdministratorsHaveApproved(JobMode mode)
    {
        _federation.Dispose();
        _federation = new SmallFederation(mode);
        await using TestServer server = await TestServer.StartAsync(_federation);
        IHost authority = BuildAuthority(server.Address);
        List<IHost> clients = [.. new[] { "c1", "c2" }.Select(name => BuildClient(server, name))];
        try
        {
            await authority.StartAsync();
            await Task.WhenAll(clients.Select(client => client.StartAsync()));
            await WaitForAsync(() => ApprovalFiles.ReadRequests(Folder).Count == 2);
            ApprovalFiles.ReadRequests(Folder).Select(one => one.Request.Subject).Should().Equal(Grant("c1"), Grant("c2"));

            // One administrator, however often, and two for somebody else, are not two.
            Drop(Grant("c1"), "anna", "anna");
            Drop(Grant("c3"), "anna", "ben");
            await WaitForAsync(() => HasLogged(authority, 530, "Approved by: anna;"));
            HasKeys("c1").Should().BeFalse();

            // The authority that was restarted asks again when the client does, and finds what was approved before.
            await authority.StopAsync();
            authority.Dispose();
            authority = BuildAuthority(server.Address);
            await authority.StartAsync();
            Drop(Grant("c1"), "carla");
            await RestartAsync(server, clients, 0);
            await WaitForAsync(() => HasKeys("c1"));

            HasKeys("c2").Should().BeFalse("nobody has approved it");
            await WaitForAsync(() => ApprovalFiles.ReadRequests(Folder).Select(one => one.Request.Subject).SequenceEqual([Grant("c2")]));
            Drop(Grant("c2"), "ben", "carla");
            await RestartAsync(server, clients, 1);
            await WaitForAsync(() => HasKeys("c2"));
            await WaitForAsync(() => ApprovalFiles.ReadRequests(Folder).Count == 0);
        }
        finally
        {
            foreach (IHost host in clients.Append(authority))
            {
                await host.StopAsync();
                host.Dispose();
            }
        }
    }

    [Fact]
    public async Task Plan_WaitsForAdministrators_AlsoWhenTheAuthorityIsRestarted()
    {
        ClientCard card = _federation.Introduce("c5");
        string request = $$"""{ "epoch": 2, "join": { "c5": "{{card.Fingerprint}}" } }""";
        _federation.Request(request);
        EpochDraft draft = await RunUntilAsync(() => Asked() is not null, () => Asked()!);
        draft.Roster.TryGetKey(new ClientId("c5"), out VerificationKey? key).Should().BeTrue();
        key.Should().Be(card.Key);

        Drop(ApprovalSubject.OfPlan(draft), "ben", "ben");
        await RunUntilAsync(authority => HasLogged(authority, 530, "Approved by: ben;"));
        _federation.HasAtTheAuthority(PartyFiles.EpochRequest).Should().BeTrue("it waits");
        _federation.HasAtTheAuthority(PartyFiles.PlanOf(2)).Should().BeFalse();
        Asked()!.Digest.Should().Be(draft.Digest, "another draft would need other approvals");

        Drop(ApprovalSubject.OfPlan(draft), "anna");
        await RunUntilAsync(_ => !_federation.HasAtTheAuthority(PartyFiles.EpochRequest) && Asked() is null);
        EpochPlan.TryRead(await File.ReadAllBytesAsync(Path.Combine(Folder, PartyFiles.PlanOf(2))), _federation.Job.Authority.ParametersId, out EpochPlan? plan, out _).Should().BeTrue();
        plan!.Roster.TryGetKey(new ClientId("c5"), out _).Should().BeTrue();
        plan.Check(_federation.Job);
    }

    [Fact]
    public async Task Plan_OfAnotherRequest_NeedsOtherApprovals_AndOneThatIsTakenAwayIsAskedNoMore()
    {
        _federation.Request("""{ "epoch": 2 }""");
        EpochDraft first = await RunUntilAsync(() => Asked() is not null, () => Asked()!);
        Drop(ApprovalSubject.OfPlan(first), "anna", "ben");

        // The operator puts another request in its place before the authority looks again.
        ClientCard card = _federation.Introduce("c5");
        _federation.Request($$"""{ "epoch": 2, "join": { "c5": "{{card.Fingerprint}}" } }""");
        await RunUntilAsync(_ => Asked() is EpochDraft other && other.Digest != first.Digest);
        _federation.HasAtTheAuthority(PartyFiles.PlanOf(2)).Should().BeFalse();

        File.Delete(Path.Combine(Folder, PartyFiles.EpochRequest));
        await RunUntilAsync(_ => Asked() is null);
        _federation.HasAtTheAuthority(PartyFiles.PlanOf(2)).Should().BeFalse();
    }

    [Fact]
    public async Task Epoch_WithApprovals_Begins_AndItsKeyIsGrantedToWhomAdministratorsApprove()
    {
        _federation.Dispose();
        _federation = new SmallFederation(rounds: 5);
        await using TestServer server = await TestServer.StartAsync(_federation);
        using IHost authority = BuildAuthority(server.Address);
        List<IHost> clients = [.. PartyNames.Clients.Select(name => BuildClient(server, name))];
        try
        {
            await authority.StartAsync();
            foreach (string name in PartyNames.Clients)
            {
                Drop(Grant(name), "anna", "carla");
            }

            _federation.Request("""{ "epoch": 2 }""");
            await WaitForAsync(() => Asked() is not null);

            // A request for a grant that waits, as for a client that is away.
            string stale = Path.Combine(Folder, PartyFiles.ApprovalRequests, "grant-c-9-1-0123456789abcdef.request");
            var waiting = new ArrayBufferWriter<byte>();
            ApprovalRequest.OfGrant(_federation.Job, new ClientId("c4"), []).WriteTo(waiting);
            await File.WriteAllBytesAsync(stale, waiting.WrittenSpan.ToArray());
            Drop(ApprovalSubject.OfPlan(Asked()!), "anna", "carla");
            await WaitForAsync(() => HasLogged(authority, 515, "epoch 2."));
            await Task.WhenAll(clients.Select(client => client.StartAsync()));
            await WaitForAsync(() => HasLogged(authority, 517, "Epoch 2 "));
            await WaitForAsync(() => !File.Exists(stale));

            // The approvals of the first epoch do not count for its key.
            await WaitForAsync(() => ApprovalFiles.ReadRequests(Folder).Count == PartyNames.Clients.Count);
            foreach ((string _, ApprovalRequest request) in ApprovalFiles.ReadRequests(Folder))
            {
                request.Check(_federation.Job).EpochNumber.Should().Be(2);
                Drop(request.Subject, "anna", "carla");
            }

            await WaitForAsync(() => PartyNames.Clients.All(name => File.Exists(Path.Combine(_federation.FolderOf(name), PartyFiles.ClientKeysOf(2)))));
        }
        finally
        {
            foreach (IHost host in clients.Append(authority))
            {
                await host.StopAsync();
            }

            clients.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public async Task Grant_ThatTheHostRefuses_IsAskedNoMore()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using IHost authority = BuildAuthority(server.Address, mayHaveKeys: _ => false);
        using IHost client = BuildClient(server, "c1");
        await authority.StartAsync();
        await client.StartAsync();
        await WaitForAsync(() => ApprovalFiles.ReadRequests(Folder).Count == 1);

        Drop(Grant("c1"), "anna", "ben");

        await WaitForAsync(() => ApprovalFiles.ReadRequests(Folder).Count == 0);
        HasKeys("c1").Should().BeFalse();
        await authority.StopAsync();

        // The client may have read the refusal by now, which ends it.
        Exception? ended = await Record.ExceptionAsync(() => client.StopAsync());
        (ended is null or HostingException).Should().BeTrue();
    }

    [Fact]
    public async Task Draft_StaysTheSame_WhenItsRequestIsMovedAway()
    {
        _federation.Request("""{ "epoch": 2 }""");
        EpochDraft first = await RunUntilAsync(() => Asked() is not null, () => Asked()!);

        File.Delete(Path.Combine(Folder, ApprovalFiles.NameOfPlan(2)));
        EpochDraft again = await RunUntilAsync(() => Asked() is not null, () => Asked()!);

        again.Digest.Should().Be(first.Digest, "approvals of the first one are under way");
    }

    [Fact]
    public void Approvals_ThatAreNoRegularFiles_OrTooLong_AreNotOpened()
    {
        Drop(Grant("c1"), "anna");
        string approvals = Path.Combine(Folder, PartyFiles.Approvals);
        File.WriteAllBytes(Path.Combine(approvals, "long"), new byte[Approval.MaxLength + 1]);
        File.WriteAllBytes(Path.Combine(approvals, "empty"), []);
        if (!OperatingSystem.IsWindows())
        {
            // Guard: a link has a length of its own, and who opens a pipe waits until somebody writes into it.
            File.WriteAllBytes(Path.Combine(Folder, "huge"), new byte[100_000]);
            File.CreateSymbolicLink(Path.Combine(approvals, "link"), Path.Combine(Folder, "huge"));
            using var made = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(approvals, "pipe")]);
            made.WaitForExit();
            made.ExitCode.Should().Be(0);
        }

        ApprovalFiles.ReadApprovals(Folder).Should().ContainSingle();
    }

    [Fact]
    public void Requests_OfNamesThatDifferInCapitals_HaveFilesOfTheirOwn()
    {
        using var lower = ClientIdentity.Create(new ClientId("north"));
        using var upper = ClientIdentity.Create(new ClientId("North"));
        FederationJob job = _federation.Job;
        var both = new FederationJob(
            job.JobId, job.Authority, job.ServerKey, ClientRoster.Of([.. _federation.Identities.Values, lower, upper]), job.Terms, job.InitialModelDigest, job.Settings, committee: job.Committee, update: job.Update);

        ApprovalFiles.NameOf(ApprovalSubject.OfGrant(both, lower.Client)).Should().NotBeEquivalentTo(ApprovalFiles.NameOf(ApprovalSubject.OfGrant(both, upper.Client)));
    }

    [Theory]
    [InlineData(-1, "anna")]
    [InlineData(3, "anna ben")]
    [InlineData(0, "anna")]
    [InlineData(1, "")]
    [InlineData(1, "anna+ben")]
    [InlineData(1, "ben=no key")]
    public async Task Options_ThatCannotWork_AreRefusedAtTheStart(int approvals, string administrators)
    {
        using IHost authority = BuildAuthority("https://127.0.0.1:9/fedhe/v1", settings =>
        {
            settings.Keys.Where(key => key.StartsWith("FedHe:Administrators:", StringComparison.Ordinal)).ToList().ForEach(key => settings.Remove(key));
            settings["FedHe:Approvals"] = approvals.ToString(System.Globalization.CultureInfo.InvariantCulture);
            foreach (string one in administrators.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(one => !one.Contains('=')))
            {
                settings[$"FedHe:Administrators:{one}"] = KeyOf(_administrators[one.Length % 3]);
            }

            if (administrators.Contains('='))
            {
                settings["FedHe:Administrators:ben"] = "no key";
            }
        });

        await authority.Awaiting(one => one.StartAsync()).Should().ThrowAsync<OptionsValidationException>();
    }

    [Fact]
    public async Task Administrator_WithTheKeyOfAClient_IsRefusedAtTheStart()
    {
        using IHost authority = BuildAuthority(
            "https://127.0.0.1:9/fedhe/v1", settings => settings["FedHe:Administrators:dora"] = Convert.ToBase64String(_federation.Identities["c1"].VerificationKey.Encoded));

        (await authority.Awaiting(one => one.StartAsync()).Should().ThrowAsync<HostingException>()).Which.Error.Should().Be(HostingError.ApprovalsRefused);
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }

    private static bool HasLogged(IHost host, int logEvent, string words)
        => PartyHosts.LogOf(host).Entries.Any(entry => entry.Event == logEvent && entry.Text.Contains(words, StringComparison.Ordinal));

    private static string KeyOf(AdministratorIdentity administrator) => Convert.ToBase64String(administrator.VerificationKey.Encoded);

    private ApprovalSubject Grant(string client) => ApprovalSubject.OfGrant(_federation.Job, new ClientId(client));

    private bool HasKeys(string client) => File.Exists(Path.Combine(_federation.FolderOf(client), PartyFiles.ClientKeysOf(1)));

    private EpochDraft? Asked() => ApprovalFiles.ReadRequests(Folder).Select(one => one.Request.Draft).SingleOrDefault(draft => draft is not null);

    /// <summary>Puts approvals of administrators into the folder of the authority, as somebody brings them.</summary>
    private void Drop(ApprovalSubject subject, params string[] names)
    {
        string folder = Path.Combine(Folder, PartyFiles.Approvals);
        Directory.CreateDirectory(folder);
        foreach (string name in names)
        {
            var bytes = new ArrayBufferWriter<byte>();
            Approval.Sign(subject, DateTimeOffset.MaxValue, _administrators.Single(one => one.Name == name)).WriteTo(bytes);
            File.WriteAllBytes(Path.Combine(folder, $"{++_dropped}.approval"), bytes.WrittenSpan);
        }
    }

    /// <summary>Runs the authority beside a server until something is so.</summary>
    private async Task RunUntilAsync(Func<IHost, bool> condition)
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using IHost authority = BuildAuthority(server.Address);
        await authority.StartAsync();
        await WaitForAsync(() => condition(authority));
        await authority.StopAsync();
    }

    private async Task<T> RunUntilAsync<T>(Func<bool> condition, Func<T> result)
    {
        await RunUntilAsync(_ => condition());
        return result();
    }

    /// <summary>Starts a client again, which asks for its keys at once and not after a minute.</summary>
    private async Task RestartAsync(TestServer server, List<IHost> clients, int index)
    {
        await clients[index].StopAsync();
        clients[index].Dispose();
        clients[index] = BuildClient(server, PartyNames.Clients[index]);
        await clients[index].StartAsync();
    }

    private IHost BuildAuthority(string address, Action<Dictionary<string, string?>>? change = null, Func<ClientId, bool>? mayHaveKeys = null) => PartyHosts.Build(
        _federation,
        address,
        SmallFederation.Authority,
        (services, section) => _federation.UseScheme(Authenticate(services.AddFedHeKeyAuthority(section).Federation, mayHaveKeys)),
        settings =>
        {
            settings["FedHe:Approvals"] = "2";
            _administrators.ForEach(one => settings[$"FedHe:Administrators:{one.Name}"] = KeyOf(one));
            change?.Invoke(settings);
        });

    private static FederationBuilder Authenticate(FederationBuilder federation, Func<ClientId, bool>? mayHaveKeys)
    {
        if (mayHaveKeys is null)
        {
            return federation.AuthenticateByRosterAlone();
        }

        federation.Services.AddKeyedSingleton<IClientAuthenticator>(federation.Name, new Judge(mayHaveKeys));
        return federation;
    }

    private IHost BuildClient(TestServer server, string name) => PartyHosts.Build(_federation, server.Address, name, (services, section) =>
    {
        services.AddKeyedSingleton<ILocalTrainer>(FedHeHostingExtensions.DefaultName, new SteadyTrainer(name));
        _federation.UseScheme(services.AddFedHeClient(section).StartFrom(_ => SmallModel.Initial).Federation);
    });
}
