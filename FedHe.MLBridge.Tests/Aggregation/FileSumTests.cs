using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.SumFiles;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Aggregation;

/// <summary>Sums in files: equal to sums in memory, and the same wherever a process or the power ends.</summary>
public sealed class FileSumTests : IDisposable
{
    private static readonly SchemeCase Scheme = SegmentModels.Smallest;

    private readonly string _folder = Directory.CreateTempSubdirectory("fedhe-sum").FullName;

    private SumFile Place => new(Path.Combine(_folder, "sum"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Forms => ["encrypted", "some in clear", "in clear", "compressed", "plain"];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Aggregate_OfASumInAFile_HasTheBytesOfASumInMemory(string form)
    {
        using TestFederation federation = FederationOf(form);
        byte[][] uploads = UploadsOf(federation);
        byte[] expected = federation.Aggregate(uploads);
        using (var aggregator = new UpdateAggregator(federation.Context.Public, federation.Terms, Place))
        {
            foreach (byte[] upload in uploads)
            {
                federation.FoldIn(aggregator, upload);
            }

            aggregator.Slots.Should().BeEquivalentTo(Enumerable.Range(0, uploads.Length).Select(client => TestFederation.Slot(client)));
            Assert.True(TestFederation.Complete(aggregator).AsSpan().SequenceEqual(expected));
        }

        using UpdateAggregator again = UpdateAggregator.Open(Place, federation.Context.Public, federation.Terms);
        again.Invoking(sum => federation.FoldIn(sum, uploads[0])).Should().Throw<InvalidOperationException>("the sum is complete");
        Assert.True(TestFederation.Complete(again).AsSpan().SequenceEqual(expected), "a completed sum can be served again");
    }

    [Fact]
    public void Aggregate_UnderRoundKeys_HasTheBytesOfASumInMemory()
    {
        AggregationTerms terms = TermsOf(SegmentModels.Layout(300_000), clear: 90_000);
        using var federation = new RoundKeyFederation(terms, contributors: 3, referenceWeight: 5);
        byte[][] uploads = [.. Enumerable.Range(0, 3).Select(client => federation.Upload(TestModels.Random(terms.Layout, client), 1 + client, client))];
        byte[] expected = federation.Aggregate(uploads);
        UpdateAggregator aggregator = new(federation.Context.Public, terms, Place, referenceWeight: 5);
        foreach (byte[] upload in uploads)
        {
            federation.FoldIn(aggregator, upload);
            aggregator.Dispose();
            aggregator = UpdateAggregator.Open(Place, federation.Context.Public, terms, referenceWeight: 5);
        }

        Assert.True(TestFederation.Complete(aggregator).AsSpan().SequenceEqual(expected));
        aggregator.Dispose();
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void SaveState_OfASumInAFile_IsTheStateOfASumInMemoryAndFillsAFileAgain(string form)
    {
        using TestFederation federation = FederationOf(form);
        byte[][] uploads = UploadsOf(federation);
        using UpdateAggregator inMemory = federation.CreateAggregator();
        using var inFile = new UpdateAggregator(federation.Context.Public, federation.Terms, Place);
        Assert.True(TestFederation.Bytes(inFile.SaveState).AsSpan().SequenceEqual(TestFederation.Bytes(inMemory.SaveState)));
        federation.FoldIn(inMemory, uploads[0]);
        federation.FoldIn(inFile, uploads[0]);
        byte[] state = TestFederation.Bytes(inMemory.SaveState);
        Assert.True(TestFederation.Bytes(inFile.SaveState).AsSpan().SequenceEqual(state));

        var other = new SumFile(Path.Combine(_folder, "other")) { IsKept = false };
        using (UpdateAggregator restored = UpdateAggregator.Restore(state, federation.Context.Public, federation.Terms, other))
        {
            federation.FoldIn(restored, uploads[1]);
            federation.FoldIn(restored, uploads[2]);
            Assert.True(TestFederation.Complete(restored).AsSpan().SequenceEqual(federation.Aggregate(uploads)));
        }

        File.Exists(other.Path).Should().BeFalse("a file that need not be kept goes with its sum");
    }

    /// <summary>
    /// The process ends at every write and flush in turn, the last write torn, and the power fails as well: any of the writes since the last flush are on the disk, and the others
    /// are not. The next process opens what is there, and folds the update in again.
    /// </summary>
    [Theory]
    [InlineData("plain")]
    [InlineData("compressed")]
    public void FoldIn_EndedAtAnyWrite_GoesOnFromTheMarkAndCountsNothingTwice(string form)
    {
        using TestFederation federation = FederationOf(form);
        byte[][] uploads = UploadsOf(federation)[..2];
        byte[] expected = federation.Aggregate(uploads);
        var whole = new FaultyDisk();
        Assert.True(Run(federation, uploads, whole, isNew: true).AsSpan().SequenceEqual(expected));
        whole.Operations.Should().BeGreaterThan(20);
        for (int end = 1; end <= whole.Operations; end++)
        {
            var disk = new FaultyDisk(end);
            FluentActions.Invoking(() => Run(federation, uploads, disk, isNew: true)).Should().Throw<Exception>();
            disk.Unflushed.Should().BeLessThan(9);
            IEnumerable<int> subsets = form == "plain" ? Enumerable.Range(0, 1 << disk.Unflushed) : AllButOne(disk.Unflushed);
            foreach (int kept in subsets)
            {
                FaultyDisk next = disk.AfterPowerFailure(i => (kept >> i & 1) != 0);
                bool isNew = !HasBegun(federation, next);
                isNew.Should().Be(isNew && end < 6, "a sum that was begun is never lost");
                next = isNew ? new FaultyDisk() : next;
                Assert.True(Run(federation, uploads, next, isNew).AsSpan().SequenceEqual(expected), $"ended at operation {end}, kept {kept:b}");
            }
        }
    }

    /// <summary>A process is killed, and while the next one opens the file the power fails: what the first one wrote last was never durable.</summary>
    [Fact]
    public void Open_EndedByAPowerFailureAfterAKill_LosesNothing()
    {
        using TestFederation federation = FederationOf("plain");
        byte[][] uploads = UploadsOf(federation)[..2];
        byte[] expected = federation.Aggregate(uploads);
        var whole = new FaultyDisk();
        Run(federation, uploads, whole, isNew: true);
        int tried = 0;
        for (int end = 6; end <= whole.Operations; end++)
        {
            var killed = new FaultyDisk(end);
            FluentActions.Invoking(() => Run(federation, uploads, killed, isNew: true)).Should().Throw<Exception>();
            FaultyDisk opened = killed.AfterKill();
            HasBegun(federation, opened).Should().BeTrue();
            for (int operation = 1; operation <= opened.Operations; operation++)
            {
                FaultyDisk opening = killed.AfterKill(operation);
                FluentActions.Invoking(() => HasBegun(federation, opening)).Should().Throw<KilledException>();
                foreach (int kept in AllButOne(opening.Unflushed))
                {
                    tried++;
                    FaultyDisk next = opening.AfterPowerFailure(i => (kept >> i & 1) != 0);
                    Assert.True(Run(federation, uploads, next, isNew: false).AsSpan().SequenceEqual(expected), $"killed at {end}, failed at {operation}, kept {kept:b}");
                }
            }
        }

        tried.Should().BeGreaterThan(100);
    }

    /// <summary>A sum that was restored in part only never passes for the sum.</summary>
    [Fact]
    public void Restore_EndedAtAnyWrite_IsTheWholeSumOrNone()
    {
        using TestFederation federation = FederationOf("plain");
        byte[][] uploads = UploadsOf(federation);
        using UpdateAggregator inMemory = federation.CreateAggregator();
        federation.FoldIn(inMemory, uploads[0]);
        federation.FoldIn(inMemory, uploads[1]);
        byte[] state = TestFederation.Bytes(inMemory.SaveState);
        var whole = new FaultyDisk();
        Restore(federation, state, whole);
        for (int end = 1; end <= whole.Operations; end++)
        {
            var disk = new FaultyDisk(end);
            FluentActions.Invoking(() => Restore(federation, state, disk)).Should().Throw<KilledException>();
            for (int kept = 0; kept < 1 << disk.Unflushed; kept++)
            {
                FaultyDisk next = disk.AfterPowerFailure(i => (kept >> i & 1) != 0);
                if (HasBegun(federation, next))
                {
                    using UpdateAggregator opened = Open(federation, next);
                    opened.Contributions.Should().Be(2, $"ended at operation {end}, kept {kept:b}");
                }
            }
        }

        Assert.True(Run(federation, uploads, whole.AfterKill(), isNew: false).AsSpan().SequenceEqual(federation.Aggregate(uploads)));
    }

    [Fact]
    public void Restore_OfWhatIsNoState_LeavesNoFile()
    {
        using TestFederation federation = FederationOf("plain");
        using UpdateAggregator inMemory = federation.CreateAggregator();
        byte[] empty = TestFederation.Bytes(inMemory.SaveState);
        federation.FoldIn(inMemory, UploadsOf(federation)[0]);
        byte[] state = TestFederation.Bytes(inMemory.SaveState);

        FluentActions.Invoking(() => UpdateAggregator.Restore(state.AsMemory(0, state.Length - 1), federation.Context.Public, federation.Terms, Place)).Should().Throw<HeFormatException>();
        File.Exists(Place.Path).Should().BeFalse();
        using (UpdateAggregator restored = UpdateAggregator.Restore(empty, federation.Context.Public, federation.Terms, Place))
        {
            restored.Contributions.Should().Be(0);
        }

        using UpdateAggregator again = UpdateAggregator.Open(Place, federation.Context.Public, federation.Terms);
        again.Contributions.Should().Be(0, "an empty sum may be saved and restored too");
    }

    [Fact]
    public void FoldIn_KilledAgainAndAgain_EndsWithTheSameSum()
    {
        using TestFederation federation = FederationOf("plain");
        byte[][] uploads = UploadsOf(federation);
        byte[] expected = federation.Aggregate(uploads);
        for (int steps = 9; steps < 40; steps += 3)
        {
            var disk = new FaultyDisk();
            Run(federation, [], disk, isNew: true, complete: false);
            byte[]? aggregate = null;
            for (int tries = 0; aggregate is null; tries++)
            {
                tries.Should().BeLessThan(200, "every process makes progress");
                disk = disk.AfterKill(steps + (tries / 4));
                try
                {
                    aggregate = Run(federation, uploads, disk, isNew: false);
                }
                catch (Exception end) when (end is KilledException or AggregationBrokenException { InnerException: KilledException })
                {
                    // The next process goes on.
                }
            }

            Assert.True(aggregate.AsSpan().SequenceEqual(expected));
        }
    }

    [Fact]
    public void Pending_AfterAnInterruption_RefusesEverythingButTheSameUpdate()
    {
        using TestFederation federation = FederationOf("segments");
        byte[][] uploads = UploadsOf(federation);
        FaultyDisk disk = InterruptedIn(federation, uploads[0]);
        using UpdateAggregator aggregator = Open(federation, disk);
        aggregator.Pending.Should().Be(TestFederation.Slot(0));
        aggregator.Contributions.Should().Be(0);

        byte[] sameSlot = federation.StreamedUpload(TestModels.Random(federation.Terms.Layout, 77), 1, client: 0);
        byte[] otherWeight = federation.StreamedUpload(TestModels.Random(federation.Terms.Layout, 0), 2, client: 0);
        foreach (byte[] other in (byte[][])[uploads[1], sameSlot, otherWeight])
        {
            aggregator.Invoking(sum => federation.FoldIn(sum, other)).Should().Throw<UpdateRefusedException>().Which.Error.Should().Be(UpdateError.AnotherIsPending);
        }

        aggregator.Invoking(sum => sum.Complete()).Should().Throw<InvalidOperationException>().WithMessage("*same bytes*");
        aggregator.Invoking(sum => sum.SaveState(new MemoryStream())).Should().Throw<InvalidOperationException>();
        foreach (byte[] upload in uploads)
        {
            federation.FoldIn(aggregator, upload);
        }

        aggregator.Pending.Should().BeNull();
        Assert.True(TestFederation.Complete(aggregator).AsSpan().SequenceEqual(federation.Aggregate(uploads)));
    }

    /// <summary>A server that opens the file of an ended process does not know what the process folded in, so the sum tells the same update from another one in its slot.</summary>
    [Fact]
    public void Recognizes_OfWhatWasFoldedIn_IsTrueForTheVeryUpdateAlone()
    {
        using TestFederation federation = FederationOf("segments");
        byte[][] uploads = UploadsOf(federation);
        byte[] sameSlot = federation.StreamedUpload(TestModels.Random(federation.Terms.Layout, 77), 1, client: 0);
        byte[] otherWeight = federation.StreamedUpload(TestModels.Random(federation.Terms.Layout, 0), 2, client: 0);
        FaultyDisk disk = InterruptedIn(federation, uploads[0]);
        using (UpdateAggregator pending = Open(federation, disk))
        {
            AreRecognized(federation, pending, uploads[0], uploads[1], sameSlot, otherWeight).Should().Equal(true, false, false, false);
            pending.ContentOf(TestFederation.Slot(0)).Should().BeNull("it is not whole");
            federation.FoldIn(pending, uploads[0]);
        }

        using UpdateAggregator whole = Open(federation, disk.AfterKill());
        AreRecognized(federation, whole, uploads[0], uploads[1], sameSlot, otherWeight).Should().Equal(true, false, false, false);
        Digest content = whole.ContentOf(TestFederation.Slot(0))!.Value;
        whole.ContentOf(TestFederation.Slot(1)).Should().BeNull();
        using var other = new UpdateAggregator(federation.Context.Public, federation.Terms, Place);
        federation.FoldIn(other, uploads[1]);
        federation.FoldIn(other, otherWeight);
        other.ContentOf(TestFederation.Slot(0)).Should().NotBe(content, "the weight is in it");
        using UpdateAggregator inMemory = federation.CreateAggregator();
        inMemory.Invoking(sum => sum.ContentOf(TestFederation.Slot(0))).Should().Throw<InvalidOperationException>();
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void OpenRead_OfAnAggregate_HasItsBytesAtEveryPlace(string form)
    {
        using TestFederation federation = FederationOf(form);
        byte[][] uploads = UploadsOf(federation);
        byte[] expected = federation.Aggregate(uploads);
        using var aggregator = new UpdateAggregator(federation.Context.Public, federation.Terms, Place);
        Array.ForEach(uploads, upload => federation.FoldIn(aggregator, upload));
        using EncryptedAggregate aggregate = aggregator.Complete();
        aggregator.IsComplete.Should().BeTrue();
        using Stream stream = aggregate.OpenRead();
        var whole = new MemoryStream();
        stream.CopyTo(whole);
        Assert.True(whole.ToArray().AsSpan().SequenceEqual(expected));
        stream.Length.Should().Be(expected.Length).And.Be(aggregate.EncodedLength);
        var random = new Random(5);
        byte[] part = new byte[5000];
        for (int i = 0; i < 200; i++)
        {
            int at = random.Next(expected.Length);
            int count = Math.Min(random.Next(1, part.Length), expected.Length - at);
            stream.Position = at;
            stream.ReadExactly(part, 0, count);
            Assert.True(part.AsSpan(0, count).SequenceEqual(expected.AsSpan(at, count)), $"{count} bytes at {at}, seed 5");
        }
    }

    [Fact]
    public void FoldIn_OnAFullDisk_IsATypedErrorAndLosesNothing()
    {
        using TestFederation federation = FederationOf("segments");
        byte[][] uploads = UploadsOf(federation);
        var disk = new FaultyDisk(40, SumFileError.DiskFull);
        using (var aggregator = new UpdateAggregator(RunningSum.Begin(federation.Context.Public, federation.Terms, null, disk, batchLength: 1)))
        {
            SumFileException full = aggregator.Invoking(sum => Array.ForEach(uploads, upload => federation.FoldIn(sum, upload))).Should().Throw<SumFileException>().Which;
            full.Error.Should().Be(SumFileError.DiskFull);
            full.Message.Should().Contain("Make room");
            aggregator.Invoking(sum => federation.FoldIn(sum, uploads[2])).Should().Throw<AggregationBrokenException>();
        }

        Assert.True(Run(federation, uploads, disk.AfterKill(), isNew: false).AsSpan().SequenceEqual(federation.Aggregate(uploads)));
    }

    [Fact]
    public void FoldIn_UpdateThatIsRefusedAtItsFirstSegment_ChangesNothing()
    {
        using TestFederation federation = FederationOf("segments");
        using var aggregator = new UpdateAggregator(federation.Context.Public, federation.Terms, Place);
        federation.FoldIn(aggregator, federation.StreamedUpload(TestModels.Random(federation.Terms.Layout, 9), federation.Terms.MaxWeight, 9));
        byte[] before = TestFederation.Bytes(aggregator.SaveState);
        byte[] tooHeavy = federation.StreamedUpload(TestModels.Random(federation.Terms.Layout, 8), federation.Terms.MaxWeight, 8);

        federation.Invoking(f => f.FoldIn(aggregator, tooHeavy)).Should().Throw<HeCapacityException>();

        Assert.True(TestFederation.Bytes(aggregator.SaveState).AsSpan().SequenceEqual(before));
        federation.FoldIn(aggregator, UploadsOf(federation)[0]);
        aggregator.Contributions.Should().Be(2);
    }

    [Fact]
    public void Open_FileThatIsMissingInUseDamagedOrAnothers_IsATypedError()
    {
        using TestFederation federation = FederationOf("segments");
        byte[] upload = UploadsOf(federation)[0];
        ErrorOf(federation, federation.Terms).Should().Be(SumFileError.NotFound);
        using (var aggregator = new UpdateAggregator(federation.Context.Public, federation.Terms, Place))
        {
            federation.FoldIn(aggregator, upload);
            ErrorOf(federation, federation.Terms).Should().Be(SumFileError.InUse);
        }

        FluentActions.Invoking(() => new UpdateAggregator(federation.Context.Public, federation.Terms, Place)).Should().Throw<SumFileException>()
            .Which.Error.Should().Be(SumFileError.AlreadyExists);
        FluentActions.Invoking(() => new UpdateAggregator(federation.Context.Public, federation.Terms, new SumFile(Path.Combine(_folder, "no", "sum")))).Should().Throw<SumFileException>()
            .Which.Error.Should().Be(SumFileError.NotFound);
        ErrorOf(federation, new AggregationTerms(federation.Terms.Layout, federation.Terms.Mask, Weighting.Clear, maxWeight: 999)).Should().Be(SumFileError.OtherSum);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(Place.Path).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        byte[] bytes = File.ReadAllBytes(Place.Path);
        foreach (int length in (int[])[0, 1, 100, 4096, 8000])
        {
            File.WriteAllBytes(Place.Path, bytes[..length]);
            ErrorOf(federation, federation.Terms).Should().Be(SumFileError.Damaged, $"{length} bytes");
        }
    }

    [Fact]
    public void Place_OfAFileThatNeedNotBeKept_TakesThePlaceOfARemnantAndOfNothingElse()
    {
        using TestFederation federation = FederationOf("segments");
        SumFile scratch = Place with { IsKept = false };
        using (new UpdateAggregator(federation.Context.Public, federation.Terms, Place))
        {
        }

        using (new UpdateAggregator(federation.Context.Public, federation.Terms, scratch))
        {
        }

        File.Exists(Place.Path).Should().BeFalse();
        File.WriteAllText(Place.Path, "A thesis that took two years.");
        FluentActions.Invoking(() => new UpdateAggregator(federation.Context.Public, federation.Terms, scratch)).Should().Throw<SumFileException>()
            .Which.Error.Should().Be(SumFileError.AlreadyExists);
        File.ReadAllText(Place.Path).Should().StartWith("A thesis");
    }

    /// <summary>Whatever fails, a file goes only with a sum that is whole: a wrong path or wrong terms delete nothing.</summary>
    [Fact]
    public void Open_ThatFails_LeavesAFileThatNeedNotBeKept()
    {
        using TestFederation federation = FederationOf("plain");
        SumFile scratch = Place with { IsKept = false };
        File.WriteAllText(Place.Path, "A thesis that took two years.");
        ErrorOf(federation, federation.Terms, scratch).Should().Be(SumFileError.Damaged);
        File.ReadAllText(Place.Path).Should().StartWith("A thesis");
        File.Delete(Place.Path);
        using (var aggregator = new UpdateAggregator(federation.Context.Public, federation.Terms, Place))
        {
            federation.FoldIn(aggregator, UploadsOf(federation)[0]);
        }

        byte[] bytes = File.ReadAllBytes(Place.Path);
        var others = new AggregationTerms(federation.Terms.Layout, federation.Terms.Mask, Weighting.Clear, maxWeight: 999);
        ErrorOf(federation, others, scratch).Should().Be(SumFileError.OtherSum);
        FluentActions.Invoking(() => UpdateAggregator.Open(scratch, federation.Context.Public, federation.Terms, referenceWeight: -1)).Should().Throw<ArgumentOutOfRangeException>();
        Assert.True(File.ReadAllBytes(Place.Path).AsSpan().SequenceEqual(bytes));

        File.WriteAllBytes(Place.Path, bytes[..8000]);
        ErrorOf(federation, federation.Terms, scratch).Should().Be(SumFileError.Damaged);
        File.Exists(Place.Path).Should().BeTrue();

        File.WriteAllBytes(Place.Path, bytes);
        using (UpdateAggregator.Open(scratch, federation.Context.Public, federation.Terms))
        {
        }

        File.Exists(Place.Path).Should().BeFalse("this one was opened and ended well");
    }

    [Fact]
    public void Append_OfMoreBytesThanAPartMayHave_WritesNothing()
    {
        var disk = new FaultyDisk();
        using var parts = SumParts.Create(disk, new SumHead(default, default, ReferenceWeight: 1, PartCount: 2, PartLength: 10, BatchLength: 1));
        int before = disk.Operations;
        parts.Begin(0);

        parts.Invoking(sum => sum.Append(new byte[11], age: 1)).Should().Throw<InvalidOperationException>();

        disk.Operations.Should().Be(before, "behind it is the other journal");
    }

    [Fact]
    public void Dispose_AfterAFault_LeavesTheFileOfASumAndNoneThatNeverBegan()
    {
        using TestFederation federation = FederationOf("plain");
        SumFile scratch = Place with { IsKept = false };
        FileDisk disk = FileDisk.Create(scratch, SumHead.IsSum);
        using (new UpdateAggregator(RunningSum.Begin(federation.Context.Public, federation.Terms, null, disk)))
        {
            disk.Invoking(file => file.Read(1L << 40, new byte[1])).Should().Throw<SumFileException>();
        }

        File.Exists(Place.Path).Should().BeTrue("the texts of the errors say to open it again");
        File.Delete(Place.Path);
        FileDisk.Create(Place, SumHead.IsSum).Dispose();
        File.Exists(Place.Path).Should().BeFalse("its head was never written");
    }

    /// <summary>Every bit of a part and of the mark is under a digest: damage is found, and never becomes a sum.</summary>
    [Fact]
    public void Open_DamagedAnywhere_IsFoundOrDoesNotMatter()
    {
        using TestFederation federation = FederationOf("plain");
        byte[][] uploads = UploadsOf(federation)[..2];
        byte[] expected = federation.Aggregate(uploads);
        var disk = new FaultyDisk();
        Run(federation, uploads, disk, isNew: true, complete: false);
        int found = 0;
        foreach (long offset in disk.Pages.SelectMany((page, i) => new[] { page, page + (i * 61 % 4096) }))
        {
            FaultyDisk damaged = disk.AfterPowerFailure(_ => true);
            damaged.Damage(offset);
            try
            {
                Assert.True(Run(federation, uploads, damaged, isNew: false).AsSpan().SequenceEqual(expected));
            }
            catch (Exception fault) when (fault is SumFileException { Error: SumFileError.Damaged } or UpdateRefusedException { Error: UpdateError.AnotherIsPending })
            {
                found++;
            }
        }

        found.Should().BeGreaterThan(5);
    }

    [Fact]
    public void Write_OfAFullDevice_IsRecognized()
    {
        const string Full = "/dev/full";
        if (!File.Exists(Full))
        {
            return;
        }

        using var device = new FileStream(Full, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, BufferSize = 0 });
        Exception fault = device.Invoking(file => file.Write([1, 2, 3])).Should().Throw<IOException>().Which;
        FileDisk.Translate(fault).Error.Should().Be(SumFileError.DiskFull);
    }

    private static AggregationTerms TermsOf(ModelLayout layout, int clear, TransferPrecision? precision = null)
    {
        int count = layout.ToArrayLength();
        int gap = count > 1000 ? 100 : 1;
        EncryptionMask mask = clear == 0 ? EncryptionMask.All(layout)
            : clear == count ? EncryptionMask.InsecureNone(layout)
            : new EncryptionMask(layout, [new MaskRange(1, (count - clear) / 2), new MaskRange(1 + ((count - clear) / 2) + gap, count - clear - ((count - clear) / 2))]);
        return new AggregationTerms(layout, mask, Weighting.Clear, maxWeight: 1200, precision);
    }

    private static TestFederation FederationOf(string form)
    {
        int segment = SegmentModels.SegmentLength(Scheme.Parameters);
        return form switch
        {
            "encrypted" => new TestFederation(Scheme, TermsOf(SegmentModels.Layout((2 * segment) + 5), clear: 0)),
            "some in clear" => new TestFederation(Scheme, TermsOf(SegmentModels.Layout(segment + 100_000), clear: 80_000)),
            "in clear" => new TestFederation(Scheme, TermsOf(SegmentModels.Layout(150_000), clear: 150_000)),
            "compressed" => new TestFederation(Scheme, TermsOf(SegmentModels.Layout(segment + 50), clear: 0, new TransferPrecision(10, 3))),
            "plain" => new TestFederation(SchemeCase.Plain, TermsOf(TestModels.SmallLayout, clear: 5)),
            _ => new TestFederation(Scheme, TermsOf(SegmentModels.Layout(segment + 30_000), clear: 25_000)),
        };
    }

    private static byte[][] UploadsOf(TestFederation federation)
        => [.. Enumerable.Range(0, 3).Select(client => federation.StreamedUpload(TestModels.Random(federation.Terms.Layout, client), 1 + client, client))];

    /// <summary>Folds in what is missing of all uploads, as the next process of a server does, and completes the sum.</summary>
    private static byte[] Run(TestFederation federation, byte[][] uploads, FaultyDisk disk, bool isNew, bool complete = true)
    {
        using UpdateAggregator aggregator = isNew
            ? new UpdateAggregator(RunningSum.Begin(federation.Context.Public, federation.Terms, null, disk, batchLength: 1))
            : Open(federation, disk);
        for (int client = 0; client < uploads.Length; client++)
        {
            if (!aggregator.Slots.Contains(TestFederation.Slot(client)))
            {
                federation.FoldIn(aggregator, uploads[client]);
            }
        }

        aggregator.Contributions.Should().Be(uploads.Length);
        return complete ? TestFederation.Complete(aggregator) : [];
    }

    private static UpdateAggregator Open(TestFederation federation, FaultyDisk disk)
        => new(RunningSum.Open(federation.Context.Public, federation.Terms, null, disk, batchLength: 1));

    private static void Restore(TestFederation federation, byte[] state, FaultyDisk disk)
    {
        using RunningSum sum = RunningSum.Begin(federation.Context.Public, federation.Terms, null, disk, batchLength: 1, isFilled: true);
        AggregatorStateFormat.Read(ByteSource.Of((ReadOnlyMemory<byte>)state), sum).Should().Be(FormatError.None);
    }

    /// <summary>Gives sets of writes, as the bits of numbers: all, none, each alone, and all but each.</summary>
    private static IEnumerable<int> AllButOne(int count)
    {
        int all = (1 << count) - 1;
        return Enumerable.Range(0, count).SelectMany(i => new[] { 1 << i, all & ~(1 << i) }).Concat([0, all]).Distinct();
    }

    private static bool HasBegun(TestFederation federation, FaultyDisk disk)
    {
        try
        {
            using UpdateAggregator aggregator = Open(federation, disk);
            return true;
        }
        catch (SumFileException)
        {
            return false;
        }
    }

    /// <summary>Ends a process after the first batch of an update became durable.</summary>
    private static IEnumerable<bool> AreRecognized(TestFederation federation, UpdateAggregator aggregator, params byte[][] uploads) => uploads.Select(upload =>
    {
        using EncryptedModelUpdate update = new UpdateReader(federation.Context.Public, federation.Terms).Read(upload);
        return aggregator.Recognizes(update);
    });

    private static FaultyDisk InterruptedIn(TestFederation federation, byte[] upload)
    {
        for (int end = 1; ; end++)
        {
            var disk = new FaultyDisk(end);
            FluentActions.Invoking(() => Run(federation, [upload], disk, isNew: true, complete: false)).Should().Throw<Exception>();
            FaultyDisk next = disk.AfterKill();
            if (HasBegun(federation, next))
            {
                using UpdateAggregator aggregator = Open(federation, next);
                if (aggregator.Pending is not null)
                {
                    return next;
                }
            }
        }
    }

    private SumFileError ErrorOf(TestFederation federation, AggregationTerms terms, SumFile? place = null)
        => FluentActions.Invoking(() => UpdateAggregator.Open(place ?? Place, federation.Context.Public, terms)).Should().Throw<SumFileException>().Which.Error;
}
