using System.Reflection;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Selection;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Planning;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace FedHe.Orchestration.Tests.Server;

/// <summary>Files of sums that are fuller, older, damaged, of others or not there: every one leads to an aggregate of what the list says, to another attempt, or to an error that can be mended.</summary>
public sealed class SumFileFaultTests : IDisposable
{
    private readonly SumFiles _sums = new();

    public void Dispose() => _sums.Dispose();

    /// <summary>The file has an upload that is not accepted, and another client takes its place: the round has no room for both.</summary>
    [Fact]
    public async Task Upload_BeyondWhatTheFileHas_LeavesTheSumOfKeysAsItWas()
    {
        using TestBench bench = await _sums.CreateAsync(JobProtection.RoundKeys, clients: 5, clientsPerRound: 4, quorum: 4);
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        ReadOnlyMemory<byte> first = uploads.First().Value;
        bench.Server.LoseContact(uploads.First().Key);
        ReadOnlyMemory<byte> fifth = (await bench.TrainAsync(PassDeadline(bench).Where(message => !uploads.ContainsKey(message.Recipient!.Value)))).Values.Single();
        bench.Server = Killed(bench, () => bench.Server.Handle(first).Refusal.Should().Be(RefusalReason.None));
        foreach (ReadOnlyMemory<byte> upload in uploads.Values.Skip(1))
        {
            bench.Server.Handle(upload).Refusal.Should().Be(RefusalReason.None);
        }

        bench.Server.Handle(fifth).Refusal.Should().Be(RefusalReason.OverCapacity);
        bench.Server.Handle(fifth).Refusal.Should().Be(RefusalReason.OverCapacity);
        byte[] state = bench.SaveState();
        bench.Server.Dispose();
        bench.Server = bench.Restore(state);
        bench.Server.Advance();
        await bench.DeliverAsync(bench.Server.Receive(first), MessageKind.Aggregate);

        bench.Clients.Where(client => uploads.ContainsKey(client.Client)).Should().OnlyContain(client => client.ModelRound == 1);
    }

    /// <summary>The client of an upload in the file sends another one, and there is no quorum without it.</summary>
    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Upload_ThatItsClientCannotRepeat_HasTheAttemptRepeatedWhereNoQuorumIsLeft(JobProtection protection)
    {
        using TestBench bench = await _sums.CreateAsync(protection, quorum: 4);
        IReadOnlyList<OutgoingMessage> messages = bench.StartWithAll();
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(messages)).Values];
        bench.Server = Killed(bench, () => bench.Server.Handle(uploads[0]).Refusal.Should().Be(RefusalReason.None));
        bench.Server.Handle(SumFiles.Again(bench, 0, messages)).Refusal.Should().Be(RefusalReason.ConflictingDuplicate);
        Array.ForEach(uploads[1..], upload => bench.Server.Handle(upload).Refusal.Should().Be(RefusalReason.None));

        PassDeadline(bench);

        bench.Server.Attempt.Should().Be(2);
        bench.Server.Outcome.Should().BeNull();
    }

    /// <summary>The file has an upload of a client that the older state has not invited.</summary>
    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task State_OlderThanAnInvitation_IsReadAgainAndHasTheAttemptRepeated(JobProtection protection)
    {
        using TestBench bench = await _sums.CreateAsync(protection, clientsPerRound: 3, quorum: 3);
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> invited = await bench.TrainAsync(bench.StartWithAll());
        byte[] state = bench.SaveState();
        bench.Server.LoseContact(invited.First().Key);
        ReadOnlyMemory<byte> fourth = (await bench.TrainAsync(PassDeadline(bench).Where(message => !invited.ContainsKey(message.Recipient!.Value)))).Values.Single();
        bench.Server.Handle(fourth).Refusal.Should().Be(RefusalReason.None);
        bench.Server.Dispose();

        bench.Server = bench.Restore(state);
        bench.Server.Advance();
        state = bench.SaveState();
        bench.Server.Dispose();
        bench.Server = bench.Restore(state);

        bench.Server.Attempt.Should().Be(2);
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task State_OfAnOpenAttempt_NeedsTheFolder(JobProtection protection)
    {
        using TestBench bench = await _sums.CreateAsync(protection);
        bench.StartWithAll();
        byte[] state = bench.SaveState();
        bench.Server.Dispose();

        FluentActions.Invoking(() => FederationServer.Restore(bench.ServerSetup with { SumFolder = null }, state)).Should().Throw<StateRefusedException>()
            .Which.Error.Should().Be(StateError.SumMissing);
    }

    /// <summary>The file is of another life, which took other uploads of the same clients, while the state and a change behind it name the uploads of this life.</summary>
    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Changes_BehindALostSum_AreTakenAndTheAttemptIsRepeated(JobProtection protection)
    {
        using TestBench bench = await _sums.CreateAsync(protection);
        IReadOnlyList<OutgoingMessage> messages = bench.StartWithAll();
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(messages)).Values];
        byte[] before = bench.SaveState();
        bench.Server.Dispose();
        string file = SumFiles.FilesIn(bench).Single();
        string copy = Path.Combine(_sums.Folder.FullName, "copy");
        File.Copy(file, copy);
        bench.Server = bench.Restore(before);
        bench.Server.Advance();
        bench.Server.Handle(uploads[0]);
        byte[] state = bench.SaveState();
        byte[] change = bench.Server.Handle(uploads[1]).Change!.ToArray();
        bench.Server.Dispose();
        File.Copy(copy, file, overwrite: true);
        bench.Server = bench.Restore(before);
        bench.Server.Advance();
        bench.Server.Handle(SumFiles.Again(bench, 0, messages)).Refusal.Should().Be(RefusalReason.None);
        bench.Server.Handle(SumFiles.Again(bench, 1, messages)).Refusal.Should().Be(RefusalReason.None);
        bench.Server.Dispose();

        StateStamp.TryRead(change, out StateStamp? newest);
        bench.Server = FederationServer.Restore(bench.ServerSetup, state, newest, [change]);

        bench.Server.Attempt.Should().Be(2);
    }

    /// <summary>A byte of the sum rots behind the last upload: the file is not opened again, and the attempt is repeated.</summary>
    [Theory]
    [InlineData(JobProtection.Direct, true)]
    [InlineData(JobProtection.Direct, false)]
    [InlineData(JobProtection.RoundKeys, true)]
    [InlineData(JobProtection.RoundKeys, false)]
    public async Task Sum_ThatIsDamagedWhenItIsCompleted_IsPutAside(JobProtection protection, bool isInClear)
    {
        using TestBench bench = await _sums.CreateAsync(protection, mask: isInClear ? EncryptionMask.Layers(TestModel.Layout, "output") : null);
        byte[] state = await RotAsync(bench);

        bench.Invoking(one => one.Server.ReportUnreachable(one.Clients[3].Client)).Should().Throw<SumFileException>().Which.Error.Should().Be(SumFileError.Damaged);
        bench.Server.Dispose();
        bench.Server = bench.Restore(state);
        bench.Server.Advance();

        bench.Server.Attempt.Should().Be(2);
        Directory.GetFiles(bench.Options.SumFolder!, "*.damaged").Should().ContainSingle("somebody may want to know what became of the disk");
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Sum_ThatIsDamagedWhenAnUploadIsFoldedIn_IsPutAside(JobProtection protection)
    {
        using TestBench bench = await _sums.CreateAsync(protection);
        byte[] state = await RotAsync(bench);
        ReadOnlyMemory<byte> last = bench.Clients[3].Unacknowledged.Single();

        bench.Invoking(one => one.Server.Handle(last)).Should().Throw<SumFileException>().Which.Error.Should().Be(SumFileError.Damaged);
        bench.Server.Dispose();
        bench.Server = bench.Restore(state);

        bench.Server.Attempt.Should().Be(2);
    }

    [Fact]
    public async Task Sum_ThatIsDamagedInTheLastAttempt_EndsTheJobAsAMissedQuorumDoes()
    {
        using TestBench bench = await _sums.CreateAsync(JobProtection.Direct, attempts: 1);
        byte[] state = await RotAsync(bench);
        bench.Invoking(one => one.Server.ReportUnreachable(one.Clients[3].Client)).Should().Throw<SumFileException>();
        bench.Server.Dispose();

        bench.Server = bench.Restore(state);

        bench.Server.Advance().Messages.Should().Contain(message => message.Kind == MessageKind.Conclusion);
        bench.Server.Outcome.Should().Be(FederationOutcome.QuorumNotReached);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Restore_ThatIsRefused_LeavesNoFile(bool isSumInFile)
    {
        using TestBench bench = await _sums.CreateAsync(JobProtection.Direct, attempts: 1, isInFile: isSumInFile);
        bench.StartWithAll();
        byte[] state = bench.SaveState();
        StateStamp? newest = null;
        FederationServerSetup setup = bench.ServerSetup with { SumFolder = bench.Options.SumFolder ?? _sums.Folder.FullName };
        if (isSumInFile)
        {
            bench.Server.Dispose();
            File.Delete(SumFiles.FilesIn(bench).Single());
        }
        else
        {
            newest = bench.Server.Stamp with { Version = bench.Server.Stamp.Version + 1 };
        }

        FluentActions.Invoking(() => FederationServer.Restore(setup, state, newest)).Should().Throw<StateRefusedException>()
            .Which.Error.Should().Be(isSumInFile ? StateError.SumMissing : StateError.Outdated);

        Directory.GetFiles(setup.SumFolder, "*.sum").Should().BeEmpty();
    }

    /// <summary>A host that keeps no stamp of the newest state: its files go as soon as its own states name them no more.</summary>
    [Fact]
    public async Task Files_OfAHostWithoutTheNewestStamp_AreDeletedToo()
    {
        using TestBench bench = await _sums.CreateAsync(JobProtection.Direct, rounds: 4);
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        for (int round = 1; round <= 4; round++)
        {
            bench.Server.Receive(uploads[0]);
            byte[] state = bench.SaveState();
            bench.Server.Dispose();
            bench.Server = FederationServer.Restore(bench.ServerSetup, state);
            bench.Server.Advance();
            bench.Clients.ForEach(client => bench.Server.Receive(client.Announce()));
            OutgoingMessage[] answers = [.. uploads[1..].SelectMany(upload => bench.Server.Receive(upload))];
            await bench.DeliverAsync(answers, MessageKind.Aggregate);
            bench.Clients.Should().OnlyContain(client => client.ModelRound == round);
            uploads = [.. (await bench.TrainAsync(answers)).Values];
        }

        bench.Server.LoseContact(bench.Clients[0].Client);
        bench.Server.LoseContact(bench.Clients[1].Client);
        SumFiles.FilesIn(bench).Should().ContainSingle();
    }

    [Fact]
    public async Task Folder_OfAServerThatWasRefused_IsFreeAgain()
    {
        using TestBench bench = await _sums.CreateAsync(JobProtection.Direct);
        bench.Server.Dispose();
        FederationServerSetup setup = bench.ServerSetup;

        FluentActions.Invoking(() => new FederationServer(setup with { Safety = setup.Safety with { MaxMessageBytes = 100 } })).Should().Throw<PlanRefusedException>();
        bench.Server = new FederationServer(setup);
    }

    [Fact]
    public async Task Folder_WhoseLockCannotBeOpened_IsNotCalledInUse()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using TestBench bench = await _sums.CreateAsync(JobProtection.Direct);
        DirectoryInfo other = _sums.Folder.CreateSubdirectory("other");
        File.CreateSymbolicLink(Path.Combine(other.FullName, "lock"), "lock");

        FluentActions.Invoking(() => new FederationServer(bench.ServerSetup with { SumFolder = other.FullName })).Should().Throw<SumFileException>()
            .Which.Error.Should().Be(SumFileError.Inaccessible);
    }

    /// <summary>A disk that is not mounted, or a wrong path: the folder was no server's, and its uploads are not given up for that.</summary>
    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Restore_InAFolderThatWasNoServers_IsRefusedUntilSomebodySaysThatTheSumsAreLost(JobProtection protection)
    {
        using TestBench bench = await _sums.CreateAsync(protection);
        bench.StartWithAll();
        byte[] state = bench.SaveState();
        StateStamp newest = bench.Server.Stamp;
        FederationServerSetup setup = bench.ServerSetup with { SumFolder = _sums.Folder.CreateSubdirectory("empty").FullName };
        for (int start = 0; start < 2; start++)
        {
            FluentActions.Invoking(() => FederationServer.Restore(setup, state, newest)).Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.SumMissing);
        }

        File.Create(Path.Combine(setup.SumFolder, "lock")).Dispose();
        using var server = FederationServer.Restore(setup, state, newest);
        server.Attempt.Should().Be(2);
    }

    [Fact]
    public async Task Folder_OfAnotherJob_IsRefused()
    {
        using TestBench bench = await _sums.CreateAsync(JobProtection.Direct);
        using TestBench other = await _sums.CreateAsync(JobProtection.Direct, isInFile: false);
        bench.Server.Dispose();

        FluentActions.Invoking(() => new FederationServer(other.ServerSetup with { SumFolder = bench.Options.SumFolder })).Should().Throw<SumFileException>()
            .Which.Error.Should().Be(SumFileError.AlreadyExists);
        bench.Server = new FederationServer(bench.ServerSetup);
    }

    /// <summary>Opens a sum of three of four uploads again, changes a byte of its last part behind the server's back, and returns the state.</summary>
    private static async Task<byte[]> RotAsync(TestBench bench)
    {
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        Array.ForEach(uploads[..3], upload => bench.Server.Handle(upload).Refusal.Should().Be(RefusalReason.None));
        byte[] state = bench.SaveState();
        object parts = Inner(bench.Server, "_state", "<Open>k__BackingField", "<Sum>k__BackingField", "_aggregator", "_sum", "<Store>k__BackingField", "_parts");
        var file = (SafeFileHandle)Inner(parts, "_disk", "_handle");
        object head = Inner(parts, "_head");
        int last = (int)head.GetType().GetProperty("PartCount")!.GetValue(head)! - 1;
        long offset = (long)head.GetType().GetMethod("PartAt")!.Invoke(head, [last])! + 50;
        byte[] value = new byte[1];
        RandomAccess.Read(file, value, offset);
        RandomAccess.Write(file, [(byte)(value[0] ^ 1)], offset);
        return state;
    }

    private static object Inner(object outer, params string[] fields)
        => fields.Aggregate(outer, (one, name) => FieldOf(one.GetType(), name).GetValue(one)!);

    private static FieldInfo FieldOf(Type type, string name)
        => type.GetField(name, BindingFlags.Instance | BindingFlags.NonPublic) ?? FieldOf(type.BaseType!, name);

    /// <summary>Saves a state, does something of which nothing is saved, and goes on from the state.</summary>
    private static FederationServer Killed(TestBench bench, Action loses)
    {
        byte[] state = bench.SaveState();
        loses();
        bench.Server.Dispose();
        FederationServer server = bench.Restore(state);
        server.Advance();
        return server;
    }

    private static IReadOnlyList<OutgoingMessage> PassDeadline(TestBench bench)
    {
        bench.Time.Pass(bench.Server.DueIn!.Value);
        return bench.Server.MoveOn();
    }
}
