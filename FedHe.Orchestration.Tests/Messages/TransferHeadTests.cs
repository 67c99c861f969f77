using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Messages;

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
            head.DigestOf(chunk).Should().Be(Digest.Compute(message.AsSpan(chunk * Chunk, head.LengthOf(chunk))));
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
        byte[] digests = [.. SHA256.HashData(message.AsSpan(0, Chunk)), .. SHA256.HashData(message.AsSpan(Chunk))];
        byte[] fields =
        [
            .. "FdHe"u8, 76, 0, 1, 0, .. new byte[32], .. BitConverter.GetBytes(1L + 1 + 16 + 4 + 8 + 8 + 4 + 32 + 64 + 64),
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

    [Fact]
    public void LongestHead_IsLongEnough_ForTheLongestName()
    {
        using ClientIdentity longest = ClientIdentity.Create(new ClientId(new string('c', ClientId.MaxLength)));
        byte[] message = MessageFormat.WriteSigned(new Upload(new UploadSlot(JobId, 3, 2, longest.Client), new byte[3 * Chunk]), Parameters, longest);

        Write(TransferHead.Sign(message, Chunk, longest)).Should().HaveCount(TransferHead.LongestFor(message.Length));
        TransferHead.LongestFor(long.MaxValue).Should().BeLessThan(3 * 1024 * 1024);
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
