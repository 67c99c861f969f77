using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;

namespace FedHe.Orchestration.Tests.Support;

/// <summary>A place for the sums of benches, each in a folder of its own, and what tests do with the files there.</summary>
internal sealed class SumFiles : IDisposable
{
    /// <summary>The folder of all folders.</summary>
    public DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("fedhe-sums");

    /// <summary>Makes a folder for the sums of one server.</summary>
    public string Next() => Folder.CreateSubdirectory(Guid.NewGuid().ToString("N")).FullName;

    /// <summary>Makes a bench whose server has its sums in a folder of its own, or in memory.</summary>
    public Task<TestBench> CreateAsync(
        JobProtection protection,
        int clients = 4,
        int? clientsPerRound = null,
        int quorum = 2,
        int rounds = 2,
        int attempts = 3,
        bool isInFile = true,
        EncryptionMask? mask = null,
        ModelParameters? model = null)
        => TestBench.CreateAsync(new BenchOptions
        {
            Protection = protection,
            Clients = clients,
            ClientsPerRound = clientsPerRound,
            Quorum = quorum,
            Rounds = rounds,
            MaxAttempts = attempts,
            Mask = mask,
            Model = model,
            SumFolder = isInFile ? Next() : null,
        });

    /// <summary>Lists the files of the sums of a bench.</summary>
    public static string[] FilesIn(TestBench bench) => Directory.GetFiles(bench.Options.SumFolder!, "*.sum");

    /// <summary>Makes another upload of a client for the same attempt, as it makes one that lost its state.</summary>
    public static byte[] Again(TestBench bench, int index, IReadOnlyList<OutgoingMessage> messages)
    {
        using var forgetful = new FederationClient(bench.ClientSetup(index));
        bench.Trainers[index].ShiftPerAttempt += 0.5;
        OutgoingMessage invitation = messages.First(message => message.Kind == MessageKind.Invitation && message.Recipient == bench.Identities[index].Client);
        return forgetful.HandleAsync(invitation.Bytes).GetAwaiter().GetResult().Messages.Single().ToArray();
    }

    public void Dispose() => Folder.Delete(recursive: true);
}
