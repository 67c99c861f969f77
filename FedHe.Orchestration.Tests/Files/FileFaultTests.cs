using FedHe.Crypto.Errors;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Files;

/// <summary>Faults that a client with its models in files survives, of the disk and of what the host gives it, cost no training, no step and nobody's good name.</summary>
public sealed class FileFaultTests
{
    [Theory]
    [InlineData("Create")]
    [InlineData("Write")]
    [InlineData("Write, Delete")]
    [InlineData("Flush")]
    [InlineData("Move")]
    public async Task Disk_ThatIsFullOnce_CostsNoTraining(string fault)
    {
        var disk = new FaultyDisk();
        using FileLab lab = await FileLab.CreateAsync();
        lab.Use(lab.SetupOn(disk));
        ReadOnlyMemory<byte> invitation = lab.Invite();
        disk.Fault = fault;

        await lab.Client.Awaiting(client => client.HandleAsync(invitation)).Should().ThrowAsync<IOException>();
        disk.Fault.Should().BeNull();
        lab.FilesIn().Should().HaveCount(fault.Contains("Delete", StringComparison.Ordinal) ? 1 : 0);
        ClientStep step = await lab.Client.HandleAsync(invitation);

        step.State.Should().NotBeNull();
        lab.Bench.Server.Receive(step.Outgoing.Single().Bytes).Should().ContainSingle(message => message.Kind == MessageKind.Acknowledgement);
        lab.Trainer.Results.Should().ContainSingle();
        lab.FilesIn().Should().ContainSingle("what could not be deleted at once goes with the next step");
    }

    [Fact]
    public async Task Disk_ThatDeletesNothingOnce_IsAskedAgain()
    {
        var disk = new FaultyDisk();
        using FileLab lab = await FileLab.CreateAsync(keeps: false);
        lab.Use(lab.SetupOn(disk));
        ReadOnlyMemory<byte> invitation = lab.Invite();
        ReadOnlyMemory<byte> upload = (await lab.Client.HandleAsync(invitation)).Outgoing.Single().Bytes;
        await lab.Client.HandleAsync(lab.Bench.Server.Receive(upload).Single().Bytes);
        disk.Fault = "Delete";

        await lab.Client.HandleAsync(invitation);
        lab.FilesIn().Should().ContainSingle();
        await lab.Client.HandleAsync(invitation);

        lab.FilesIn().Should().BeEmpty();
    }

    [Fact]
    public async Task Folder_ThatCannotBeListed_IsFreeAgain()
    {
        using FileLab lab = await FileLab.CreateAsync();
        lab.Client.Dispose();

        FluentActions.Invoking(() => new FederationClient(lab.SetupOn(new FaultyDisk { Fault = "List" }))).Should().Throw<ClientFileException>()
            .Which.Error.Should().Be(ClientFileError.Inaccessible);

        lab.Use(lab.SetupOn(new()));
    }

    /// <summary>The model of the first attempt is needed no more when a repeated one trains anew.</summary>
    [Fact]
    public async Task Result_WhoseDisposeFails_CostsNoStep()
    {
        using FileLab lab = await FileLab.CreateAsync(new BenchOptions { MaxAttempts = 3 });
        ReadOnlyMemory<byte> bytes = lab.Invite();
        var invitation = (Invitation)lab.Bench.Parse(bytes);
        await lab.Client.HandleAsync(bytes);
        int disposals = 0;
        lab.Trainer.Results[0].Disposing = () => throw new IOException($"disposal {++disposals}");

        ClientStep step = await lab.Client.HandleAsync(lab.Bench.FromServer(invitation with { Slot = lab.Bench.Slot(0, attempt: 2), WasPublished = true }));
        ClientStep next = await lab.Client.HandleAsync(lab.Bench.FromServer(invitation with { Slot = lab.Bench.Slot(0, attempt: 3), WasPublished = true }));

        new[] { step, next }.Should().OnlyContain(one => one.State != null && one.Outgoing.Length == 1);
        disposals.Should().Be(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Result_ThatCannotBeUsed_IsDisposed(bool isCanceled)
    {
        using FileLab lab = await FileLab.CreateAsync();
        using var source = new CancellationTokenSource();
        var layout = new ModelLayout(new TensorSpec("other", ElementType.Float64, [3], TestModel.Bound));
        var other = new FlatTrainer.FlatResult(ModelParameters.CreateBuilder(layout).Set<double>("other", new double[3]).Build());
        lab.Trainer.Return = (_, result) => isCanceled ? result : other;
        lab.Bench.Trainers[0].Report = result =>
        {
            source.Cancel();
            return result;
        };
        ReadOnlyMemory<byte> invitation = lab.Invite();

        if (isCanceled)
        {
            await lab.Client.Awaiting(client => client.HandleAsync(invitation, source.Token)).Should().ThrowAsync<OperationCanceledException>();
        }
        else
        {
            await lab.Client.Awaiting(client => client.HandleAsync(invitation)).Should().ThrowAsync<HeMismatchException>();
        }

        await lab.Client.HandleAsync(new byte[1]);
        (isCanceled ? lab.Trainer.Results[0] : other).IsDisposed.Should().BeTrue();
    }

    /// <summary>A model that a client trains nothing on is the one that it had, and can be read as long.</summary>
    [Fact]
    public async Task Result_ThatIsTheGlobalModel_CanBeReadUntilTheStepAfter()
    {
        using FileLab lab = await FileLab.CreateAsync(new BenchOptions { Rounds = 4 });
        lab.Trainer.Return = (model, _) => model;
        IFlatModel? before = null;
        int read = 0;
        lab.AfterStep = _ =>
        {
            read += before is null ? 0 : FlatTrainer.ValuesOf(before).Length;
            before = lab.Client.Model;
        };

        await lab.RunAsync();

        lab.Client.ModelRound.Should().Be(4);
        read.Should().BePositive();
    }

    [Fact]
    public async Task Sum_ThatTheOwnModelCannotBeReadFor_IsNobodysFault()
    {
        using FileLab lab = await FileLab.CreateAsync(new BenchOptions { Update = new UpdateTerms(UpdateKind.Difference), Protector = new Committee.FastProtector() });
        var initial = new OddModel(lab.Bench.InitialModel);
        FederationClientSetup setup = lab.SetupOn(new());
        lab.Use(setup with { Files = setup.Files! with { InitialModel = initial } });
        byte[] message = await lab.AggregateAsync();
        initial.Reading = _ => throw new HeFormatException(FormatError.Truncated, "model");

        await lab.Client.Awaiting(client => client.HandleAsync(new MemoryStream(message))).Should().ThrowAsync<IOException>();
        lab.Client.UnacknowledgedMessages.Should().BeEmpty("nobody objects");
        lab.FilesIn().Should().BeEmpty();
        initial.Reading = null;
        ClientStep step = await lab.Client.HandleAsync(new MemoryStream(message));

        (step.Ignored, step.ModelRound).Should().Be((null, 1));
    }

    /// <summary>The key of an upload depends on what it encrypts, so nothing else may be encrypted: in whatever pass, of the model or of the one before.</summary>
    [Theory]
    [InlineData(UpdateKind.Model, false)]
    [InlineData(UpdateKind.Difference, false)]
    [InlineData(UpdateKind.Difference, true)]
    public async Task Model_ThatChangesWhileItIsEncrypted_IsNotSent(UpdateKind kind, bool isBase)
    {
        using FileLab lab = await FileLab.CreateLongAsync(kind);
        int reads = 0;
        int changesAt = int.MaxValue;
        double[] other = new double[1];
        OddModel Odd(IFlatModel model) => new(model)
        {
            Reading = values => values[0] += ++reads >= changesAt ? other[0] : 0,
        };
        FederationClientSetup setup = lab.SetupOn(new());
        lab.Use(isBase ? setup with { Files = setup.Files! with { InitialModel = Odd(lab.Bench.InitialModel) } } : setup);
        lab.Trainer.Return = (_, result) =>
        {
            reads = 0;
            return isBase ? result : Odd(result);
        };
        ReadOnlyMemory<byte> bytes = lab.Invite();
        var invitation = (Invitation)lab.Bench.Parse(bytes);
        await lab.Client.HandleAsync(bytes);
        int all = reads;
        all.Should().BeGreaterThanOrEqualTo(6, "or it is read once");
        other[0] = 0.5;
        for (changesAt = 2; changesAt <= all; changesAt++)
        {
            byte[] next = lab.Bench.FromServer(invitation with { Slot = lab.Bench.Slot(0, attempt: 2), WasPublished = true });

            await lab.Client.Awaiting(client => client.HandleAsync(next)).Should().ThrowAsync<ModelChangedException>($"it changed at read {changesAt} of {all}");

            lab.FilesIn().Should().ContainSingle("the upload of the first attempt");
        }

        changesAt = int.MaxValue;
        int trainings = lab.Trainer.Results.Count;
        (await lab.Client.HandleAsync(lab.Bench.FromServer(invitation with { Slot = lab.Bench.Slot(0, attempt: 2), WasPublished = true }))).Outgoing.Should().ContainSingle();
        lab.Trainer.Results.Should().HaveCount(trainings + 1, "a changed result is not kept");
    }

    /// <summary>A later life of the server hears what an earlier one said, also where the step that was to say it failed.</summary>
    [Fact]
    public async Task Proof_OfAStepThatFailed_IsSentWithTheNext()
    {
        var disk = new FaultyDisk();
        using FileLab lab = await FileLab.CreateAsync();
        lab.Use(lab.SetupOn(disk));
        byte[] first = await lab.AggregateAsync();
        await lab.Client.HandleAsync(lab.Bench.Server.Receive(lab.Client.Announce())[0].Bytes);
        using FederationServer restored = lab.Bench.Restore(lab.Bench.SaveState());
        var aggregate = (AggregateMessage)lab.Bench.Parse(first);
        byte[] message = MessageFormat.WriteSigned(aggregate with { Stamp = restored.Stamp }, lab.Bench.Context.ParametersId, lab.Bench.ServerIdentity);
        disk.Fault = "Create";

        await lab.Client.Awaiting(client => client.HandleAsync(new MemoryStream(message))).Should().ThrowAsync<IOException>();
        ClientStep step = await lab.Client.HandleAsync(new MemoryStream(message));
        ClientStep again = await lab.Client.HandleAsync(new MemoryStream(message));

        step.ModelRound.Should().Be(1);
        step.Outgoing[0].Kind.Should().Be(MessageKind.Announcement);
        again.Outgoing.Should().BeEmpty();
    }

    /// <summary>A model that does something to what is read of it.</summary>
    private sealed class OddModel(IFlatModel inner) : IFlatModel
    {
        public delegate void Read(Span<double> values);

        public ModelLayout Layout => inner.Layout;

        public Read? Reading { get; set; }

        public void CopyFlatTo(long start, Span<double> destination)
        {
            inner.CopyFlatTo(start, destination);
            Reading?.Invoke(destination);
        }
    }
}
