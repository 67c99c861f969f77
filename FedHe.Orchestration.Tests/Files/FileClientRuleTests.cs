using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Squeezing;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Files;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Tests.Privacy;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Files;

/// <summary>What a client with its models in files refuses: jobs that it cannot take part in, folders of others, and states whose files are not there.</summary>
public sealed class FileClientRuleTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-client");

    public static TheoryData<FilesRefusal> Refusals { get; } =
        [FilesRefusal.DirectProtection, FilesRefusal.Privacy, FilesRefusal.Optimizer, FilesRefusal.Squeeze, FilesRefusal.Controls, FilesRefusal.Integers];

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Job_WithWhatNeedsMemory_IsRefusedByName(FilesRefusal refusal)
    {
        var keys = new BenchOptions { Protection = JobProtection.RoundKeys };
        BenchOptions options = refusal switch
        {
            FilesRefusal.Privacy => PrivacyTermsTests.Options(new FakePrivacy(), PrivacyTermsTests.Terms()),
            FilesRefusal.Optimizer => keys with { Update = new UpdateTerms(UpdateKind.Difference, optimizer: ServerOptimizer.Adam(0.1)) },
            FilesRefusal.Squeeze => keys with { Update = new UpdateTerms(UpdateKind.Difference, squeeze: new SparsificationTerms(6)) },
            FilesRefusal.Controls => keys with { MaxWeight = 1, MinimumContributors = 4, Quorum = 4, Update = new UpdateTerms(UpdateKind.Difference, controls: new ControlTerms(4)) },
            FilesRefusal.Integers => keys with { MaxWeight = 1, Update = new UpdateTerms(UpdateKind.Model, new IntegerTerms(0.01, 400)) },
            _ => new BenchOptions(),
        };
        using TestBench bench = await TestBench.CreateAsync(options);

        FluentActions.Invoking(() => new FederationClient(SetupOf(bench, _folder.FullName))).Should().Throw<FilesRefusedException>()
            .Which.Refusal.Should().Be(refusal);
    }

    [Fact]
    public async Task Folder_OfAnotherClientOrNone_IsRefusedWithTheReason()
    {
        using FileLab lab = await FileLab.CreateAsync();

        ErrorOf(lab.SetupOn(new ClientDisk())).Should().Be(ClientFileError.InUse);
        lab.Client.Dispose();
        ErrorOf(SetupOf(lab.Bench, lab.Folder, index: 1)).Should().Be(ClientFileError.OtherClient);
        ErrorOf(SetupOf(lab.Bench, Path.Combine(lab.Folder, "none"))).Should().Be(ClientFileError.NotFound);
        new FederationClient(lab.SetupOn(new ClientDisk())).Dispose();
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("changed")]
    [InlineData("shorter")]
    public async Task State_WhoseModelIsNotThere_IsRefusedAndCanBeMended(string what)
    {
        using FileLab lab = await FileLab.CreateAsync();
        await lab.RunAsync();
        lab.Client.Dispose();
        string path = Directory.GetFiles(lab.Folder, "*.model").Single();
        byte[] bytes = File.ReadAllBytes(path);
        FileFolderTests.Spoil(path, what);

        FluentActions.Invoking(() => FederationClient.Restore(lab.SetupOn(new ClientDisk()), lab.Saved!)).Should().Throw<StateRefusedException>()
            .Which.Error.Should().Be(StateError.FileMissing);

        // A power cut may undo the renaming of a file that was flushed.
        File.Delete(path);
        File.WriteAllBytes(path + ".part", bytes);
        lab.Restart();
        lab.Client.ModelRound.Should().Be(2);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("changed")]
    [InlineData("shorter")]
    public async Task State_WhoseUploadIsNotThereAndNotAtTheServer_IsRefusedAndCanBeMended(string what)
    {
        using FileLab lab = await FileLab.CreateAsync();
        ClientStep step = await lab.Client.HandleAsync(lab.Invite());
        byte[] state = step.State!.ToArray();
        lab.Client.Dispose();
        string path = Directory.GetFiles(lab.Folder, "*.upload").Single();
        byte[] bytes = File.ReadAllBytes(path);
        FileFolderTests.Spoil(path, what);

        FluentActions.Invoking(() => FederationClient.Restore(lab.SetupOn(new ClientDisk()), state, step.State.Stamp)).Should().Throw<StateRefusedException>()
            .Which.Error.Should().Be(StateError.FileMissing);

        File.Delete(path);
        File.WriteAllBytes(path + ".part", bytes);
        using FederationClient resumed = FederationClient.Restore(lab.SetupOn(new ClientDisk()), state, step.State.Stamp);
        resumed.UnacknowledgedMessages.Single().Bytes.ToArray().Should().Equal(bytes);
    }

    /// <summary>Before the first round nothing but what its protector encrypts tells the state of a client in memory from one with files.</summary>
    [Fact]
    public async Task State_OfAClientInMemoryWithoutAModel_IsRefusedForWhatItProtects()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = JobProtection.RoundKeys, Protector = new Committee.FastProtector() });
        var state = new System.Buffers.ArrayBufferWriter<byte>();
        bench.Clients[1].SaveState(state);
        FederationClientSetup memory = bench.ClientSetup(1);
        FederationClientSetup setup = new(memory.Job, memory.Identity, memory.Keys, SetupOf(bench, _folder.FullName, index: 1).Files!) { Safety = memory.Safety, Protector = memory.Protector };

        FluentActions.Invoking(() => FederationClient.Restore(setup, state.WrittenMemory)).Should().Throw<StateRefusedException>()
            .Which.Error.Should().Be(StateError.Inconsistent);
        new FederationClient(setup).Dispose();
    }

    [Fact]
    public async Task Setup_WhoseFilesWereTakenAway_IsRefused()
    {
        using FileLab lab = await FileLab.CreateAsync();
        await lab.RunAsync();
        FederationClientSetup setup = lab.SetupOn(new()) with { Files = null };

        FluentActions.Invoking(() => new FederationClient(setup)).Should().Throw<ArgumentException>().WithMessage("*Files*");
        FluentActions.Invoking(() => FederationClient.Restore(setup, lab.Saved!)).Should().Throw<ArgumentException>().WithMessage("*Files*");
    }

    /// <summary>Clients with files refuse by name what they cannot do, so that somebody has to decide about each new feature: add it here and to <see cref="ModelFiles"/>.</summary>
    [Fact]
    public void Terms_OfUpdates_AreAllKnown()
        => typeof(UpdateTerms).GetProperties().Select(property => property.Name).Should().BeEquivalentTo("Kind", "Integers", "Privacy", "Optimizer", "Squeeze", "Adapters", "Controls");

    [Fact]
    public async Task State_OfTheOtherKindOfClient_IsRefused()
    {
        using FileLab lab = await FileLab.CreateAsync();
        await lab.RunAsync();
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        lab.Bench.Clients[1].SaveState(bytes);
        lab.Client.Dispose();

        FluentActions.Invoking(() => FederationClient.Restore(lab.Bench.ClientSetup(0), lab.Saved!)).Should().Throw<StateRefusedException>()
            .Which.Error.Should().Be(StateError.Inconsistent);
        FluentActions.Invoking(() => FederationClient.Restore(SetupOf(lab.Bench, _folder.FullName, index: 1), bytes.WrittenMemory)).Should().Throw<StateRefusedException>()
            .Which.Error.Should().Be(StateError.Inconsistent);
    }

    private static FederationClientSetup SetupOf(TestBench bench, string folder, int index = 0) => bench.ClientSetup(index) with
    {
        Files = new ModelFiles { Folder = folder, InitialModel = bench.InitialModel, Trainer = new FlatTrainer(bench.Trainers[index]) },
    };

    private static ClientFileError ErrorOf(FederationClientSetup setup)
        => FluentActions.Invoking(() => new FederationClient(setup)).Should().Throw<ClientFileException>().Which.Error;
}
