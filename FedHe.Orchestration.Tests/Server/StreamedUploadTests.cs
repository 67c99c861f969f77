using FedHe.Crypto.Identities;
using FedHe.MLBridge.Errors;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Server;

/// <summary>An upload that a server reads from a stream counts as one from memory does, as a whole or not at all.</summary>
public sealed class StreamedUploadTests
{
    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Bytes_OfAnyKind_AreAnsweredAsFromMemory(JobProtection protection)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = protection });
        ReadOnlyMemory<byte> upload = (await bench.TrainAsync(bench.StartWithAll())).Values.First();
        using FederationServer other = bench.Restore(bench.SaveState());
        using FederationServer streaming = bench.Restore(bench.SaveState());
        using FederationServer hashed = bench.Restore(bench.SaveState());
        var random = new Random(19);
        var hostile = new List<byte[]>();
        for (int i = 0; i < 300; i++)
        {
            // Mostly in the fields around the update, which are read apart.
            byte[] bytes = [.. upload.Span];
            int near = random.Next(3) switch { 0 => random.Next(250), 1 => bytes.Length - 1 - random.Next(250), _ => random.Next(bytes.Length) };
            bytes[near] ^= (byte)(1 << random.Next(8));
            hostile.Add(bytes);
        }

        hostile.AddRange(Enumerable.Range(0, 260).Append(upload.Length - 65).Append(upload.Length - 1).Select(length => upload[..length].ToArray()));
        hostile.Add([.. upload.Span, 0]);
        hostile.Add(bench.Clients[0].Announce().ToArray());
        hostile.Add([.. bench.Clients[0].Announce().Span, .. new byte[10_000]]);
        foreach (byte[] bytes in hostile)
        {
            ServerStep expected = other.Handle(bytes);
            ServerStep step = streaming.Handle(new MemoryStream(bytes));

            step.Refusal.Should().Be(expected.Refusal);
            hashed.Handle(new MemoryStream(bytes), Hash(bytes, random)).Refusal.Should().Be(expected.Refusal, "it was hashed when it arrived");
            step.Messages.Select(message => (message.Recipient, message.Kind)).Should().Equal(expected.Messages.Select(message => (message.Recipient, message.Kind)));
            AnswerIn(step).Should().Equal(AnswerIn(expected));
        }

        streaming.Contributions.Should().BeEmpty();
        streaming.Handle(Within(upload)).Refusal.Should().Be(RefusalReason.None, "it begins at the position of its stream");
        ServerStep last = hashed.Handle(Within(upload), Hash(upload.Span, random));
        last.Refusal.Should().Be(RefusalReason.None);

        // The acknowledgement at the end states the life of its server.
        int own = last.Messages.Single().Bytes.Length;
        ContentOf(hashed)[..^own].Should().Equal(ContentOf(streaming)[..^own], "the digests for an inspection are among it");
    }

    /// <summary>An update that is made of the pieces of the one that its client signed is refused before anything of it is folded in, wherever it is read.</summary>
    [Fact]
    public async Task Update_WhosePiecesWereMoved_IsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = JobProtection.RoundKeys });
        byte[] upload = (await bench.TrainAsync(bench.StartWithAll())).Values.First().ToArray();
        const int Piece = 4096;
        upload.Length.Should().BeGreaterThan(3 * Piece);
        int start = 48 + 1 + 16 + 2 + bench.Identities[0].Client.Value.Length + 8 + 32 + 8;
        byte[] content = upload[start..^64];
        byte[] beginning = upload[..start];
        byte[] signature = upload[^64..];
        byte[] first = upload[Piece..(2 * Piece)];
        byte[] second = upload[(2 * Piece)..(3 * Piece)];
        (string What, byte[] Bytes)[] changed =
        [
            ("two pieces swapped", [.. upload[..Piece], .. second, .. first, .. upload[(3 * Piece)..]]),
            ("a piece in the place of another", [.. upload[..Piece], .. first, .. first, .. upload[(3 * Piece)..]]),
            ("all boundaries moved by a byte", [.. beginning, content[^1], .. content[..^1], .. signature]),
            ("a piece of zeros", [.. upload[..Piece], .. new byte[Piece], .. upload[(2 * Piece)..]]),
        ];
        var random = new Random(21);
        foreach ((string what, byte[] bytes) in changed)
        {
            bench.Server.Handle(bytes).Refusal.Should().Be(RefusalReason.BadSignature, what);
            bench.Server.Handle(new MemoryStream(bytes)).Refusal.Should().Be(RefusalReason.BadSignature, what);
            bench.Server.Handle(new MemoryStream(bytes), Hash(bytes, random)).Refusal.Should().Be(RefusalReason.BadSignature, what);
        }

        bench.Server.Contributions.Should().BeEmpty();
        bench.Server.Handle(new MemoryStream(upload), Hash(upload, random)).Refusal.Should().Be(RefusalReason.None);
    }

    /// <summary>Digests that are of other bytes make no upload right, and of what is no upload there are none.</summary>
    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Digests_OfOtherBytes_MakeNothingRight(JobProtection protection)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = protection });
        ReadOnlyMemory<byte> upload = (await bench.TrainAsync(bench.StartWithAll())).Values.First();
        byte[] changed = upload.ToArray();
        changed[changed.Length / 2] ^= 1;
        var random = new Random(20);

        bench.Server.Handle(new MemoryStream(upload.ToArray()), Hash(changed, random)).Refusal.Should().Be(RefusalReason.BadSignature);
        Hash(upload.Span[..^1], random).Should().BeNull();
        Hash(bench.Clients[0].Announce().Span, random).Should().BeNull();
        Hash([], random).Should().BeNull();
    }

    [Fact]
    public void Hasher_ThatReturnedItsDigests_TakesNoMore()
    {
        var hasher = new UploadHasher();
        hasher.Append([1, 2, 3]);
        hasher.Complete();

        hasher.Invoking(used => used.Append([4])).Should().Throw<InvalidOperationException>();
        hasher.Invoking(used => used.Complete()).Should().Throw<InvalidOperationException>();
    }

    private static UploadDigests? Hash(ReadOnlySpan<byte> bytes, Random random)
    {
        var hasher = new UploadHasher();
        while (!bytes.IsEmpty)
        {
            int count = Math.Min(bytes.Length, random.Next(random.Next(2) == 0 ? 200 : 20_000));
            hasher.Append(bytes[..count]);
            bytes = bytes[count..];
        }

        return hasher.Complete();
    }

    private static byte[] ContentOf(FederationServer server)
    {
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        server.SaveState(bytes);
        return TestBench.ContentOf(bytes.WrittenSpan.ToArray());
    }

    [Theory]
    [InlineData("the message is not there")]
    [InlineData("nobody keeps messages")]
    [InlineData("another upload")]
    [InlineData("a bit of the update has changed")]
    [InlineData("a bit of the signature has changed")]
    [InlineData("the end is cut off")]
    [InlineData("a byte is behind the end")]
    public async Task Change_WhoseMessageIsNotTheOne_IsRefused(string fault)
    {
        using TestBench bench = await TestBench.CreateAsync();
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        byte[] state = bench.SaveState();
        SavedChange change = bench.Server.Handle(new MemoryStream(uploads[0].ToArray())).Change!;
        ReadOnlyMemory<byte>[] changes = [change.ToArray()];
        byte[] kept = uploads[fault == "another upload" ? 1 : 0].ToArray();
        kept[kept.Length / 2] ^= (byte)(fault == "a bit of the update has changed" ? 1 : 0);
        kept[^1] ^= (byte)(fault == "a bit of the signature has changed" ? 1 : 0);
        kept = fault switch { "the end is cut off" => kept[..^1], "a byte is behind the end" => [.. kept, 0], _ => kept };
        Func<Digest, Stream?>? open = fault switch { "the message is not there" => _ => null, "nobody keeps messages" => null, _ => _ => new MemoryStream(kept) };

        Action restore = () => FederationServer.Restore(bench.ServerSetup, state, change.Stamp, changes, open).Dispose();

        restore.Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.MessageMissing);
        using var whole = FederationServer.Restore(bench.ServerSetup, state, change.Stamp, changes, digest => digest == change.Message ? new MemoryStream(uploads[0].ToArray()) : null);
        whole.Contributions.Should().ContainSingle();
    }

    /// <summary>A state that was saved behind the change has the message, whose bytes may be gone.</summary>
    [Fact]
    public async Task Change_ThatTheStateHas_NeedsNoMessage()
    {
        using TestBench bench = await TestBench.CreateAsync();
        ReadOnlyMemory<byte> upload = (await bench.TrainAsync(bench.StartWithAll())).Values.First();
        SavedChange change = bench.Server.Handle(new MemoryStream(upload.ToArray())).Change!;
        ReadOnlyMemory<byte>[] changes = [change.ToArray()];

        using var restored = FederationServer.Restore(bench.ServerSetup, bench.SaveState(), change.Stamp, changes);

        restored.Contributions.Should().ContainSingle();
    }

    /// <summary>A disk fails at any of the reads: before the sum is touched nothing has happened, and a sum of which a part was folded in is used no more.</summary>
    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Stream_ThatFailsAtAnyRead_NeverLeavesAPartOfAnUpload(JobProtection protection)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = protection });
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        byte[] state = bench.SaveState();
        using FederationServer undisturbed = bench.Restore(state);
        Func<FederationServer, byte[]> aggregateOf = server => TestBench.Unsigned(uploads
            .SelectMany(upload => server.Handle(upload).Messages).First(message => message.Kind == MessageKind.Aggregate).Bytes);
        byte[] expected = aggregateOf(undisturbed);
        int failures = 0;
        for (int reads = 0; ; reads++)
        {
            using FederationServer server = bench.Restore(state);
            using var failing = new FailingStream(uploads[0].ToArray(), reads);
            try
            {
                server.Handle(failing).Refusal.Should().Be(RefusalReason.None);
                break;
            }
            catch (IOException)
            {
                aggregateOf(server).Should().Equal(expected, "of {0} reads", reads);
            }
            catch (AggregationBrokenException)
            {
                FluentActions.Invoking(() => server.Handle(uploads[1])).Should().Throw<AggregationBrokenException>();
            }

            failures++;
        }

        failures.Should().BeGreaterThan(5);
    }

    /// <summary>What is behind the model update stands in memory as a whole, so that nobody may make it longer than a key and tags are.</summary>
    [Fact]
    public async Task Upload_WhoseModelUpdateIsEmpty_IsRefusedBeforeTheRestIsRead()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = JobProtection.RoundKeys });
        ReadOnlyMemory<byte> upload = (await bench.TrainAsync(bench.StartWithAll())).Values.First();
        byte[] message = bench.SignedUpload(0, new byte[upload.Length - 300]);
        using var stream = new FailingStream(message, int.MaxValue);

        bench.Server.Handle(stream).Refusal.Should().Be(RefusalReason.Malformed);

        stream.BytesRead.Should().BeInRange(message.Length - 300, message.Length + 4096, "its digest is verified, and no more is read");
    }

    [Fact]
    public async Task Stream_ThatCannotSeek_IsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using var stream = new FailingStream([], reads: 0) { IsSeekable = false };

        FluentActions.Invoking(() => bench.Server.Handle(stream)).Should().Throw<ArgumentException>().WithParameterName("message");
    }

    /// <summary>The latest answer of a step: the digest that names the message, and the reason.</summary>
    private static byte[] AnswerIn(ServerStep step) => TestBench.Unsigned(step.Messages.Last(message => message.Kind == MessageKind.Acknowledgement).Bytes);

    private static MemoryStream Within(ReadOnlyMemory<byte> message) => new([7, .. message.Span]) { Position = 1 };

    /// <summary>A stream that fails behind a number of reads.</summary>
    private sealed class FailingStream(byte[] bytes, int reads) : MemoryStream(bytes)
    {
        private int _left = reads;

        public bool IsSeekable { get; init; } = true;

        public override bool CanSeek => IsSeekable;

        public long BytesRead { get; private set; }

        // The stream below reads spans by arrays.
        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = _left-- > 0 ? base.Read(buffer, offset, count) : throw new IOException("The disk fails.");
            BytesRead += read;
            return read;
        }
    }
}
