using FedHe.Crypto;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Tests.Support;
using FedHe.MLBridge.Errors;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Host.Federations;

namespace FedHe.Hosting.Tests.Server;

/// <summary>A server whose sums are in files on a disk that is full when a deadline passes.</summary>
public sealed class FullSumDiskTests : IDisposable
{
    private const long DiskLength = 1024 * 1024;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-sums");
    private readonly MovedTime _time = new();

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>With each page more another write is the one that fails: of the sum that is completed, or of the file of the next round.</summary>
    [SmallDiskTheory]
    [InlineData(JobMode.RoundKeys)]
    [InlineData(JobMode.Direct)]
    public async Task Deadline_ThatPassesWhileTheDiskIsFull_LosesNothing(JobMode mode)
    {
        using var federation = new SmallFederation(mode);
        using HeContext? context = SmallJob.CreateContext(mode);
        string sums = _folder.CreateSubdirectory("sums").FullName;
        using var disk = new SmallDisk(sums, DiskLength);
        using var identity = ServerIdentity.Load(File.ReadAllBytes(Path.Combine(federation.FolderOf("server"), PartyFiles.Identity)), federation.Protector);
        var setup = new FederationServerSetup { Context = SmallJob.PublicOf(context), Job = federation.Job, Identity = identity, Time = _time, SumFolder = sums };
        List<FederationClient> clients = [];
        foreach (string name in PartyNames.Clients)
        {
            clients.Add(await federation.CreateClientAsync(name));
        }

        var server = new FederationServer(setup);
        var toClients = new Queue<OutgoingMessage>();
        clients.ForEach(client => Take(server.Handle(client.Announce())));
        Take(server.Start());

        // One client takes its time in every round, so that rounds close at their deadlines.
        int refused = 0;
        while (server.Outcome is null)
        {
            await DeliverAsync();
            var saved = new System.Buffers.ArrayBufferWriter<byte>();
            server.SaveState(saved);
            StateStamp newest = server.Stamp;
            _time.Pass(server.DueIn!.Value);
            for (int pages = 0; pages >= 0; pages++)
            {
                disk.FillUpTo(pages);
                try
                {
                    Take(server.Advance());
                    pages = int.MinValue;
                }
                catch (SumFileException full) when (full.Error == SumFileError.DiskFull)
                {
                    refused++;
                    server.Dispose();
                    ShouldBeTheSameOrFull(() => FederationServer.Restore(setup, saved.WrittenMemory, newest).Dispose());
                    Directory.GetFiles(sums, "*.sum").Length.Should().BeLessThan(4, "a file that could not be begun is gone");
                    disk.Clear();
                    server = FederationServer.Restore(setup, saved.WrittenMemory, newest);
                    server.DueIn.Should().NotBeNull();
                    _time.Pass(server.DueIn!.Value);
                }
            }

            disk.Clear();
        }

        await DeliverAsync();
        server.Outcome.Should().Be(FederationOutcome.Completed);
        refused.Should().BePositive("the file of the second round takes pages");
        clients.Select(client => client.ModelRound).Should().AllBeEquivalentTo(SmallJob.Rounds);
        server.Dispose();
        clients.ForEach(client => client.Dispose());

        // A restored server copies its journals, for which there may be no room either.
        static void ShouldBeTheSameOrFull(Action restore)
        {
            try
            {
                restore();
            }
            catch (SumFileException full)
            {
                full.Error.Should().Be(SumFileError.DiskFull);
            }
        }

        async Task DeliverAsync()
        {
            while (toClients.TryDequeue(out OutgoingMessage message))
            {
                foreach (ReadOnlyMemory<byte> answer in (await clients.Single(client => client.Client == message.Recipient).HandleAsync(message.Bytes)).Messages)
                {
                    bool isLate = message.Recipient == clients[^1].Client && MessageInfo.TryRead(answer.Span, out MessageInfo? info) && info.Kind == MessageKind.Upload;
                    if (!isLate)
                    {
                        Take(server.Handle(answer));
                    }
                }
            }
        }

        void Take(ServerStep step) => step.Messages.Where(message => message.Recipient is not null).ToList()
            .ForEach(message => toClients.Enqueue(new OutgoingMessage(message.Recipient, message.Kind, message.Bytes)));
    }

    private sealed class MovedTime : TimeProvider
    {
        private long _passed;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _passed;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(_passed);

        public void Pass(TimeSpan time) => _passed += time.Ticks;
    }
}
