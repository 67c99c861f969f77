using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Server;

/// <summary>Servers whose sums are in files: the same aggregates, states that refer to files, and what follows where state and file do not agree.</summary>
public sealed class SumFileServerTests : IDisposable
{
    private readonly SumFiles _sums = new();

    public void Dispose() => _sums.Dispose();

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Aggregate_OfASumInAFile_HasTheBytesOfOneInMemoryAndIsReadInRanges(JobProtection protection)
    {
        using TestBench bench = await _sums.CreateAsync(protection);
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        OutgoingMessage[] closing = Close(bench.Server, uploads);
        OutgoingMessage message = closing.First(one => one.Kind == MessageKind.Aggregate);
        byte[] expected = AggregateInMemory(bench, uploads);

        message.IsInFile.Should().BeTrue();
        TestBench.Unsigned(message.Bytes).Should().Equal(expected);
        message.Length.Should().Be(expected.Length + MessageSignature.SizeInBytes);
        closing.Where(one => one.Kind == MessageKind.Aggregate).Should().OnlyContain(one => one.IsSameMessageAs(message));
        byte[] whole = message.Bytes.ToArray();
        using Stream stream = message.OpenRead();
        byte[] range = new byte[100];
        foreach (int at in Enumerable.Range(0, whole.Length - range.Length).Where(at => at % 37 == 0))
        {
            stream.Position = at;
            stream.ReadExactly(range);
            range.Should().Equal(whole[at..(at + range.Length)]);
        }

        await bench.DeliverAsync(closing, MessageKind.Aggregate);
        bench.Clients.Should().OnlyContain(client => client.ModelRound == 1);
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task State_OfASumInAFile_HoldsNothingOfTheSum(JobProtection protection)
    {
        using TestBench bench = await _sums.CreateAsync(protection);
        using TestBench inMemory = await _sums.CreateAsync(protection, isInFile: false);
        foreach (TestBench one in (TestBench[])[bench, inMemory])
        {
            ReadOnlyMemory<byte>[] uploads = [.. (await one.TrainAsync(one.StartWithAll())).Values];
            one.Server.Receive(uploads[0]);
        }

        int sum = inMemory.SaveState().Length - bench.SaveState().Length;
        sum.Should().BeGreaterThan(200, "24 values have as many bytes and more");
        SumFiles.FilesIn(bench).Should().ContainSingle();
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Files_OfSumsThatNoStateNeeds_AreDeletedWhenThatStateIsSaved(JobProtection protection)
    {
        using TestBench bench = await _sums.CreateAsync(protection, rounds: 4);
        IReadOnlyList<OutgoingMessage> messages = bench.StartWithAll();
        for (int round = 1; round <= 4; round++)
        {
            OutgoingMessage[] closing = Close(bench.Server, [.. (await bench.TrainAsync(messages)).Values]);
            await bench.DeliverAsync(closing, MessageKind.Aggregate);
            messages = closing;
            int kept = protection == JobProtection.Direct ? 1 : Math.Min(2, round);
            SumFiles.FilesIn(bench).Length.Should().BeInRange(kept, kept + 2, "the sums of the last rounds, of the open one, and of the one that the state on the disk may still name");
        }

        bench.Server.Receive(bench.Clients[0].Announce());
        bench.Server.LoseContact(bench.Clients[0].Client);
        bench.Server.LoseContact(bench.Clients[1].Client);
        SumFiles.FilesIn(bench).Should().HaveCount(protection == JobProtection.Direct ? 1 : 2);
    }

    /// <summary>Nothing in the file is what the state says. The attempt is repeated with the next one, whatever the file has.</summary>
    [Theory]
    [InlineData(JobProtection.Direct, "missing")]
    [InlineData(JobProtection.Direct, "damaged")]
    [InlineData(JobProtection.Direct, "older")]
    [InlineData(JobProtection.Direct, "of other uploads")]
    [InlineData(JobProtection.Direct, "no sum")]
    [InlineData(JobProtection.RoundKeys, "missing")]
    [InlineData(JobProtection.RoundKeys, "damaged")]
    [InlineData(JobProtection.RoundKeys, "older")]
    [InlineData(JobProtection.RoundKeys, "of other uploads")]
    [InlineData(JobProtection.RoundKeys, "no sum")]
    public async Task Restore_WithAFileThatIsNotTheOne_RepeatsTheAttempt(JobProtection protection, string fault)
    {
        using TestBench bench = await _sums.CreateAsync(protection);
        IReadOnlyList<OutgoingMessage> messages = bench.StartWithAll();
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(messages)).Values];
        string file = SumFiles.FilesIn(bench).Single();
        string copy = Path.Combine(_sums.Folder.FullName, "copy");
        bench.Server.Receive(uploads[0]);
        byte[] before = bench.SaveState();
        bench.Server.Dispose();
        File.Copy(file, copy);
        bench.Server = bench.Restore(before);
        bench.Server.Receive(uploads[1]);
        byte[] state = bench.SaveState();
        bench.Server.Dispose();
        switch (fault)
        {
            case "missing":
                File.Delete(file);
                break;
            case "damaged":
                byte[] bytes = File.ReadAllBytes(file);
                bytes[50] ^= 1;
                File.WriteAllBytes(file, bytes);
                break;
            case "older":
                File.Copy(copy, file, overwrite: true);
                break;
            case "of other uploads":
                // A second life of the older state took another upload of the same client.
                File.Copy(copy, file, overwrite: true);
                using (FederationServer other = bench.Restore(before))
                {
                    other.Handle(SumFiles.Again(bench, 1, messages)).Refusal.Should().Be(RefusalReason.None);
                }

                break;
            default:
                File.WriteAllText(file, "a file of somebody else");
                break;
        }

        using FederationServer restored = bench.Restore(state);

        ServerStep step = restored.Advance();
        restored.Attempt.Should().Be(2);
        restored.Contributions.Should().BeEmpty();
        step.Reports.Should().ContainSingle(report => report.Attempt == 1 && !report.IsAggregated);
        step.Messages.Where(message => message.Kind == MessageKind.Invitation).Should().OnlyContain(message => Parse(bench, message).Slot.Attempt == 2);
        ReadOnlyMemory<byte>[] anew = [.. (await bench.TrainAsync(step.Messages)).Values];
        OutgoingMessage[] closing = Close(restored, anew);
        await bench.DeliverAsync(closing, MessageKind.Aggregate);
        bench.Clients.Should().OnlyContain(client => client.ModelRound == 1);
    }

    [Fact]
    public async Task Restore_WithoutTheFile_IsATypedErrorWhereTheRoundHasNoOtherAttempt()
    {
        using TestBench bench = await _sums.CreateAsync(JobProtection.RoundKeys, attempts: 1);
        bench.StartWithAll();
        byte[] state = bench.SaveState();
        bench.Server.Dispose();
        File.Delete(SumFiles.FilesIn(bench).Single());

        bench.Invoking(one => one.Restore(state)).Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.SumMissing);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Restore_WithoutTheFolderOrTheAggregate_IsATypedError(bool hasFolder)
    {
        using TestBench bench = await _sums.CreateAsync(JobProtection.RoundKeys);
        Close(bench.Server, [.. (await bench.TrainAsync(bench.StartWithAll())).Values]);
        byte[] state = bench.SaveState();
        bench.Server.Dispose();
        Array.ForEach(SumFiles.FilesIn(bench), File.Delete);
        FederationServerSetup setup = hasFolder ? bench.ServerSetup : bench.ServerSetup with { SumFolder = null };

        FluentActions.Invoking(() => FederationServer.Restore(setup, state)).Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.SumMissing);
        FluentActions.Invoking(() => FederationServer.Restore(setup, state)).Should().Throw<StateRefusedException>("the folder is free again");
    }

    [Fact]
    public async Task Folder_ThatIsMissingOrInUse_IsATypedError()
    {
        using TestBench bench = await _sums.CreateAsync(JobProtection.Direct);

        FluentActions.Invoking(() => new FederationServer(bench.ServerSetup)).Should().Throw<SumFileException>().Which.Error.Should().Be(SumFileError.InUse);
        FluentActions.Invoking(() => new FederationServer(bench.ServerSetup with { SumFolder = Path.Combine(_sums.Folder.FullName, "no") })).Should().Throw<SumFileException>()
            .Which.Error.Should().Be(SumFileError.NotFound);
    }

    /// <summary>The file has an upload that the state does not have, and the client lost its own state and sends another one: the file is of no use, and the attempt is repeated.</summary>
    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Upload_OtherThanTheOneInTheFile_IsRefusedAndTheAttemptIsRepeated(JobProtection protection)
    {
        using TestBench bench = await _sums.CreateAsync(protection);
        IReadOnlyList<OutgoingMessage> messages = bench.StartWithAll();
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(messages)).Values];
        byte[] state = bench.SaveState();
        bench.Server.Handle(uploads[0]).Refusal.Should().Be(RefusalReason.None);
        bench.Server.Dispose();
        bench.Server = bench.Restore(state);
        bench.Server.Advance();

        bench.Server.Handle(SumFiles.Again(bench, 0, messages)).Refusal.Should().Be(RefusalReason.ConflictingDuplicate);
        Close(bench.Server, uploads[1..]).Should().NotContain(message => message.Kind == MessageKind.Aggregate, "it would have an upload that no list has");
        bench.Time.Pass(bench.Server.DueIn!.Value);
        bench.Server.Advance();

        bench.Server.Attempt.Should().Be(2);
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Upload_ThatTheFileHasAndTheStateLacks_CountsOnceWhenItComesAgain(JobProtection protection)
    {
        using TestBench bench = await _sums.CreateAsync(protection);
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        byte[] state = bench.SaveState();
        byte[] expected = AggregateInMemory(bench, uploads);
        for (int kills = 0; kills < uploads.Length; kills++)
        {
            // Every life folds one upload more in, and nothing is saved.
            uploads.Take(kills + 1).ToList().ForEach(upload => bench.Server.Handle(upload).Refusal.Should().Be(RefusalReason.None));
            bench.Server.Dispose();
            bench.Server = bench.Restore(state);
            bench.Server.Advance();
            bench.Server.Contributions.Should().BeEmpty();
        }

        OutgoingMessage message = Close(bench.Server, uploads).First(one => one.Kind == MessageKind.Aggregate);

        TestBench.Unsigned(message.Bytes).Should().Equal(expected);
    }

    /// <summary>
    /// The process ends when some batches of an upload are in the file. The next one takes that upload first, turns others away, whose clients keep theirs and are invited again, and has the
    /// same aggregate in the end; or it repeats the attempt, where the client stays away.
    /// </summary>
    [Theory]
    [InlineData(JobProtection.Direct, true)]
    [InlineData(JobProtection.Direct, false)]
    [InlineData(JobProtection.RoundKeys, true)]
    public async Task Upload_OfWhichAPartIsInTheFile_ComesFirstOrTheAttemptIsRepeated(JobProtection protection, bool comesAgain)
    {
        // A sum under round keys is shorter.
        int length = protection == JobProtection.Direct ? 4_500_000 : 11_000_000;
        using TestBench bench = await _sums.CreateAsync(protection, model: LongModel(0.5, length), clients: 3);
        bench.Trainers.ForEach(trainer => trainer.Train = (_, _) => LongModel(trainer.SampleCount / 100.0, length));
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        byte[] state = bench.SaveState();
        bench.Invoking(one => one.Server.Handle(new EndingStream(uploads[0], 2.95))).Should().Throw<AggregationBrokenException>("it is hashed, checked, and then folded in");
        bench.Server.Dispose();
        bench.Server = bench.Restore(state);
        bench.Server.Advance();

        ServerStep turned = bench.Server.Handle(uploads[1]);
        turned.Refusal.Should().Be(RefusalReason.OutOfTurn);
        ClientStep heard = await bench.Clients[1].HandleAsync(turned.Messages.Single().Bytes);
        heard.Refusal.Should().Be(RefusalReason.OutOfTurn);
        bench.Clients[1].Unacknowledged.Should().ContainSingle("it is wanted again");
        if (!comesAgain)
        {
            bench.Server.Handle(uploads[2]).Refusal.Should().Be(RefusalReason.OutOfTurn);
            bench.Time.Pass(bench.Server.DueIn!.Value);
            bench.Server.Advance().Reports.Should().ContainSingle(report => report.Attempt == 1 && !report.IsAggregated);
            bench.Server.Attempt.Should().Be(2);
            return;
        }

        ServerStep taken = bench.Server.Handle(new MemoryStream(uploads[0].ToArray()));
        taken.Refusal.Should().Be(RefusalReason.None);
        OutgoingMessage again = taken.Messages.Single(message => message.Kind == MessageKind.Invitation);
        again.Recipient.Should().Be(bench.Clients[1].Client);
        ReadOnlyMemory<byte> same = (await bench.Clients[1].HandleAsync(again.Bytes)).Messages.Single();
        same.Span.SequenceEqual(uploads[1].Span).Should().BeTrue("a client encrypts once for an attempt");
        OutgoingMessage message = Close(bench.Server, [same, .. uploads[2..]]).First(one => one.Kind == MessageKind.Aggregate);
        Assert.True(TestBench.Unsigned(message.Bytes).AsSpan().SequenceEqual(AggregateInMemory(bench, uploads)));
    }

    private static OutgoingMessage[] Close(FederationServer server, ReadOnlyMemory<byte>[] uploads)
        => [.. uploads.SelectMany(upload => server.Handle(upload).Messages)];

    private static Invitation Parse(TestBench bench, OutgoingMessage message) => (Invitation)bench.Parse(message.Bytes);

    /// <summary>The aggregate of the same uploads, by a server with sums in memory.</summary>
    private static byte[] AggregateInMemory(TestBench bench, ReadOnlyMemory<byte>[] uploads)
    {
        using var server = new FederationServer(bench.ServerSetup with { SumFolder = null });
        for (int i = 0; i < bench.Clients.Count; i++)
        {
            // The clients of the bench know a server that has gone further.
            using var client = new FederationClient(bench.ClientSetup(i));
            server.Handle(client.Announce());
        }

        server.Start();
        return TestBench.Unsigned(Close(server, uploads).First(one => one.Kind == MessageKind.Aggregate).Bytes);
    }

    /// <summary>A model whose sum is longer than what becomes durable at once.</summary>
    private static ModelParameters LongModel(double value, int length)
    {
        var layout = new ModelLayout(new TensorSpec("values", ElementType.Float32, [length], TestModel.Bound));
        float[] values = new float[length];
        Array.Fill(values, (float)value);
        return ModelParameters.CreateBuilder(layout).Set<float>("values", values).Build();
    }

    /// <summary>A stream that ends its process when a number of bytes, in lengths of itself, was read.</summary>
    private sealed class EndingStream(ReadOnlyMemory<byte> bytes, double lengths) : MemoryStream(bytes.ToArray())
    {
        private long _left = (long)(lengths * bytes.Length);

        public override int Read(byte[] buffer, int offset, int count)
        {
            _left -= count;
            return _left < 0 ? throw new IOException("The process ends.") : base.Read(buffer, offset, count);
        }
    }
}
