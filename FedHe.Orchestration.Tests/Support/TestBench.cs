using System.Buffers;
using System.Buffers.Binary;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Strategies;

namespace FedHe.Orchestration.Tests.Support;

/// <summary>A job with authority, server and clients whose messages a test carries by hand, on a clock that it moves.</summary>
internal sealed class TestBench : IDisposable
{
    private const int StampOffset = WireHeader.SizeInBytes + 1 + 16;

    private readonly List<IDisposable> _owned = [];

    private TestBench(HeContext context, BenchOptions options)
    {
        Context = context;
        Options = options;
        JobId = Guid.NewGuid();
        Identities = Enumerable.Range(1, options.Clients).Select(i => ClientIdentity.Create(new ClientId($"c{i}"))).ToList();
        Roster = ClientRoster.Of(Identities);
        Authority = new KeyAuthority(JobId, context, Roster, new RosterAuthenticator());
        ServerIdentity = ServerIdentity.Create();
        InitialModel = options.Model ?? TestModel.Create(seed: 1);
        Terms = new AggregationTerms(
            InitialModel.Layout, options.Mask ?? EncryptionMask.All(InitialModel.Layout), options.Weighting, options.MaxWeight);
        Job = new FederationJob(JobId, Authority.Info, ServerIdentity.VerificationKey, Roster, Terms, FederationJob.DigestOf(InitialModel), new FederationSettings
        {
            Rounds = options.Rounds,
            ClientsPerRound = options.ClientsPerRound ?? options.Clients,
            Quorum = options.Quorum,
            MinimumContributors = options.MinimumContributors,
            LargestShare = options.LargestShare,
            MinimumEffectiveContributors = options.MinimumEffectiveContributors,
            MaxAttempts = options.MaxAttempts,
            GraceTime = options.GraceTime,
            RoundDeadline = Deadline,
            WaitingTime = Deadline,
        }, protection: options.Protection, update: options.Update);
        Server = new FederationServer(ServerSetup).ReportingTo(Reports);
        _owned.AddRange([context, Authority, ServerIdentity, Server]);
        _owned.AddRange(Identities);
    }

    public static TimeSpan Deadline { get; } = TimeSpan.FromMinutes(5);

    public BenchOptions Options { get; }

    public HeContext Context { get; }

    public Guid JobId { get; }

    public KeyAuthority Authority { get; }

    public ServerIdentity ServerIdentity { get; }

    public ClientRoster Roster { get; }

    public AggregationTerms Terms { get; }

    public ModelParameters InitialModel { get; }

    public FederationJob Job { get; }

    public ManualTime Time { get; } = new();

    public List<ClientIdentity> Identities { get; }

    public List<ClientKeys> Keys { get; } = [];

    public List<FakeTrainer> Trainers { get; } = [];

    public List<FederationClient> Clients { get; } = [];

    public FederationServer Server { get; set; }

    public List<RoundReport> Reports { get; } = [];

    public FederationServerSetup ServerSetup => new()
    {
        Context = Authority.PublicContext,
        Job = Job,
        Identity = ServerIdentity,
        Strategy = Options.Strategy,
        Sampler = new SeededClientSampler(seed: 11),
        Safety = new FederationSafety { AllowInsecure = true, MaxMessageBytes = Options.MaxMessageBytes },
        Time = Time,
        SumFolder = Options.SumFolder,
    };

    public static async Task<TestBench> CreateAsync(BenchOptions? options = null)
    {
        options ??= new BenchOptions();
        var bench = new TestBench(Schemes.Create(options.Scheme), options);
        for (int i = 0; i < options.Clients; i++)
        {
            using var request = new KeyRequest(bench.Job, bench.Identities[i]);
            ClientKeys keys = request.Open(bench.Context, (await bench.Authority.HandleAsync(request.Bytes)).Answer);
            bench._owned.Add(keys);
            bench.Keys.Add(keys);
            bench.Trainers.Add(new FakeTrainer(0.2 * (i % 10), options.Samples?[i] ?? (10 * (i + 1))));
            bench.Clients.Add(new FederationClient(bench.ClientSetup(i)));
        }

        return bench;
    }

    public FederationClientSetup ClientSetup(int index) => new()
    {
        Job = Job,
        Identity = Identities[index],
        Keys = Keys[index],
        Trainer = Trainers[index],
        InitialModel = InitialModel,
        UploadForm = Options.UploadForm,
        Privacy = Options.Privacy,
        Protector = Options.Protector,
        Strategy = Options.Strategy,
        Safety = new FederationSafety { AllowInsecure = true },
        Time = Time,
    };

    /// <summary>Starts the job with all clients present.</summary>
    public IReadOnlyList<OutgoingMessage> StartWithAll()
    {
        foreach (FederationClient client in Clients)
        {
            Server.Receive(client.Announce());
        }

        return Server.StartUp();
    }

    /// <summary>Lets every invited client train, and returns their uploads by client.</summary>
    public async Task<SortedDictionary<ClientId, ReadOnlyMemory<byte>>> TrainAsync(IEnumerable<OutgoingMessage> messages)
    {
        var uploads = new SortedDictionary<ClientId, ReadOnlyMemory<byte>>();
        foreach (OutgoingMessage message in messages.Where(message => message.Kind == MessageKind.Invitation))
        {
            uploads[message.Recipient!.Value] = (await ClientOf(message).ReceiveAsync(message.Bytes)).Single();
        }

        return uploads;
    }

    public FederationClient ClientOf(OutgoingMessage message) => Clients.Single(client => client.Client == message.Recipient);

    public async Task DeliverAsync(IEnumerable<OutgoingMessage> messages, MessageKind kind)
    {
        foreach (OutgoingMessage message in messages.Where(message => message.Kind == kind))
        {
            await ClientOf(message).ReceiveAsync(message.Bytes);
        }
    }

    /// <summary>An update that client <paramref name="index"/> could have made, with anything about it changed.</summary>
    public byte[] Update(
        int index, UploadSlot? slot = null, AggregationTerms? terms = null, IEncryptor? encryptor = null, long weight = 5)
    {
        terms ??= Terms;
        ModelParameters model = terms.Layout.Digest == TestModel.Layout.Digest
            ? TestModel.Create(seed: 2)
            : ModelParameters.CreateBuilder(terms.Layout).Set<double>("other", [1.0, 2.0]).Build();
        slot ??= Slot(index);
        using EncryptedModelUpdate update =
            new UpdateEncryptor(encryptor ?? Keys[index].CreateEncryptor(), Keys[index].Context, terms).Encrypt(model, weight, slot);
        var bytes = new ArrayBufferWriter<byte>();
        update.WriteTo(bytes);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>The aggregate of some updates, as the server would make it.</summary>
    public byte[] Aggregate(params byte[][] updates)
    {
        var reader = new UpdateReader(Authority.PublicContext, Terms);
        using var aggregator = new UpdateAggregator(Authority.PublicContext, Terms);
        foreach (byte[] bytes in updates)
        {
            using EncryptedModelUpdate update = reader.Read(bytes);
            aggregator.FoldIn(update);
        }

        using EncryptedAggregate aggregate = aggregator.Complete();
        var buffer = new ArrayBufferWriter<byte>();
        aggregate.WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>An upload with the given update inside, properly signed by client <paramref name="index"/>.</summary>
    public byte[] SignedUpload(int index, byte[] update, int? round = null, int? attempt = null)
        => MessageFormat.WriteSigned(new Upload(Slot(index, round, attempt), update), Context.ParametersId, Identities[index]);

    /// <summary>A message that the job's server could have sent, properly signed.</summary>
    public byte[] FromServer(ServerMessage message)
        => MessageFormat.WriteSigned(message with { Stamp = Server.Stamp }, Context.ParametersId, ServerIdentity);

    /// <summary>The slot of client <paramref name="index"/>, in the current attempt unless said otherwise.</summary>
    public UploadSlot Slot(int index, int? round = null, int? attempt = null)
        => new(JobId, round ?? Server.Round, attempt ?? Server.Attempt, Identities[index].Client);

    public RefusalReason ReasonIn(IReadOnlyList<OutgoingMessage> answers)
        => ((Acknowledgement)Parse(answers.Single(answer => answer.Kind == MessageKind.Acknowledgement).Bytes)).Reason;

    public FederationMessage Parse(ReadOnlyMemory<byte> bytes)
        => MessageFormat.TryRead(bytes, Context.ParametersId, int.MaxValue, out FederationMessage? message, out FormatError reason)
            ? message
            : throw new HeFormatException(reason, "message");

    /// <summary>The digest by which the server acknowledges a message of a client.</summary>
    public Digest DigestOf(ReadOnlyMemory<byte> message) => MessageSignature.DigestOf(message.Span, Parse(message));

    /// <summary>
    /// The bytes of a message without signatures, which are never the same twice, and without the stamp of the server's state,
    /// whose life has a random name.
    /// </summary>
    public static byte[] Unsigned(ReadOnlyMemory<byte> message)
    {
        byte[] bytes = message[..^VerificationKey.SignatureSizeInBytes].ToArray();
        bool isOfServer = (MessageKind)bytes[StampOffset - 17] is MessageKind.Invitation or MessageKind.Acknowledgement
            or MessageKind.Aggregate or MessageKind.Conclusion or MessageKind.History or MessageKind.Confirmations
            or MessageKind.Inquiry or MessageKind.CheckRequest or MessageKind.KeySum or MessageKind.EpochOffer or MessageKind.Epoch;
        if (isOfServer)
        {
            bytes.AsSpan(StampOffset, StateStamp.SizeInBytes).Clear();
        }

        if ((MessageKind)bytes[StampOffset - 17] == MessageKind.Aggregate)
        {
            Span<byte> proof = bytes.AsSpan(StampOffset + StateStamp.SizeInBytes + sizeof(int));
            proof.Slice(sizeof(int), BinaryPrimitives.ReadInt32LittleEndian(proof)).Clear();
        }

        return bytes;
    }

    public byte[] SaveState()
    {
        var state = new ArrayBufferWriter<byte>();
        Server.SaveState(state);
        return state.WrittenSpan.ToArray();
    }

    /// <summary>A server that resumes from the newest state.</summary>
    public FederationServer Restore(byte[] state)
    {
        StateStamp.TryRead(state, out StateStamp? newest);
        return FederationServer.Restore(ServerSetup, state, newest).ReportingTo(Reports);
    }

    /// <summary>The part of a saved state between the stamp and the digest.</summary>
    public static byte[] ContentOf(byte[] state)
        => state[(WireHeader.SizeInBytes + Digest.SizeInBytes + StateStamp.SizeInBytes)..^(Digest.SizeInBytes + VerificationKey.SignatureSizeInBytes)];

    /// <summary>A saved state with another content, with the right digest and signed by the server, as if the server had written it.</summary>
    public byte[] Resealed(byte[] state, byte[]? content = null)
    {
        StateStamp.TryRead(state, out StateStamp? stamp).Should().BeTrue();
        var bytes = new ArrayBufferWriter<byte>();
        StateEnvelope.Write(
            WireKind.ServerState, Context.ParametersId, Job.Digest, stamp!.Value, content ?? ContentOf(state), ServerIdentity.Key, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    public void Dispose()
    {
        _owned.Reverse();
        _owned.ForEach(owned => owned.Dispose());
    }
}
