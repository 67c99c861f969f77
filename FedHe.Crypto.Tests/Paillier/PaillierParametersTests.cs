using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Paillier;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Tests.Paillier;

public sealed class PaillierParametersTests
{
    /// <summary>Fields of the reference sheet, and what they make of a value on the wire.</summary>
    [Theory]
    [InlineData(3072, 16, 10, 153, 40.2)]
    [InlineData(3072, 16, 100, 133, 46.2)]
    [InlineData(3072, 24, 10, 109, 56.4)]
    [InlineData(3072, 24, 100, 99, 62.1)]
    [InlineData(2048, 16, 10, 102, 40.2)]
    [InlineData(4096, 24, 10, 146, 56.1)]
    public void Plan_OfAPrecision_HasAsManyFieldsAsFit(int keyBits, int precisionBits, long clients, int fields, double bitsPerValue)
    {
        var parameters = PaillierParameters.Create(clients, precisionBits, keyBits);

        parameters.ValuesPerCiphertext.Should().Be(fields);
        (8.0 * parameters.CiphertextLength / fields).Should().BeApproximately(bitsPerValue, 0.06);
        (parameters.FieldBits * fields).Should().BeLessThanOrEqualTo(keyBits - 2);
        (parameters.FieldBits * (fields + 1)).Should().BeGreaterThan(keyBits - 2);
        Math.ScaleB(1, parameters.FieldBits - 1).Should().BeGreaterThanOrEqualTo(Math.ScaleB(parameters.Capacity, precisionBits - 1));
    }

    [Theory]
    [InlineData(16, 41)]
    [InlineData(24, 57)]
    public void Upload_OfTenClients_TakesTheBitsThatWerePromised(int precisionBits, double bits)
    {
        const int Values = 1_663_370;
        using HeContext context = new PaillierScheme().CreateContext(PaillierParameters.Create(10, precisionBits));
        int segment = 64 * context.Parameters.ValuesPerCiphertext;
        long bytes = (Values / segment * context.Public.EncodedLength(segment, VectorForm.Full))
            + context.Public.EncodedLength(Values % segment, VectorForm.Full);

        (8.0 * bytes / Values).Should().BeLessThanOrEqualTo(bits);
    }

    [Theory]
    [InlineData(1, 24, 1024, ParameterError.KeySizeNotSupported)]
    [InlineData(1, 24, 3073, ParameterError.KeySizeNotSupported)]
    [InlineData(1, 24, 8192, ParameterError.KeySizeNotSupported)]
    [InlineData(1, 1, 3072, ParameterError.ScaleNotSupported)]
    [InlineData(1, 33, 3072, ParameterError.ScaleNotSupported)]
    [InlineData(0, 24, 3072, ParameterError.TotalWeightNotSupported)]
    [InlineData((1L << 32) + 1, 2, 3072, ParameterError.TotalWeightNotSupported)]
    [InlineData(1 << 16, 32, 3072, ParameterError.PrecisionExceedsModulus)]
    [InlineData(1 << 24, 24, 3072, ParameterError.PrecisionExceedsModulus)]
    public void Create_OutOfRange_IsRefusedByName(long weight, int precisionBits, int keyBits, ParameterError reason)
    {
        PaillierParameters.TryCreate(weight, precisionBits, keyBits, out PaillierParameters? parameters, out ParameterError given).Should().BeFalse();
        parameters.Should().BeNull();
        given.Should().Be(reason);
        FluentActions.Invoking(() => PaillierParameters.Create(weight, precisionBits, keyBits))
            .Should().Throw<HeParameterException>().Which.Error.Should().Be(reason);
        FluentActions.Invoking(() => new PaillierScheme().ReadParameters(BytesOf(weight, precisionBits, keyBits)))
            .Should().Throw<HeParameterException>().Which.Error.Should().Be(reason);
    }

    [Theory]
    [InlineData((1 << 16) - 1, 32)]
    [InlineData(1L << 32, 15)]
    [InlineData((1 << 24) - 1, 24)]
    public void Create_TheLargestThatFits_IsAccepted(long weight, int precisionBits)
        => PaillierParameters.Create(weight, precisionBits).FieldBits.Should().BeLessThanOrEqualTo(48);

    [Fact]
    public void Presets_SayWhatTheyAre()
    {
        PaillierParameters.Default.KeyBits.Should().Be(3072);
        PaillierParameters.Default.PrecisionBits.Should().Be(24);
        PaillierParameters.Default.SecurityLevel.Should().Be(SecurityLevel.Bits128);
        PaillierParameters.Create(1, keyBits: 2048).SecurityLevel.Should().Be(SecurityLevel.Bits112);
        PaillierParameters.Create(1, keyBits: 4096).SecurityLevel.Should().Be(SecurityLevel.Bits128);
        PaillierParameters.Create(10, 16).Encoding.Should()
            .Be("exact integers of 16 bits, 153 fields of 20 bits modulo a number of 3072 bits");
    }

    private static byte[] BytesOf(long weight, int precisionBits, int keyBits)
    {
        var payload = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(payload);
        writer.WriteString("paillier");
        writer.WriteInt32(keyBits);
        writer.WriteByte((byte)precisionBits);
        writer.WriteInt64(weight);
        var bytes = new ArrayBufferWriter<byte>();
        writer = new WireWriter(bytes);
        writer.WriteHeader(WireKind.Parameters, Digest.None, payload.WrittenCount);
        writer.WriteBytes(payload.WrittenSpan);
        return bytes.WrittenSpan.ToArray();
    }
}
