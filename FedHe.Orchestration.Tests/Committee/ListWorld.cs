using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// A world of a server that plays two lists of one round: one of two servers that go on from the same state, with all four uploads in
/// one world, and three of them in the other.
/// </summary>
internal sealed class ListWorld : IDisposable
{
    private readonly CommitteeBench _bench;
    private readonly Dictionary<ClientId, BoxDelivery> _deliveries = [];
    private readonly FederationServer _server;

    private ListWorld(CommitteeBench bench, byte[] state)
    {
        _bench = bench;
        StateStamp.TryRead(state, out StateStamp? newest);
        _server = FederationServer.Restore(bench.ServerSetup, state, newest);
        Take(_server.Advance());
    }

    public ListOffer Offer { get; private set; } = null!;

    /// <summary>The state of the server behind the offer.</summary>
    public byte[] State { get; private set; } = [];

    /// <summary>Makes a world with four contributors and one with three, and leaves the bench's clients as they were before.</summary>
    public static async Task<(ListWorld Four, ListWorld Three)> CreateAsync(CommitteeBench bench)
    {
        ReadOnlyMemory<byte> held = default;
        bench.Network = (message, client, bytes) =>
        {
            bool isHeld = message is Upload && client == bench.Name(3);
            held = isHeld ? bytes : held;
            return isHeld ? null : bytes;
        };
        await bench.StartAsync();
        bench.Server.Contributions.Should().HaveCount(3);
        var state = new System.Buffers.ArrayBufferWriter<byte>();
        bench.Server.SaveState(state);

        var four = new ListWorld(bench, state.WrittenSpan.ToArray());
        four.Take(four._server.Handle(held));
        await four.ReportAsync();
        var three = new ListWorld(bench, state.WrittenSpan.ToArray());
        bench.Time.Pass(three._server.DueIn!.Value);
        three.Take(three._server.Advance());
        await three.ReportAsync();
        return (four, three);
    }

    /// <summary>Restores a member from what its host had saved before it saw any list.</summary>
    public static FederationClient Backup(CommitteeBench bench, int index) => FederationClient.Restore(bench.ClientSetup(index), bench.StateOf(index)!);

    /// <summary>Brings a member its boxes.</summary>
    public Task<ClientStep> BringBoxesAsync(FederationClient member) => member.HandleAsync(_bench.FromServer(_deliveries[member.Client]));

    /// <summary>Brings a member its boxes and the offer of this world, as the server signs them for it.</summary>
    public async Task<(ShareAnswer? Answer, byte[] Bytes, ClientStep Step)> AskAsync(FederationClient member)
    {
        await BringBoxesAsync(member);
        ClientStep step = await member.HandleAsync(_bench.FromServer(Offer));
        byte[] bytes = step.Messages.IsEmpty ? [] : step.Messages.Single().ToArray();
        return (bytes.Length == 0 ? null : (ShareAnswer)_bench.Parse(bytes), bytes, step);
    }

    /// <summary>Returns the aggregate that a server of this world publishes with some answers, or null where it publishes none.</summary>
    public AggregateMessage? Publish(IEnumerable<byte[]> answers)
    {
        StateStamp.TryRead(State, out StateStamp? newest);
        using FederationServer server = FederationServer.Restore(_bench.ServerSetup, State, newest);
        var messages = new List<OutgoingMessage>(server.Advance().Messages);
        foreach (byte[] answer in answers)
        {
            messages.AddRange(server.Handle(answer).Messages);
        }

        _bench.Time.Pass(TimeSpan.FromMinutes(1));
        messages.AddRange(server.Advance().Messages);
        return messages.Select(message => _bench.Parse(message.Bytes)).OfType<AggregateMessage>().FirstOrDefault();
    }

    /// <summary>Makes the aggregate with as few answers as there are, as a malicious server does.</summary>
    public AggregateMessage Forge(IEnumerable<byte[]> answers)
    {
        using ServerState state = ServerStateFormat.Read(State, _bench.ServerSetup, _bench.ServerSetup.CreateProtocol(), Guid.NewGuid());
        RelayedAnswer[] relayed = [.. answers.Select(bytes => (Bytes: bytes, Message: (ShareAnswer)_bench.Parse(bytes))).OrderBy(one => one.Message.Client)
            .Select(one => new RelayedAnswer(one.Message.Client, one.Message.Sealed, one.Bytes.AsMemory(one.Bytes.Length - MessageSignature.SizeInBytes)))];
        byte[] aggregate = new VerifiableAggregate(state.Opening!.List, new CommitteeAnswers([.. relayed]).ToArray(), state.Opening.Aggregate.ToMemory()).ToArray();
        return new AggregateMessage(_bench.Job.JobId, state.Round, aggregate);
    }

    public void Dispose() => _server.Dispose();

    /// <summary>Lets copies of the members report, so that the server offers its list.</summary>
    private async Task ReportAsync()
    {
        foreach (ClientId member in _bench.Committee.Members)
        {
            FederationClient copy = Backup(_bench, _bench.IndexOf(member));
            ClientStep step = await BringBoxesAsync(copy);
            Take(_server.Handle(step.Messages.Single()));
        }

        Offer.Should().NotBeNull();
        var state = new System.Buffers.ArrayBufferWriter<byte>();
        _server.SaveState(state);
        State = state.WrittenSpan.ToArray();
    }

    private void Take(ServerStep step)
    {
        foreach (FederationMessage message in step.Messages.Select(message => _bench.Parse(message.Bytes)))
        {
            if (message is BoxDelivery delivery)
            {
                _deliveries[delivery.Member] = delivery;
            }

            Offer = message as ListOffer ?? Offer;
        }
    }
}
