using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Messages;

/// <summary>The signed head of a message that travels in chunks.</summary>
public sealed class TransferHeadTests : IDisposable
{
    private const int Chunk = TransferHead.MinChunkLength;
    private const int Digests = 32;

    private static readonly Guid JobId = Guid.NewGuid();
    private static readonly ClientId Client = new("c1");
    private static readonly Digest Parameters = Digest.Compute("parameters"u8);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ClientIdentity _client;

    public TransferHeadTests() => _client = new ClientIdentity(Client, _key);

    public void Dispose() => _client.Dispose();

    [Fact]
    public void Head_OfAMessage_SaysWhatComes()
    {
        byte[] message = Message(2 * Chunk);

        TransferHead head = Read(Write(TransferHead.Sign(message, Chunk, _client)))!;

        head.Info.Should().Be(new MessageInfo(MessageKind.Upload, JobId, Client, 3, 2));
        (head.Client, head.Length, head.ChunkLength, head.ChunkCount).Should().Be((Client, message.Length, Chunk, 3));
        head.LengthOf(2).Should().Be(message.Length - (2 * Chunk));
        for (int chunk = 0; chunk < head.ChunkCount; chunk++)
        {
            head.DigestOf(chunk).Should().Be(StraightDigests.OfRange(message, chunk * Chunk, head.LengthOf(chunk)));
        }

        head.IsSignedBy(_client.VerificationKey).Should().BeTrue();
        FluentActions.Invoking(() => head.DigestOf(3)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => head.LengthOf(-1)).Should().Throw<ArgumentOutOfRangeException>();
    }

    /// <summary>A sender that lost everything but its message goes on with the same transfer.</summary>
    [Fact]
    public void Heads_OfOneMessage_HaveOneName_AndOthersHaveAnother()
    {
        byte[] message = Message(2 * Chunk);
        byte[] other = [.. message];
        other[^100] ^= 1;

        TransferHead head = TransferHead.Sign(message, Chunk, _client);

        TransferHead.Sign(message, Chunk, _client).Name.Should().Be(head.Name);
        TransferHead.Sign(message, 2 * Chunk, _client).Name.Should().NotBe(head.Name);
        TransferHead.Sign(other, Chunk, _client).Name.Should().NotBe(head.Name);
        Read(Write(head))!.Name.Should().Be(head.Name);
    }

    /// <summary>The bytes as docs/wire-format.md has them, made by hand.</summary>
    [Fact]
    public void Head_Is_AsDescribed()
    {
        byte[] message = Message(Chunk);
        byte[] digests =
        [
            .. SHA256.HashData((byte[])[.. "FedHe range v1\0"u8, .. new byte[8], .. BitConverter.GetBytes((long)Chunk), .. SHA256.HashData((byte[])[.. "FedHe piece v1\0"u8, .. message.AsSpan(0, Chunk)])]),
            .. SHA256.HashData((byte[])[.. "FedHe range v1\0"u8, .. BitConverter.GetBytes((long)Chunk), .. BitConverter.GetBytes((long)message.Length - Chunk), .. SHA256.HashData((byte[])[.. "FedHe piece v1\0"u8, .. message.AsSpan(Chunk)])]),
        ];
        byte[] fields =
        [
            .. "FdHe"u8, 76, 0, 2, 0, .. new byte[32], .. BitConverter.GetBytes(1L + 1 + 16 + 4 + 8 + 8 + 4 + 32 + 64 + 64),
            1, 5, .. JobId.ToByteArray(bigEndian: true), 2, 0, .. "c1"u8, 3, 0, 0, 0, 2, 0, 0, 0, .. BitConverter.GetBytes((long)message.Length), .. BitConverter.GetBytes(Chunk),
            .. SHA256.HashData((byte[])[.. "FedHe chunks v1\0"u8, .. digests]),
        ];

        byte[] head = Write(TransferHead.Sign(message, Chunk, _client));

        head.Should().HaveCount(fields.Length + 64 + 64);
        head[..fields.Length].Should().Equal(fields);
        head[^64..].Should().Equal(digests);
        _key.VerifyData((byte[])[.. Encoding.ASCII.GetBytes("FedHe transfer v1\0"), .. fields], head[fields.Length..^64], HashAlgorithmName.SHA256).Should().BeTrue();
        Read(head)!.Name.Should().Be(Digest.Compute(fields));
    }

    [Fact]
    public void Head_WithAnyBitChanged_IsRefused_OrNotSigned()
    {
        byte[] head = Write(TransferHead.Sign(Message(2 * Chunk), Chunk, _client));
        for (int bit = 0; bit < 8 * head.Length; bit++)
        {
            byte[] mutated = [.. head];
            mutated[bit / 8] ^= (byte)(1 << (bit % 8));

            (Read(mutated)?.IsSignedBy(_client.VerificationKey) ?? false).Should().BeFalse("bit {0} was changed", bit);
        }
    }

    /// <summary>A head of version 1 has other digests, and is refused before a chunk of it travels.</summary>
    [Fact]
    public void Head_OfTheVersionBefore_IsRefusedByName()
    {
        byte[] head = Write(TransferHead.Sign(Message(2 * Chunk), Chunk, _client));
        head[6] = 1;

        TransferHead.TryRead(head, out _, out FormatError reason).Should().BeFalse();

        reason.Should().Be(FormatError.UnsupportedVersion);
    }

    [Fact]
    public void Head_CutOffOrLengthened_IsRefused()
    {
        byte[] head = Write(TransferHead.Sign(Message(2 * Chunk), Chunk, _client));
        for (int length = 0; length < head.Length; length++)
        {
            Read(head[..length]).Should().BeNull("of {0} bytes", length);
        }

        TransferHead.TryRead([.. head, 0], out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.TrailingBytes);
    }

    /// <summary>Numbers that would ask for a list of any length, each under its right checksum and with the bytes that it should have.</summary>
    [Theory]
    [InlineData(0, Chunk)]
    [InlineData(-1, Chunk)]
    [InlineData(long.MaxValue, Chunk)]
    [InlineData(((long)TransferHead.MaxChunks * Chunk) + 1, Chunk)]
    [InlineData(Chunk + 1, Chunk + 1)]
    [InlineData(Chunk + 1, Chunk / 2)]
    [InlineData(Chunk + 1, 2 * TransferHead.MaxChunkLength)]
    [InlineData(Chunk + 1, 0)]
    [InlineData(Chunk + 1, -1)]
    public void Head_WithImpossibleNumbers_IsRefused(long length, int chunkLength)
    {
        byte[] head = Write(TransferHead.Sign(Message(Chunk), Chunk, _client));
        int at = head.Length - (2 * Digests) - 64 - 32 - 4 - 8;
        BitConverter.GetBytes(length).CopyTo(head, at);
        BitConverter.GetBytes(chunkLength).CopyTo(head, at + 8);

        TransferHead.TryRead(head, out TransferHead? read, out FormatError reason).Should().BeFalse();

        read.Should().BeNull();
        reason.Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Message_OfSomebodyElse_OrNotOfAMessage_HasNoHead()
    {
        using ClientIdentity other = ClientIdentity.Create(new ClientId("c2"));
        byte[] message = Message(Chunk);

        FluentActions.Invoking(() => TransferHead.Sign(message, Chunk, other)).Should().Throw<ArgumentException>().WithParameterName("message");
        FluentActions.Invoking(() => TransferHead.Sign(new byte[100], Chunk, _client)).Should().Throw<ArgumentException>().WithParameterName("message");
        FluentActions.Invoking(() => TransferHead.Sign(message, Chunk - 1, _client)).Should().Throw<ArgumentException>().WithParameterName("chunkLength");
        TransferHead.Sign(message, Chunk, _client).IsSignedBy(other.VerificationKey).Should().BeFalse();
    }

    /// <summary>A message in a file has the head that it has in memory, whatever the chunks are, and is read once.</summary>
    [Theory]
    [InlineData(3, Chunk)]
    [InlineData(3 * Chunk, Chunk)]
    [InlineData((300 * Chunk) + 17, Chunk)]
    [InlineData((300 * Chunk) + 17, 128 * Chunk)]
    [InlineData((600 * Chunk) - 250, 1024 * Chunk)]
    public void Head_OfAStream_IsTheHeadOfItsBytes(int length, int chunkLength)
    {
        byte[] message = Message(length);
        using var stream = new CountingStream([1, 2, 3, .. message]) { Position = 3 };

        byte[] head = Write(TransferHead.Sign(stream, chunkLength, _client));

        byte[] expected = Write(TransferHead.Sign(message, chunkLength, _client));
        int signature = head.Length - (Digests * Read(head)!.ChunkCount) - 64;
        head.Where((_, at) => at < signature || at >= signature + 64).Should().Equal(expected.Where((_, at) => at < signature || at >= signature + 64), "signatures alone are random");
        Read(head)!.IsSignedBy(_client.VerificationKey).Should().BeTrue();
        stream.BytesRead.Should().BeLessThanOrEqualTo(message.Length + 1024, "its beginning is read once more");
    }

    [Fact]
    public void Stream_ThatIsNoMessage_HasNoHead()
    {
        using ClientIdentity other = ClientIdentity.Create(new ClientId("c2"));
        byte[] message = Message(Chunk);
        using var closed = new MemoryStream(message);
        closed.Dispose();

        FluentActions.Invoking(() => TransferHead.Sign(new MemoryStream(message), Chunk, other)).Should().Throw<ArgumentException>().WithParameterName("message");
        FluentActions.Invoking(() => TransferHead.Sign(new MemoryStream(), Chunk, _client)).Should().Throw<ArgumentException>().WithParameterName("message");
        FluentActions.Invoking(() => TransferHead.Sign(new MemoryStream(message), Chunk + 1, _client)).Should().Throw<ArgumentException>().WithParameterName("chunkLength");
        FluentActions.Invoking(() => TransferHead.Sign(closed, Chunk, _client)).Should().Throw<ArgumentException>().WithParameterName("message");
        FluentActions.Invoking(() => TransferHead.Sign(new ShrinkingStream(message), Chunk, _client)).Should().Throw<IOException>();
    }

    [Fact]
    public void LongestHead_IsLongEnough_ForTheLongestName()
    {
        using ClientIdentity longest = ClientIdentity.Create(new ClientId(new string('c', ClientId.MaxLength)));
        byte[] message = MessageFormat.WriteSigned(new Upload(new UploadSlot(JobId, 3, 2, longest.Client), new byte[3 * Chunk]), Parameters, longest);

        Write(TransferHead.Sign(message, Chunk, longest)).Should().HaveCount(TransferHead.LongestFor(message.Length));
        TransferHead.LongestFor(long.MaxValue).Should().BeLessThan(3 * 1024 * 1024);
    }

    private sealed class CountingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public long BytesRead { get; private set; }

        // The stream below reads spans by arrays.
        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = base.Read(buffer, offset, count);
            BytesRead += read;
            return read;
        }
    }

    /// <summary>A stream of a file that becomes shorter behind its beginning.</summary>
    private sealed class ShrinkingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => Position < 2000 ? base.Read(buffer, offset, Math.Min(count, 2000)) : 0;
    }

    private static byte[] Write(TransferHead head)
    {
        var bytes = new ArrayBufferWriter<byte>();
        head.WriteTo(bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private static TransferHead? Read(byte[] bytes) => TransferHead.TryRead(bytes, out TransferHead? head, out _) ? head : null;

    private byte[] Message(int length)
    {
        byte[] content = new byte[length];
        new Random(length).NextBytes(content);
        return MessageFormat.WriteSigned(new Upload(new UploadSlot(JobId, 3, 2, Client), content), Parameters, _client);
    }
}
