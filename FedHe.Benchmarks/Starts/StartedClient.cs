using System.Runtime;
using System.Runtime.InteropServices;
using System.Text.Json;
using FedHe.Benchmarks.Rounds;
using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;

namespace FedHe.Benchmarks.Starts;

/// <summary>
/// A started client is the program that is measured: it loads what a client keeps on its disk, and answers the invitation that lies there.
/// </summary>
internal static class StartedClient
{
    /// <summary>The first argument of a process that is a started client; behind it come its folder, and the clock.</summary>
    public const string Argument = "--started-client";

    private const int ParametersIdOffset = 8;

    /// <summary>Runs the client, and prints its times as JSON.</summary>
    /// <param name="folder">The folder with the client's files.</param>
    /// <param name="clock">The clock of the times: "wall" or "thread".</param>
    public static int Run(string folder, string clock)
    {
        double runtimeMs = ProcessorMs;
        long methods = JitInfo.GetCompiledMethodCount();
        Timing.OfThread = clock == Timing.Thread;
        var files = new StartFiles(folder);
        FederationClientSetup? setup = null;
        FederationClient? client = null;
        ReadOnlyMemory<byte> upload = default;
        double keysMs = Timing.Milliseconds(() => setup = Load(files));
        double restoreMs = Timing.Milliseconds(() => client = FederationClient.Restore(setup!, File.ReadAllBytes(files.State)));
        double answerMs = Timing.Milliseconds(() => upload = Answer(client!, files));
        var result = new StartResult
        {
            Keys = setup!.Job.Committee is null ? "authority" : $"committee:{setup.Job.Committee.Members.Length}",
            Params = (int)setup.InitialModel.Layout.ParameterCount,
            Processes = 1,
            KeysMs = keysMs,
            ClientMs = keysMs + restoreMs,
            UploadMs = keysMs + restoreMs + answerMs,
            LeastUploadMs = keysMs + restoreMs + answerMs,
            ProcessorMs = ProcessorMs - runtimeMs,
            RuntimeMs = runtimeMs,
            CompiledMethods = (int)(JitInfo.GetCompiledMethodCount() - methods),
            UploadBytes = upload.Length,
            Clock = clock,
            Cpu = Machine.CpuName,
            Commit = Machine.Commit,
        };
        Console.WriteLine(JsonSerializer.Serialize(result, RoundJson.Default.StartResult));
        return 0;
    }

    private static double ProcessorMs => Environment.CpuUsage.TotalTime.TotalMilliseconds;

    /// <summary>Loads the job, the identity, the keys and the trained model.</summary>
    private static FederationClientSetup Load(StartFiles files)
    {
        var protector = new StartProtector(File.ReadAllBytes(files.StoreKey));
        FederationJob job = ReadJob(File.ReadAllBytes(files.Job));
        byte[] keys = File.ReadAllBytes(files.Keys);
        float[] trained = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(files.Trained)).ToArray();
        return new FederationClientSetup
        {
            Job = job,
            Identity = ClientIdentity.Load(File.ReadAllBytes(files.Identity), protector),
            Keys = job.Committee is null
                ? ClientKeys.Load(keys, protector, new CkksScheme().CreateContext())
                : ClientKeys.Load(keys, protector, job),
            Trainer = new StartModel(StartModel.Of(job.Terms.Layout, trained)),
            InitialModel = StartModel.Of(job.Terms.Layout, new float[trained.Length]),
            Protector = protector,
            Ledger = File.Exists(files.Ledger) ? File.ReadAllBytes(files.Ledger) : default(ReadOnlyMemory<byte>?),
        };
    }

    private static ReadOnlyMemory<byte> Answer(FederationClient client, StartFiles files)
    {
        ClientStep step = client.HandleAsync(File.ReadAllBytes(files.Invitation)).GetAwaiter().GetResult();
        return step.Messages is [ReadOnlyMemory<byte> upload]
            ? upload
            : throw new InvalidOperationException($"The client does not answer the invitation: {step.Ignored}.");
    }

    private static FederationJob ReadJob(ReadOnlySpan<byte> bytes)
        => FederationJob.TryRead(bytes, new Digest(bytes.Slice(ParametersIdOffset, Digest.SizeInBytes)), WireLimits.Default, out FederationJob? job, out FormatError reason)
            ? job
            : throw new InvalidOperationException($"The job of the start is refused: {reason}.");
}
