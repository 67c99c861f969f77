using System.Net;
using FedHe.Hosting.Epochs;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PartyFiles = FedHe.Hosting.Folders.PartyFiles;

namespace FedHe.Hosting.Tests.Parties;

/// <summary>What a key authority plans, and what it refuses to plan.</summary>
public sealed class EpochDeskTests : IDisposable
{
    private readonly SmallFederation _federation = new();

    public void Dispose() => _federation.Dispose();

    [Theory]
    [InlineData("{", "Malformed")]
    [InlineData("""{ "epoch": 2, "joins": {} }""", "Malformed")]
    [InlineData("""{ "leave": ["c4"] }""", "Malformed")]
    [InlineData("""{ "epoch": 2, "epoch": 3 }""", "Malformed")]
    [InlineData("""{ "epoch": 3 }""", "WrongNumber")]
    [InlineData("""{ "epoch": 1 }""", "WrongNumber")]
    [InlineData("""{ "epoch": 2, "join": { "..": "00" } }""", "ImpossibleName")]
    [InlineData("""{ "epoch": 2, "leave": ["c4", "c4"] }""", "NameTwice")]
    [InlineData("""{ "epoch": 2, "join": { "c1": "00" } }""", "AlreadyOnTheRoster")]
    [InlineData("""{ "epoch": 2, "leave": ["c5"] }""", "NotOnTheRoster")]
    [InlineData("""{ "epoch": 2, "join": { "c6": "00" } }""", "CardMissing")]
    [InlineData("""{ "epoch": 2, "join": { "c5": "" } }""", "FingerprintMissing")]
    [InlineData("""{ "epoch": 2, "join": { "c5": "0000 0000 0000 0000 0000 0000 0000 0000" } }""", "OtherFingerprint")]
    [InlineData("""{ "epoch": 2, "leave": ["c4"] }""", "TooFewMembers")]
    public async Task Request_ThatCannotBeMet_PlansNothing(string request, string reason)
    {
        _federation.Introduce("c5");
        await using TestServer server = await TestServer.StartAsync(_federation);
        using IHost authority = BuildAuthority(server);
        _federation.Request(request);
        await authority.StartAsync();
        await WaitForAsync(() => PartyHosts.LogOf(authority).Entries.Any(entry => entry.Event == 513));
        await authority.StopAsync();

        PartyHosts.LogOf(authority).Entries.Should().Contain(entry => entry.Event == 513 && entry.Text.Contains($"({reason})", StringComparison.Ordinal));
        _federation.HasAtTheAuthority(PartyFiles.EpochRequest).Should().BeFalse();
        _federation.HasAtTheAuthority(PartyFiles.PlanOf(2)).Should().BeFalse();
        (await File.ReadAllTextAsync(PathOf(PartyFiles.RefusedEpochRequest))).Should().Be(request);
    }

    [Fact]
    public async Task Request_WhoseCardIsAStrangers_PlansNothing()
    {
        ClientCard own = _federation.Introduce("c5");
        using var stranger = Orchestration.Identities.ClientIdentity.Create(own.Client);
        await File.WriteAllBytesAsync(PathOf(Path.Combine(PartyFiles.Cards, "c5.card")), ClientCard.Of(stranger).Write());

        (await TakeAsync($$"""{ "epoch": 2, "join": { "c5": "{{own.Fingerprint}}" } }""")).Should().Contain(513).And.Contain(514, "the operator sees what has come").And.NotContain(512);

        // Both cards have come, and the fingerprint that was compared chooses.
        await File.WriteAllBytesAsync(PathOf(Path.Combine(PartyFiles.Cards, "again.card")), own.Write());
        (await TakeAsync($$"""{ "epoch": 2, "join": { "c5": "{{own.Fingerprint}}" } }""")).Should().Contain(512);
        PlannedKeyOf("c5").Should().Be(own.Key);
    }

    [Fact]
    public async Task Authority_ThatEndedBehindThePlan_MakesNoOther()
    {
        const string Request = """{ "epoch": 2 }""";
        await TakeAsync(Request);
        byte[] plan = await File.ReadAllBytesAsync(PathOf(PartyFiles.PlanOf(2)));

        (await TakeAsync(Request)).Should().NotContain(512).And.NotContain(513);

        (await File.ReadAllBytesAsync(PathOf(PartyFiles.PlanOf(2)))).Should().Equal(plan);
        _federation.HasAtTheAuthority(PartyFiles.EpochRequest).Should().BeFalse();
    }

    [Fact]
    public async Task Authority_ThatEndedBetweenKeyAndPlan_PlansAgain()
    {
        const string Request = """{ "epoch": 2 }""";
        await TakeAsync(Request);
        File.Delete(PathOf(PartyFiles.PlanOf(2)));

        (await TakeAsync(Request)).Should().Contain(512);
    }

    [Fact]
    public async Task Authority_WhoseKeysAreOlderThanItsPlan_DoesNotStart()
    {
        // Guard: members would vote for an epoch whose key nobody has, and no later epoch could follow it.
        byte[] older = await File.ReadAllBytesAsync(PathOf(PartyFiles.AuthorityKeys));
        await TakeAsync("""{ "epoch": 2 }""");
        await File.WriteAllBytesAsync(PathOf(PartyFiles.AuthorityKeys), older);
        using IHost authority = PartyHosts.Build(_federation, "https://127.0.0.1:9/fedhe/v1", SmallFederation.Authority, Add);

        (await authority.Awaiting(one => one.StartAsync()).Should().ThrowAsync<HostingException>()).Which.Error.Should().Be(HostingError.FileRefused);
    }

    [Fact]
    public async Task Card_ThatCannotBeRead_IsMissing()
    {
        Directory.CreateDirectory(PathOf(PartyFiles.Cards));
        string locked = PathOf(Path.Combine(PartyFiles.Cards, "c5.card"));
        await using (new FileStream(locked, FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            (await TakeAsync("""{ "epoch": 2, "join": { "c5": "00" } }""")).Should().Contain(513);
        }
    }

    [Fact]
    public async Task Plan_InThePlaceOfAnother_HasToBeAskedFor()
    {
        ClientCard card = _federation.Introduce("c5");
        await TakeAsync("""{ "epoch": 2 }""");

        (await TakeAsync($$"""{ "epoch": 2, "join": { "c5": "{{card.Fingerprint}}" } }""")).Should().Contain(513);
        (await TakeAsync($$"""{ "epoch": 2, "join": { "c5": "{{card.Fingerprint}}" }, "again": true }""")).Should().Contain(512);
        PlannedKeyOf("c5").Should().Be(card.Key);
    }

    [Fact]
    public async Task Plan_IsTakenFromTheAuthorityAlone()
    {
        await TakeAsync("""{ "epoch": 2 }""");
        byte[] plan = await File.ReadAllBytesAsync(PathOf(PartyFiles.PlanOf(2)));
        byte[] forged = [.. plan];
        forged[^1] ^= 1;
        await using TestServer server = await TestServer.StartAsync(_federation);
        using HttpClient client = server.ConnectAs("c1");
        using HttpClient authority = server.ConnectAs(SmallFederation.Authority);

        (await client.PostAsync($"{server.PartyOf("c1")}/plan", plan)).StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await client.PostAsync($"{server.PartyOf(SmallFederation.Authority)}/plan", plan)).StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await authority.PostAsync($"{server.PartyOf(SmallFederation.Authority)}/plan", forged)).StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await authority.PostAsync($"{server.PartyOf(SmallFederation.Authority)}/plan", new byte[100])).StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await authority.PostAsync($"{server.PartyOf(SmallFederation.Authority)}/plan", plan)).StatusCode.Should().Be(HttpStatusCode.Accepted);
        (await authority.PostAsync($"{server.PartyOf(SmallFederation.Authority)}/plan", plan)).StatusCode.Should().Be(HttpStatusCode.Accepted, "it may come again");
        (await client.GetAsync(new Uri($"{server.PartyOf("c1")}/certificates/2"))).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }

    private string PathOf(string file) => Path.Combine(_federation.FolderOf(SmallFederation.Authority), file);

    private Orchestration.Identities.VerificationKey? PlannedKeyOf(string client)
    {
        Orchestration.Epochs.EpochPlan.TryRead(
            File.ReadAllBytes(PathOf(PartyFiles.PlanOf(2))), _federation.Job.Authority.ParametersId, out Orchestration.Epochs.EpochPlan? plan, out _).Should().BeTrue();
        return plan!.Roster.TryGetKey(new MLBridge.Identities.ClientId(client), out Orchestration.Identities.VerificationKey? key) ? key : null;
    }

    /// <summary>Runs the authority until it has taken a request, without a server, and returns what it logged.</summary>
    private async Task<IEnumerable<int>> TakeAsync(string request)
    {
        _federation.Request(request);
        using IHost authority = PartyHosts.Build(_federation, "https://127.0.0.1:9/fedhe/v1", SmallFederation.Authority, Add);
        await authority.StartAsync();
        await WaitForAsync(() => !_federation.HasAtTheAuthority(PartyFiles.EpochRequest));
        await authority.StopAsync();
        return PartyHosts.LogOf(authority).Entries.Select(entry => entry.Event);
    }

    private IHost BuildAuthority(TestServer server) => PartyHosts.Build(_federation, server.Address, SmallFederation.Authority, Add);

    private static void Add(IServiceCollection services, Microsoft.Extensions.Configuration.IConfigurationSection section)
        => services.AddFedHeKeyAuthority(section).Federation.AuthenticateByRosterAlone();
}
