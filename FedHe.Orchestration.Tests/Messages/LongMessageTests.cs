using System.Buffers.Binary;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Planning;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Messages;

/// <summary>Messages that are longer than an array have lengths of 64 bits, and a party that needs a message in memory refuses the job when it starts.</summary>
public sealed class LongMessageTests
{
    private const long Long = 3L << 30;

    [Theory]
    [InlineData(0, long.MaxValue, FormatError.None)]
    [InlineData(-1, long.MaxValue, FormatError.Truncated)]
    [InlineData(1, long.MaxValue, FormatError.TrailingBytes)]
    [InlineData(0, Long, FormatError.LimitExceeded)]
    public async Task Upload_LongerThanAnArray_StaysInItsStream(int behind, long limit, FormatError expected)
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        byte[] signed = bench.SignedUpload(0, [7]);
        byte[] head = signed[..^(1 + MessageSignature.SizeInBytes)];
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(WireHeader.SizeInBytes - sizeof(long)), head.Length + Long + MessageSignature.SizeInBytes - WireHeader.SizeInBytes);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(head.Length - sizeof(long)), Long);
        var stream = new HollowStream(head, Long + behind, signed[^MessageSignature.SizeInBytes..]);

        bool isRead = MessageFormat.TryReadUpload(MessageContent.Of(stream), bench.Context.ParametersId, limit, out Upload? upload, out ReadOnlyMemory<byte> covered, out FormatError error);

        error.Should().Be(expected);
        isRead.Should().Be(expected == FormatError.None);
        MessageFormat.TryFindUpdate(head, out int start, out long length).Should().BeTrue();
        (start, length).Should().Be((head.Length, Long));
        if (isRead)
        {
            upload!.Content.Length.Should().Be(Long);
            covered.ToArray().Should().Equal([.. head, .. signed[^MessageSignature.SizeInBytes..]], "the signature covers the length");
        }
    }

    /// <summary>The model update in it is found by its length, and what is behind it is limited.</summary>
    [Fact]
    public void ProtectedUpdate_LongerThanAnArray_IsReadBeforeAndBehindTheModelUpdate()
    {
        var end = new System.Buffers.ArrayBufferWriter<byte>();
        ProtectedUpdate.WriteEnd(end, [1, 2, 3], Digest.Compute("nonce"u8), [4, 5]);
        var head = new System.Buffers.ArrayBufferWriter<byte>();
        ProtectedUpdate.WriteBeginning(head, Digest.Compute("base"u8), Long);
        MessageContent content = MessageContent.Of(new HollowStream(head.WrittenSpan.ToArray(), Long, end.WrittenSpan.ToArray()));

        ProtectedUpdate read = ProtectedUpdate.TryRead(content, longestEnd: 1000, out MessageContent update)!;

        (update.Length, read.WrappedKey.Length, read.Tags.Length).Should().Be((Long, 3, 2));
        content.Length.Should().Be(ProtectedUpdate.LengthOf(Long, 3, 2));
        ProtectedUpdate.TryRead(content, longestEnd: 10, out _).Should().BeNull("what is behind the update stands in memory");
        foreach (long wrong in (long[])[-1, Long + 1000, long.MaxValue])
        {
            var other = new System.Buffers.ArrayBufferWriter<byte>();
            ProtectedUpdate.WriteBeginning(other, Digest.Compute("base"u8), wrong);
            MessageContent malformed = MessageContent.Of(new HollowStream(other.WrittenSpan.ToArray(), Long, end.WrittenSpan.ToArray()));
            ProtectedUpdate.TryRead(malformed, long.MaxValue, out _).Should().BeNull($"{wrong} bytes");
            ProtectedUpdate.BeginningLength(other.WrittenSpan, malformed.Length).Should().BeInRange(ProtectedUpdate.HeadLength, malformed.Length);
        }
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Job_WithMessagesLongerThanAnArray_NeedsSumsInFilesAtTheServer(JobProtection protection)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks", Protection = protection });
        var layout = new ModelLayout(new TensorSpec("values", ElementType.BFloat16, [70_000, 100_000], 1));
        var terms = new AggregationTerms(layout, EncryptionMask.All(layout), Weighting.Clear, maxWeight: 100);
        var job = new FederationJob(bench.JobId, bench.Authority.Info, bench.ServerIdentity.VerificationKey, bench.Roster, terms, Digest.Compute("model"u8), bench.Job.Settings, protection: protection);
        FederationServerSetup setup = bench.ServerSetup with { Job = job };
        string folder = Directory.CreateTempSubdirectory("fedhe-sums").FullName;

        FluentActions.Invoking(() => new FederationServer(setup)).Should().Throw<PlanRefusedException>().WithMessage("*SumFolder*");
        using (var server = new FederationServer(setup with { SumFolder = folder }))
        {
            server.LongestMessage(MessageKind.Upload).Should().BeGreaterThan(10L << 30);
            server.LongestMessage(MessageKind.Aggregate).Should().Be(server.Plan.LargestAggregateBytes);
            server.LongestMessage(MessageKind.Showing).Should().BeLessThanOrEqualTo(Array.MaxLength, "it is in memory");
        }

        FluentActions.Invoking(() => FederationPlan.CreateForClient(job, bench.Context.Public, RoundKeyProtocol.Of(job, bench.Context.Public), new FederationSafety(), Crypto.Ciphertexts.VectorForm.Seeded, hasFiles: false))
            .Should().Throw<PlanRefusedException>().Which.Error.Should().Be(PlanError.MessagesExceedLimit);
        FederationPlan.CreateForClient(job, bench.Context.Public, RoundKeyProtocol.Of(job, bench.Context.Public), new FederationSafety(), Crypto.Ciphertexts.VectorForm.Seeded, hasFiles: true)
            .LargestUploadBytes.Should().BeGreaterThan(10L << 30);
        if (protection == JobProtection.RoundKeys)
        {
            // What a client reads whole before it knows who speaks has the length of a list and a sum of round keys.
            var limits = new MessageLimits(job, FederationPlan.Create(job, bench.Context.Public), new FederationSafety());
            MessageKind[] kinds = [MessageKind.KeySum, MessageKind.ListOffer, MessageKind.History, MessageKind.ShareAnswer, MessageKind.BoxDelivery];
            kinds.Should().AllSatisfy(kind => limits.Of(kind).Should().BeLessThan(job.Settings.Rounds * (16L << 20), $"{kind}"));
        }

        Directory.Delete(folder, recursive: true);
    }

    /// <summary>A stream with zeros between two ends, which take no memory.</summary>
    private sealed class HollowStream(byte[] head, long zeros, byte[] end) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => head.Length + zeros + end.Length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = (int)Math.Min(count, Length - Position);
            for (int i = 0; i < read; i++)
            {
                long at = Position + i;
                buffer[offset + i] = at < head.Length ? head[at] : at < head.Length + zeros ? (byte)0 : end[at - head.Length - zeros];
            }

            Position += read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
