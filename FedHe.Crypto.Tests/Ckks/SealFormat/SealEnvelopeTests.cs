using System.Buffers;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Tests.Ckks.SealFormat;

public sealed class SealEnvelopeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1 << 10)]
    [InlineData(5_000_003)]
    public void Content_ThatCannotBeCompressed_IsWrittenAndReadAll(int length)
    {
        byte[] content = new byte[length];
        new System.Random(length).NextBytes(content);
        var file = new ArrayBufferWriter<byte>();
        SealEnvelope.Write(
            length,
            new SealWriteOptions { Compression = SealCompression.Zlib },
            file,
            (writer, _) => writer.WriteBytes(content));

        using var envelope = SealEnvelope.Open(file.WrittenSpan, length);

        envelope.Error.Should().Be(FormatError.None);
        envelope.Content.SequenceEqual(content).Should().BeTrue();
    }
}
