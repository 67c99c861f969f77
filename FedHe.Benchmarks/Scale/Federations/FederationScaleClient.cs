using System.Globalization;
using FedHe.Crypto;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Persistence;

namespace FedHe.Benchmarks.Scale.Federations;

/// <summary>The process of one client of the federation: it handles every message that waits for it, and ends. It goes on from its state, where it has one.</summary>
internal sealed class FederationScaleClient : IFlatTrainer
{
    /// <summary>The first argument of a process that is a client; behind it come the folder, the client, the number of threads, the port, and where the client waits to be killed.</summary>
    public const string Argument = "--federation-client";

    /// <summary>What stands before the length of an upload.</summary>
    public const string Upload = "upload ";

    /// <summary>What stands before the length of an aggregate.</summary>
    public const string Download = "download ";

    /// <summary>What stands before the largest error, and behind it the promised one.</summary>
    public const string Error = "error ";

    private readonly FederationPlaces _places;
    private readonly int _client;
    private readonly double _waitAt;
    private readonly FederationJob _job;

    private FederationScaleClient(string folder, int client, double waitAt)
    {
        _places = new FederationPlaces(folder);
        _client = client;
        _waitAt = waitAt;
        _job = _places.ReadJob();
    }

    public long SampleCount => GeneratedValues.WeightOf(_client);

    public static int Run(string[] arguments)
    {
        double waitAt = double.Parse(arguments[4], CultureInfo.InvariantCulture);
        try
        {
            new FederationScaleClient(arguments[0], Number(arguments[1]), waitAt).Run(Number(arguments[2]), Number(arguments[3]));
        }
        catch (IOException gone)
        {
            // The server was killed; another client process goes on where this one was.
            Console.WriteLine(gone.Message);
            return 1;
        }

        Console.WriteLine(ScaleServer.Peak + MemoryWatch.ResidentPeakInBytes.ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    public Task<IFlatModel> TrainAsync(IFlatModel globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ModelLayout layout = globalModel.Layout;
        return Task.FromResult<IFlatModel>(new WatchedModel(
            new GeneratedModel(layout, _client, offset: 0), read => WaitAt((double)read / layout.ParameterCount)));
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private void Run(int threads, int port)
    {
        using HeContext context = FederationPlaces.CreateContext(threads);
        using ClientIdentity identity = _places.ReadIdentity(_client);
        using ClientKeys keys = _places.ReadKeys(_client, context);
        var setup = new FederationClientSetup(_job, identity, keys, new ModelFiles
        {
            Folder = _places.FilesOf(_client),
            InitialModel = new ZeroModel(_job.Terms.Layout),
            Trainer = this,

            // The disk has no room for the uploads of all clients.
            KeepsAcknowledgedUploads = false,
        });
        using FederationClient client = Create(setup);
        using var link = new FederationLink(port, _client);
        SendBytes(link, client.Announce());
        foreach (SignedMessage message in client.UnacknowledgedMessages)
        {
            Console.WriteLine(ScaleServer.Resumed);
            Send(link, message);
        }

        for (long length = link.TakeNext(); length >= 0; length = link.TakeNext())
        {
            Handle(client, link, length);
        }

        if (client.ModelRound > 0)
        {
            Check(client);
        }
    }

    private FederationClient Create(FederationClientSetup setup)
    {
        if (!File.Exists(_places.StateOf(_client)))
        {
            return new FederationClient(setup);
        }

        byte[] state = File.ReadAllBytes(_places.StateOf(_client));
        StateStamp.TryRead(state, out StateStamp? newest);
        return FederationClient.Restore(setup, state, newest);
    }

    private void Handle(FederationClient client, FederationLink link, long length)
    {
        int before = client.ModelRound;
        using var stream = new LinkedStream(link, length, read => WaitAt(length > (1 << 20) ? (double)read / length : 0));
        ClientStep step = client.HandleAsync(stream).GetAwaiter().GetResult();
        if (step.State is SavedState state)
        {
            FederationPlaces.WriteDurably(_places.StateOf(_client), state.ToArray());
        }

        if (client.ModelRound > before)
        {
            Console.WriteLine(Download + length.ToString(CultureInfo.InvariantCulture));
        }

        foreach (SignedMessage message in step.Outgoing)
        {
            Send(link, message);
        }
    }

    private void Send(FederationLink link, SignedMessage message)
    {
        if (message.IsInFile)
        {
            // The server reads the client's own file, which has no copy.
            Console.WriteLine(Upload + message.Length.ToString(CultureInfo.InvariantCulture));
            using var file = (FileStream)message.OpenRead();
            link.Send(file.Name);
            return;
        }

        SendBytes(link, message.Bytes);
    }

    private void SendBytes(FederationLink link, ReadOnlyMemory<byte> bytes)
    {
        string path = Path.Combine(_places.Folder, $"client-{_client}.message");
        File.WriteAllBytes(path, bytes.ToArray());
        link.Send(path);
    }

    private void Check(FederationClient client)
    {
        var check = new ErrorCheck(_job.Roster.Clients.Count, offset: 0, ElementType.BFloat16);
        var values = new double[1 << 16];
        long count = client.Model.Layout.ParameterCount;
        for (long start = 0; start < count; start += values.Length)
        {
            Span<double> block = values.AsSpan(0, (int)Math.Min(values.Length, count - start));
            client.Model.CopyFlatTo(start, block);
            check.Write(start, block);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Error}{check.LargestError:R} {client.LatestSummary!.ErrorBounds.Max():R}"));
    }

    private void WaitAt(double share)
    {
        if (share >= _waitAt)
        {
            Console.WriteLine(ScaleServer.Waits);
            Thread.Sleep(Timeout.Infinite);
        }
    }
}
