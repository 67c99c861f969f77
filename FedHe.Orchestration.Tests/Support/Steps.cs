using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Server;

namespace FedHe.Orchestration.Tests.Support;

/// <summary>
/// Steps without their state, for tests that are about messages alone.
/// </summary>
internal static class Steps
{
    private static readonly ConditionalWeakTable<FederationClient, Seen> Clients = [];
    private static readonly ConditionalWeakTable<FederationServer, List<RoundReport>> ReportsOf = [];

    extension(FederationClient client)
    {
        /// <summary>The reason why the latest message was ignored, or null.</summary>
        public IgnoredReason? LastIgnored => Clients.GetOrCreateValue(client).Ignored;

        /// <summary>The latest reason that the server gave for refusing a message, or null.</summary>
        public RefusalReason? LastRefusal => Clients.GetOrCreateValue(client).Refusal;

        public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> ReceiveAsync(
            ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
        {
            ClientStep step = await client.HandleAsync(message, cancellationToken);
            Seen seen = Clients.GetOrCreateValue(client);
            seen.Ignored = step.Ignored;
            seen.Refusal = step.Refusal ?? seen.Refusal;
            step.ModelRound.Should().Be(client.ModelRound);
            return step.Messages;
        }
    }

    extension(FederationServer server)
    {
        /// <summary>Collects the reports of a server in a list.</summary>
        public FederationServer ReportingTo(List<RoundReport> reports)
        {
            ReportsOf.AddOrUpdate(server, reports);
            return server;
        }

        public IReadOnlyList<OutgoingMessage> Receive(ReadOnlyMemory<byte> message) => Do(server, one => one.Handle(message));

        public IReadOnlyList<OutgoingMessage> StartUp() => Do(server, one => one.Start());

        public IReadOnlyList<OutgoingMessage> MoveOn() => Do(server, one => one.Advance());

        public IReadOnlyList<OutgoingMessage> LoseContact(ClientId client) => Do(server, one => one.ReportUnreachable(client));
    }

    private static ImmutableArray<OutgoingMessage> Do(FederationServer server, Func<FederationServer, ServerStep> call)
    {
        ServerStep step = call(server);
        if (ReportsOf.TryGetValue(server, out List<RoundReport>? reports))
        {
            reports.AddRange(step.Reports);
        }

        step.Failure.Should().BeNull();
        return step.Messages;
    }

    private sealed class Seen
    {
        public IgnoredReason? Ignored { get; set; }

        public RefusalReason? Refusal { get; set; }
    }
}
