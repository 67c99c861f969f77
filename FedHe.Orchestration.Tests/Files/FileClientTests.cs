using FedHe.MLBridge.ModelFiles;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Files;

/// <summary>A client with its models in files has the models of one in memory, bit for bit, whatever ends its process, and hands out nothing else.</summary>
public sealed class FileClientTests
{
    [Theory]
    [InlineData("plain", UpdateKind.Model, false)]
    [InlineData("ckks", UpdateKind.Model, true)]
    [InlineData("plain", UpdateKind.Difference, true)]
    [InlineData("ckks", UpdateKind.Difference, false)]
    public async Task Models_OfEveryRound_AreThoseOfAClientInMemory(string scheme, UpdateKind kind, bool restarts)
    {
        using FileLab lab = await FileLab.CreateAsync(new BenchOptions { Scheme = scheme, Rounds = 3, Update = new UpdateTerms(kind), Protector = new Committee.FastProtector() });
        var models = new SortedDictionary<int, double[]>();
        int steps = 0;
        lab.AfterStep = step =>
        {
            models[step.ModelRound] = FlatTrainer.ValuesOf(lab.Client.Model);
            lab.Client.LatestSummary?.Contributions.Should().Be(4);
            steps++;
        };
        Dictionary<int, double[]> expected = [];
        lab.Bench.Trainers[3].Before = (task, _) =>
        {
            expected[task.Round - 1] = TestModel.Flat(lab.Bench.Clients[3].GlobalModel);
            return restarts && task.Round > 1 ? RestartAsync(lab) : Task.CompletedTask;
        };

        await lab.RunAsync();

        expected[3] = TestModel.Flat(lab.Bench.Clients[3].GlobalModel);
        lab.Client.Outcome.Should().Be(FederationOutcome.Completed);
        lab.Client.Release.Should().Be(ModelRelease.MayBePublished);
        models.Keys.Should().Equal(0, 1, 2, 3);
        models.Should().AllSatisfy(round => round.Value.Should().Equal(expected[round.Key]));
        lab.Client.LatestSummary!.ErrorBounds.Should().Equal(lab.Bench.Clients[3].LatestAverage!.ErrorBounds);
        lab.Client.Invoking(client => client.GlobalModel).Should().Throw<InvalidOperationException>().WithMessage("*Model*");
        lab.Client.LatestAverage.Should().BeNull();
        lab.Trainer.Results.Take(2).Should().OnlyContain(result => result.IsDisposed, "their rounds are over");
        steps.Should().BeGreaterThan(5);
    }

    [Fact]
    public async Task Folder_InTheEnd_HasWhatTheStateNamesAndIsPrivate()
    {
        using FileLab lab = await FileLab.CreateAsync();
        await lab.RunAsync();

        lab.Restart();

        lab.FilesIn().Select(Path.GetExtension).Should().BeEquivalentTo(".model", ".upload");
        string model = Path.Combine(lab.Folder, lab.FilesIn().Single(name => name.EndsWith(".model", StringComparison.Ordinal)));
        using (var file = new ModelFile(model, TestModel.Layout))
        {
            FlatTrainer.ValuesOf(file).Should().Equal(TestModel.Flat(lab.Bench.Clients[1].GlobalModel));
        }

        if (!OperatingSystem.IsWindows())
        {
            foreach (string name in lab.FilesIn())
            {
                File.GetUnixFileMode(Path.Combine(lab.Folder, name)).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }
    }

    /// <summary>Before, between and in the middle of all writes, flushes, renamings, deletions, savings and sendings.</summary>
    [Theory]
    [InlineData(UpdateKind.Model, true, 1)]
    [InlineData(UpdateKind.Difference, false, 5)]
    public async Task Client_KilledAnywhere_GoesOnAndNeverSendsTwoUploadsForOneSlot(UpdateKind kind, bool keeps, int stride)
    {
        int all = await RunKilledAsync(kind, keeps, last: -1);
        all.Should().BeGreaterThan(40, "or most of it was not counted");
        for (int last = 0; last < all; last += stride)
        {
            await RunKilledAsync(kind, keeps, last);
        }
    }

    [Fact]
    public async Task Upload_BeforeAnyStateIsSaved_IsEncryptedAnewAfterAKill()
    {
        using FileLab lab = await FileLab.CreateAsync();
        ReadOnlyMemory<byte> invitation = lab.Invite();
        ReadOnlyMemory<byte> lost = (await lab.Client.HandleAsync(invitation)).Outgoing.Single().Bytes;

        lab.Restart();
        ReadOnlyMemory<byte> sent = (await lab.Client.HandleAsync(invitation)).Outgoing.Single().Bytes;

        ((Upload)lab.Bench.Parse(sent)).Slot.Should().Be(((Upload)lab.Bench.Parse(lost)).Slot);
        sent.ToArray().Should().NotEqual(lost.ToArray(), "nothing of it left, and the key is a fresh one");
        lab.FilesIn().Should().HaveCount(2, "the first one goes when a state is saved that does not name it");
        await lab.Client.HandleAsync(invitation);
        lab.FilesIn().Should().ContainSingle();
    }

    [Fact]
    public async Task Upload_WithASavedState_IsTheSameAfterAKill()
    {
        using FileLab lab = await FileLab.CreateAsync();
        ReadOnlyMemory<byte> invitation = lab.Invite();
        ClientStep step = await lab.Client.HandleAsync(invitation);
        byte[] state = step.State!.ToArray();
        SignedMessage sent = step.Outgoing.Single();
        ReadOnlyMemory<byte> bytes = sent.Bytes;
        lab.Client.Dispose();

        using FederationClient resumed = FederationClient.Restore(lab.SetupOn(new()), state, step.State.Stamp);

        (sent.Kind, sent.IsInFile, sent.Length).Should().Be((MessageKind.Upload, true, bytes.Length));
        sent.ReadInfo()!.Client.Should().Be(resumed.Client);
        step.Messages.Single().ToArray().Should().Equal(bytes.ToArray());
        resumed.UnacknowledgedMessages.Single().Bytes.ToArray().Should().Equal(bytes.ToArray());
        resumed.UnacknowledgedUpload!.Value.ToArray().Should().Equal(bytes.ToArray());
        (await resumed.HandleAsync(invitation)).Outgoing.Single().Bytes.ToArray().Should().Equal(bytes.ToArray());
        lab.Trainer.Results.Should().ContainSingle();
        lab.Bench.Server.Receive(bytes).Should().ContainSingle(message => message.Kind == MessageKind.Acknowledgement);
    }

    [Fact]
    public async Task Upload_ThatIsNotKept_GoesWithItsAcknowledgementAndIsNotReplaced()
    {
        using FileLab lab = await FileLab.CreateAsync(keeps: false);
        ReadOnlyMemory<byte> invitation = lab.Invite();
        SignedMessage upload = (await lab.Client.HandleAsync(invitation)).Outgoing.Single();
        ReadOnlyMemory<byte> acknowledgement = lab.Bench.Server.Receive(upload.Bytes).Single().Bytes;

        ClientStep acknowledged = await lab.Client.HandleAsync(acknowledgement);
        lab.FilesIn().Should().ContainSingle("the state that does without it is not on the disk yet");
        ClientStep again = await lab.Client.HandleAsync(invitation);
        lab.Client.Dispose();
        using FederationClient resumed = FederationClient.Restore(lab.SetupOn(new()), acknowledged.State!.ToArray(), acknowledged.State.Stamp);

        lab.FilesIn().Should().BeEmpty();
        again.Ignored.Should().Be(IgnoredReason.UploadNotKept);
        again.Outgoing.Should().BeEmpty();
        (await resumed.HandleAsync(invitation)).Ignored.Should().Be(IgnoredReason.UploadNotKept);
        upload.Invoking(one => one.OpenRead()).Should().Throw<IOException>();
    }

    private static async Task<int> RunKilledAsync(UpdateKind kind, bool keeps, int last)
    {
        using FileLab lab = await FileLab.CreateAsync(new BenchOptions { Update = new UpdateTerms(kind), Protector = new Committee.FastProtector() }, keeps);
        int done = await lab.RunAsync(last);

        lab.Bench.Server.Outcome.Should().Be(FederationOutcome.Completed, $"killed after {last}");
        lab.Client.ModelRound.Should().Be(2, $"killed after {last}");
        FlatTrainer.ValuesOf(lab.Client.Model).Should().Equal(TestModel.Flat(lab.Bench.Clients[2].GlobalModel), $"killed after {last}");
        lab.Left.Should().HaveCountGreaterThanOrEqualTo(2).And.AllSatisfy(slot => slot.Value.Should().ContainSingle($"killed after {last}"));
        lab.Restart();
        lab.FilesIn().Should().HaveCountLessThanOrEqualTo(2, $"killed after {last}").And.OnlyContain(name => !name.EndsWith(".part", StringComparison.Ordinal));
        return done;
    }

    private static Task RestartAsync(FileLab lab)
    {
        lab.Restart();
        lab.Post(lab.Bench.Server.Receive(lab.Client.Announce()));
        return Task.CompletedTask;
    }
}
