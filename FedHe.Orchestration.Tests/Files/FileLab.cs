using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Files;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Files;

/// <summary>A job under round keys of four clients, of which the first one has its models in files and a host that can be killed.</summary>
internal sealed class FileLab : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-client");
    private readonly Queue<OutgoingMessage> _toClients = new();
    private byte[]? _saved;
    private KillingDisk? _disk;

    private FileLab(TestBench bench, bool keeps)
    {
        Bench = bench;
        KeepsAcknowledgedUploads = keeps;
        Trainer = new FlatTrainer(bench.Trainers[0]);
        Client = new FederationClient(SetupOn(new ClientDisk()));
    }

    public TestBench Bench { get; }

    public FlatTrainer Trainer { get; }

    public FederationClient Client { get; private set; }

    public string Folder => _folder.FullName;

    public bool KeepsAcknowledgedUploads { get; }

    /// <summary>The digests of the uploads that left, by their slots.</summary>
    public Dictionary<UploadSlot, HashSet<Digest>> Left { get; } = [];

    /// <summary>What the host saved last.</summary>
    public byte[]? Saved => _saved;

    /// <summary>Is called with each client's step.</summary>
    public Action<ClientStep>? AfterStep { get; set; }

    public static async Task<FileLab> CreateAsync(BenchOptions? options = null, bool keeps = true) => new(await TestBench.CreateAsync((options ?? new BenchOptions()) with
    {
        Scheme = options?.Scheme ?? "plain",
        Protection = JobProtection.RoundKeys,
    }), keeps);

    public FederationClientSetup SetupOn(ClientDisk disk) => new(Bench.Job, Bench.Identities[0], Bench.Keys[0], new ModelFiles
    {
        Folder = Folder,
        InitialModel = Bench.InitialModel,
        Trainer = Trainer,
        KeepsAcknowledgedUploads = KeepsAcknowledgedUploads,
        Disk = disk,
    })
    {
        Safety = new Job.FederationSafety { AllowInsecure = true },
        Time = Bench.Time,
    };

    /// <summary>Runs the job to its end, and kills the first client's host once.</summary>
    /// <param name="last">The number of things that the host does before it is killed; -1 for no kill.</param>
    /// <returns>The number of things that the host did, where it was not killed.</returns>
    public async Task<int> RunAsync(int last = -1)
    {
        var disk = new KillingDisk(last);
        _disk = disk;
        Client.Dispose();
        Client = new FederationClient(SetupOn(disk));
        Bench.Clients.Skip(1).ToList().ForEach(client => Bench.Server.Receive(client.Announce()));
        Bench.Server.Receive(Client.Announce());
        Post(Bench.Server.StartUp());
        for (int idle = 0; Bench.Server.Outcome is null; idle++)
        {
            idle.Should().BeLessThan(20, "the job must end");
            await CarryAsync();
            Bench.Time.Pass(Bench.Server.DueIn ?? TimeSpan.Zero);
            Post(Bench.Server.MoveOn());
        }

        await CarryAsync();
        return disk.Done;
    }

    /// <summary>Restarts the first client's host from what it saved.</summary>
    public void Restart(ClientDisk? disk = null)
    {
        Client.Dispose();
        FederationClientSetup setup = SetupOn(disk ?? new ClientDisk());
        StateStamp.TryRead(_saved, out StateStamp? newest);
        Client = _saved is null ? new FederationClient(setup) : FederationClient.Restore(setup, _saved, newest);
    }

    /// <summary>Goes on with a client that starts from the initial model.</summary>
    public FileLab Use(FederationClientSetup setup)
    {
        Client.Dispose();
        Client = new FederationClient(setup);
        return this;
    }

    /// <summary>Starts the job with all clients present, and returns the first client's invitation.</summary>
    public ReadOnlyMemory<byte> Invite()
    {
        Bench.Clients.Skip(1).ToList().ForEach(client => Bench.Server.Receive(client.Announce()));
        Bench.Server.Receive(Client.Announce());
        return Bench.Server.StartUp().Single(message => message.Recipient == Client.Client && message.Kind == MessageKind.Invitation).Bytes;
    }

    /// <summary>Runs a round of clients in memory, and returns the message of its aggregate.</summary>
    public async Task<byte[]> AggregateAsync()
    {
        var answers = new List<OutgoingMessage>();
        foreach (ReadOnlyMemory<byte> upload in (await Bench.TrainAsync(Bench.StartWithAll())).Values)
        {
            answers.AddRange(Bench.Server.Receive(upload));
        }

        return answers.First(message => message.Kind == MessageKind.Aggregate).Bytes.ToArray();
    }

    /// <summary>A model of three blocks of values that a client compares.</summary>
    public static BenchOptions Long()
    {
        var layout = new ModelLayout(new TensorSpec("line", ElementType.Float64, [150_000], TestModel.Bound));
        double[] values = [.. Enumerable.Range(0, 150_000).Select(i => 3 * Math.Sin(i))];
        return new BenchOptions { Model = ModelParameters.CreateBuilder(layout).Set<double>("line", values).Build() };
    }

    /// <summary>Creates a lab of such a model.</summary>
    public static async Task<FileLab> CreateLongAsync(UpdateKind kind = UpdateKind.Model)
    {
        FileLab lab = await CreateAsync(Long() with { Update = new UpdateTerms(kind), Protector = new Committee.FastProtector() });
        lab.Bench.Trainers.ForEach(trainer => trainer.Train = (model, _) => model);
        return lab;
    }

    public void Post(IEnumerable<OutgoingMessage> messages) => messages.ToList().ForEach(_toClients.Enqueue);

    /// <summary>Carries messages until none is on its way.</summary>
    public async Task CarryAsync()
    {
        while (_toClients.TryDequeue(out OutgoingMessage message))
        {
            if (message.Recipient != Client.Client)
            {
                foreach (ReadOnlyMemory<byte> answer in await Bench.ClientOf(message).ReceiveAsync(message.Bytes))
                {
                    Post(Bench.Server.Receive(answer));
                }

                continue;
            }

            try
            {
                await DeliverAsync(message);
            }
            catch (KillingDisk.KilledException)
            {
                // The next process is not killed.
                _disk = null;
                Restart();
                Post(Bench.Server.Receive(Client.Announce()));
                Client.UnacknowledgedMessages.ToList().ForEach(Send);
            }
        }
    }

    /// <summary>Names what is in the folder, but for the lock.</summary>
    public string[] FilesIn() => [.. Directory.EnumerateFiles(Folder).Select(path => Path.GetFileName(path)!).Where(name => name != "lock")];

    public void Dispose()
    {
        Client.Dispose();
        Bench.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task DeliverAsync(OutgoingMessage message)
    {
        using Stream stream = message.OpenRead();
        ClientStep step = await Client.HandleAsync(stream);
        AfterStep?.Invoke(step);
        _disk?.Pass();
        _saved = step.State?.ToArray() ?? _saved;
        _disk?.Pass();
        foreach (SignedMessage answer in step.Outgoing)
        {
            Send(answer);
            _disk?.Pass();
        }
    }

    private void Send(SignedMessage message)
    {
        ReadOnlyMemory<byte> bytes = message.Bytes;
        message.Length.Should().Be(bytes.Length);
        if (message.Kind == MessageKind.Upload)
        {
            var upload = (Upload)Bench.Parse(bytes);
            Left.TryAdd(upload.Slot, []);
            Left[upload.Slot].Add(Digest.Compute(bytes.Span));
        }

        Post(Bench.Server.Receive(bytes));
    }
}
