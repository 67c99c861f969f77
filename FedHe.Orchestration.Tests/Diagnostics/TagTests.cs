using System.Collections.Concurrent;
using System.Diagnostics;
using FedHe.Crypto;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Transport;
using FedHe.Orchestration.Transport;

namespace FedHe.Orchestration.Tests.Diagnostics;

public sealed class TagTests
{
    private static readonly string[] OfClients =
        ["fedhe.train.duration", "fedhe.encrypt.duration", "fedhe.fold.duration", "fedhe.decrypt.duration", "fedhe.uploads.accepted", "fedhe.upload.size"];

    [Fact]
    public async Task Measurements_OfAWholeJob_NameJobRoundAndClientInTheContainersMeter()
    {
        using var factory = new MeasuredFactory();
        var activities = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == InstrumentNames.Source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using HeContext context = Schemes.Create("plain");
        using InProcessFederation federation = await InProcessFederation.CreateAsync(
            InProcessFederationTests.Setup(context, InProcessFederationTests.Trainers(3)) with { MeterFactory = factory });
        int rounds = 0;
        await foreach (RoundResult result in federation.RunAsync())
        {
            rounds++;
        }

        string job = federation.Job.JobId.ToString();
        string[] clients = [.. federation.Clients.Select(client => client.Client.Value)];
        factory.Measured.Should().OnlyContain(one => job.Equals(one.Tags["job"]));
        factory.MeasuredElsewhere.Should().NotContain(one => job.Equals(one.Tags.GetValueOrDefault("job")));
        foreach (string name in OfClients)
        {
            factory.Measured.Where(one => one.Name == name).Select(one => (one.Tags["round"], one.Tags["client"]))
                .Should().BeEquivalentTo(
                    from round in Enumerable.Range(1, rounds) from client in clients select ((object?)round, (object?)client), name);
        }

        foreach (string name in new[] { "fedhe.rounds.completed", "fedhe.aggregate.size" })
        {
            factory.Measured.Where(one => one.Name == name).Select(one => one.Tags["round"])
                .Should().BeEquivalentTo(Enumerable.Range(1, rounds).Cast<object>(), name);
        }

        factory.Measured.Where(one => one.Name == "fedhe.key.requests").Select(one => one.Tags["client"]).Should().BeEquivalentTo(clients);
        Activity[] ours = [.. activities.Where(activity => job.Equals(activity.GetTagItem("job")))];
        ours.Should().HaveCount(4 * rounds * clients.Length);
        ours.Should().OnlyContain(activity => activity.GetTagItem("round") is int && clients.Contains(activity.GetTagItem("client")));
    }

    [Fact]
    public async Task Measurements_OfStrangersAtTheAuthority_DoNotHaveTheNamesTheyClaim()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using var factory = new MeasuredFactory();
        using var authority = new KeyAuthority(
            bench.JobId, bench.Context, bench.Roster, new RosterAuthenticator(), logger: null, factory);
        using ClientIdentity stranger = ClientIdentity.Create(new ClientId("stranger"));
        using var request = new KeyRequest(bench.Job, stranger);

        await authority.HandleAsync(request.Bytes);
        await authority.HandleAsync(new byte[10]);

        factory.Measured.Select(one => one.Tags["reason"]).Should().Equal("UnknownClient", "Malformed");
        factory.Measured.Should().OnlyContain(one => one.Name == "fedhe.key.requests" && !one.Tags.ContainsKey("client"));
    }

    [Fact]
    public async Task Measurements_OfRefusedMessages_HaveTheNameOnlyOfClientsOnTheRoster()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using TestBench other = await TestBench.CreateAsync();
        using var factory = new MeasuredFactory();
        using var server = new FederationServer(bench.ServerSetup with { MeterFactory = factory });

        server.Start();
        server.Handle(new byte[10]);
        server.Handle(other.Clients[0].Announce());

        factory.Measured.Select(one => (one.Name, one.Tags.GetValueOrDefault("job"), one.Tags.GetValueOrDefault("client") is null))
            .Should().OnlyContain(one => one.Item1 == "fedhe.uploads.refused" && bench.JobId.ToString().Equals(one.Item2))
            .And.HaveCount(2);
    }
}
