using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Inspections;

/// <summary>
/// A courier carries all messages of a job of four clients under round keys until the job has ended. A test changes or loses what it
/// likes.
/// </summary>
internal sealed class Courier : IDisposable
{
    private const int MostIdleTimes = 30;

    /// <summary>What arrives of a message that is lost; a bare null would become no bytes.</summary>
    public static ReadOnlyMemory<byte>? Lost => default(ReadOnlyMemory<byte>?);

    private readonly Queue<ReadOnlyMemory<byte>> _toServer = new();
    private readonly Queue<OutgoingMessage> _toClients = new();

    private Courier(TestBench bench)
    {
        Bench = bench;
        Protocol = RoundKeyProtocol.Of(bench.Job, bench.Authority.PublicContext)!;
    }

    public TestBench Bench { get; }

    public RoundKeyProtocol Protocol { get; }

    /// <summary>Returns what arrives in the place of a client's message; null where it is lost.</summary>
    public Func<FederationMessage, ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?> FromClient { get; set; } = (_, bytes) => bytes;

    /// <summary>Tells whether a message of the server arrives.</summary>
    public Func<FederationMessage, ClientId, bool> Arrives { get; set; } = (_, _) => true;

    /// <summary>Is called after every message that the server has handled.</summary>
    public Action? AfterServer { get; set; }

    /// <summary>Everything that arrived at a party, in order.</summary>
    public List<(FederationMessage Message, ReadOnlyMemory<byte> Bytes, ClientId? Recipient)> Arrived { get; } = [];

    public static async Task<Courier> CreateAsync(BenchOptions? options = null) => new(await TestBench.CreateAsync((options ?? new BenchOptions()) with
    {
        Scheme = options?.Scheme ?? "ckks",
        Protection = JobProtection.RoundKeys,
        Quorum = 3,
        MinimumContributors = 3,
        MaxAttempts = 4,
    }));

    /// <summary>Makes a client spoil every upload.</summary>
    public Spoiler Spoil(int index, SpoiledTag tag)
    {
        var spoiler = new Spoiler(Protocol, Bench.Identities[index], tag);
        Func<FederationMessage, ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?> others = FromClient;
        FromClient = (message, bytes) => ((ClientMessage)message).Client == Bench.Identities[index].Client
            ? spoiler.Pass(bytes, message) is var own && others(Bench.Parse(own), own) is ReadOnlyMemory<byte> passed ? passed : Lost
            : others(message, bytes);
        return spoiler;
    }

    /// <summary>Runs the job to its end, or until nothing has happened for long.</summary>
    public async Task RunAsync()
    {
        Post(Bench.StartWithAll());
        for (int idle = 0; idle < MostIdleTimes && Bench.Server.Phase != ServerPhase.Ended; idle++)
        {
            await CarryAsync();
            if (Bench.Server.Phase != ServerPhase.Ended)
            {
                Bench.Time.Pass(Bench.Server.DueIn ?? TimeSpan.Zero);
                Post(Bench.Server.MoveOn());
            }
        }

        await CarryAsync();
    }

    /// <summary>Carries messages until none is on its way.</summary>
    public async Task CarryAsync()
    {
        while (_toServer.Count + _toClients.Count > 0)
        {
            if (_toServer.TryDequeue(out ReadOnlyMemory<byte> bytes))
            {
                Arrived.Add((Bench.Parse(bytes), bytes, null));
                Post(Bench.Server.Receive(bytes));
                AfterServer?.Invoke();
                continue;
            }

            OutgoingMessage message = _toClients.Dequeue();
            FederationMessage parsed = Bench.Parse(message.Bytes);
            if (Arrives(parsed, message.Recipient!.Value))
            {
                Arrived.Add((parsed, message.Bytes, message.Recipient));
                Send(await Bench.ClientOf(message).ReceiveAsync(message.Bytes));
            }
        }
    }

    public void Post(IEnumerable<OutgoingMessage> messages) => messages.Where(message => message.Recipient is not null).ToList().ForEach(_toClients.Enqueue);

    public void Send(IEnumerable<ReadOnlyMemory<byte>> messages)
    {
        foreach (ReadOnlyMemory<byte> bytes in messages)
        {
            if (FromClient(Bench.Parse(bytes), bytes) is ReadOnlyMemory<byte> passed)
            {
                _toServer.Enqueue(passed);
            }
        }
    }

    public void Dispose() => Bench.Dispose();
}
