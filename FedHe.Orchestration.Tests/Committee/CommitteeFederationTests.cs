using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Support;
using FedHe.TestKit.Machines;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>Federations whose sums a committee opens give the average, and go on without members and clients that stay away.</summary>
public sealed class CommitteeFederationTests
{
    [Theory]
    [InlineData(4, null, Weighting.Clear)]
    [InlineData(5, null, Weighting.Hidden)]
    [InlineData(6, null, Weighting.Clear)]
    [InlineData(7, null, Weighting.Clear)]
    [InlineData(12, new[] { 0, 3, 5, 8, 11 }, Weighting.Clear)]
    public async Task Federation_WholeJob_GivesTheAverage(int clients, int[]? members, Weighting weighting)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(
            new CommitteeOptions { Clients = clients, Members = members, Weighting = weighting });

        await bench.StartAsync();

        bench.CheckAverage(round: 2);
        bench.Ignored.Should().BeEmpty();
        bench.Refused.Should().BeEmpty();
        bench.Clients.Should().OnlyContain(client => client.Outcome == FederationOutcome.Completed && client.Release == ModelRelease.MayBePublished);
        bench.Reports.Should().HaveCount(2).And.OnlyContain(report => report.IsAggregated);
    }

    [MLKemFact(DisplayName = "Federation_WithKeysOfP256MLKem768_GivesTheAverage")]
    public async Task Federation_WithPostQuantumKeys_GivesTheAverage()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { KeyExchange = KeyExchange.P256MLKem768 });

        await bench.StartAsync();

        bench.CheckAverage(round: 2);
        bench.Ignored.Should().BeEmpty();
        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(7, 2)]
    public async Task Federation_WithoutAsManyMembersAsMayBeCorrupt_GivesTheAverage(int clients, int absent)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = clients, Quorum = clients - absent });

        await bench.StartAsync([.. Enumerable.Range(0, absent)]);
        await bench.PassDeadlineAsync();
        await bench.PassDeadlineAsync();

        bench.CheckAverage(round: 2, [.. Enumerable.Range(absent, clients - absent)]);
        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
    }

    [Fact]
    public async Task Round_WithoutAQuorumOfTheCommittee_DoesNotBegin()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 8, Members = [0, 1, 2, 3, 4], Quorum = 3 });

        await bench.StartAsync(0, 1);
        for (int i = 0; i < bench.Options.MaxAttempts; i++)
        {
            await bench.PassDeadlineAsync();
        }

        bench.Carried.Should().NotContain(carried => carried.Message is Invitation);
        bench.Server.Outcome.Should().Be(FederationOutcome.QuorumNotReached);
    }

    [Theory]
    [InlineData(MessageKind.MemberKey)]
    [InlineData(MessageKind.BoxReport)]
    [InlineData(MessageKind.ShareAnswer)]
    internal async Task Server_SaysWhatItAwaitsOfMembers(MessageKind kind)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Quorum = 4 });
        bench.Network = (message, client, bytes) => message.Kind == kind && client == bench.Name(2) ? null : bytes;

        await bench.StartAsync();

        bench.Server.AwaitedMembers.Should().Equal(new Dictionary<ClientId, MessageKind> { [bench.Name(2)] = kind });
        bench.Network = null;
        await bench.RunToEndAsync();
        bench.Server.AwaitedMembers.Should().BeEmpty();
    }

    [Fact]
    public async Task Server_SeesNeitherSharesNorTheSumOfRoundKeys()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync();

        await bench.StartAsync();

        bench.Carried.Should().Contain(carried => carried.Message is ShareAnswer);
        bench.Job.Authority.SchemeName.Should().Be("key-additive");
        bench.Keys.Should().OnlyContain(keys => !keys.HasKeyPair);
        bench.Keys[0].Invoking(keys => keys.CreateDecryptor()).Should().Throw<InvalidOperationException>();
    }
}
